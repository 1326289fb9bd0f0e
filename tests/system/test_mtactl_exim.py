"""rebuff-mtactl with a real Exim: exactly one attempt of what it is asked for, and nothing else."""

import socket
import subprocess

from harness import case, exim
from harness.namespace import wait_until
from harness.sink import HANG
from harness.wire import FakeEngine, decode, encode

HOLD = "hold_domains = ${if exists{/run/hold}{held.example : *.held.example}{}}\n"
SENDER = "news@sender.example"
SOCKET = "/run/rebuff/mtactl.sock"


class Mtactl(case.EximCase):
    staged = True
    configuration = {**exim.REBUFF, "main": exim.REBUFF["main"] + HOLD}
    queue_interval = None

    @classmethod
    def prepare(cls):
        cls.engine = FakeEngine(cls.ns)
        cls.addClassCleanup(cls.engine.close)
        super().prepare()
        # As the unit runs it: Exim's own user, on a socket that it is handed.
        cls.ns.run(["install", "-d", "-o", "Debian-exim", "-m", "0755", "/run/rebuff"])
        cls.mtactl = cls.ns.popen(["/usr/libexec/rebuff/rebuff-mtactl", "exim"], user="Debian-exim")

    def setUp(self):
        self.engine.answers.clear()
        self.engine.forget()
        self.asked = []
        self.addCleanup(lambda: [one.close() for one in self.asked])
        self.connected(SOCKET)

    def send(self, **fields):
        """A connection on which this was asked."""
        peer = socket.socket(socket.AF_UNIX)
        self.asked.append(peer)
        peer.settimeout(60)
        peer.connect(str(self.ns.path(SOCKET)))
        peer.sendall(encode(fields))
        return peer

    def connected(self, path):
        """A connection to a socket that is only just being made."""
        peer = socket.socket(socket.AF_UNIX)
        self.asked.append(peer)
        peer.settimeout(60)
        wait_until(lambda: peer.connect_ex(str(self.ns.path(path))) == 0, what=path)
        return peer

    @staticmethod
    def receive(peer):
        data = b""
        while not data.endswith(b"\n\n"):
            more = peer.recv(65536)
            if not more:
                raise AssertionError(f"closed after {data!r}")
            data += more
        return data

    def ask(self, **fields):
        return decode(self.receive(self.send(**fields)))

    def wake(self, ident, how="-Mc", **fields):
        return self.ask(request="wake", mta="exim", id=ident, how=how, **fields)

    def held(self, *recipients, sender=SENDER):
        """A message that the gate has deferred."""
        self.engine.answers["gate"] = {"action": "wait"}
        ident = self.mta.submit(sender, *recipients, mode="-odi")
        self.mta.wait_log(f"{ident} == ", len(recipients))
        self.engine.answers.clear()
        self.engine.forget()
        return ident

    def test_ping(self):
        self.assertEqual(self.ask(request="ping"), {"ok": "1"})

    def test_wake_is_one_attempt(self):
        remote = self.remote("wake.example")
        for how in ("-Mc", "-M"):
            with self.subTest(how):
                ident = self.held("a@wake.example")
                other = self.held("b@wake.example")
                self.assertEqual(self.wake(ident, how), {"ok": "1"})
                self.mta.wait_completed(ident, 1)       # the answer came when it was over
                [gate] = self.engine.of("gate")
                self.assertEqual((gate["id"], gate.get("forced", "0")), (ident, "0"))
                self.assertIn(other, self.mta.queue())
        self.assertEqual(len(remote.deliveries), 2)

    def wake_several(self, *idents, how="-Mc"):
        """The answer, with a list of what was refused."""
        peer = self.connected(SOCKET)
        peer.sendall(("request=wake\n" + f"how={how}\n" + "".join(f"id={ident}\n" for ident in idents) + "\n").encode())
        lines = self.receive(peer).decode().split("\n")
        return {**decode("\n".join(lines).encode()), "refused": [line[8:] for line in lines if line.startswith("refused=")]}

    def test_several_are_attempted_one_after_the_other(self):
        remote = self.remote("several.example")
        for how in ("-Mc", "-M"):
            with self.subTest(how):
                idents = [self.held(f"{n}@several.example") for n in range(3)]
                frozen = self.held("f@several.example")
                self.mta.run("-Mf", frozen)
                self.sink.forget()
                self.assertEqual(self.wake_several(idents[2], frozen, idents[0], idents[2], idents[1], how=how),
                                 {"ok": "1", "refused": [f"{frozen} frozen", f"{idents[2]} busy with this message"]})
                self.assertEqual([ask["id"] for ask in self.engine.of("gate")], [idents[2], idents[0], idents[1]])
                self.assertEqual([recipient for one in remote.deliveries for recipient in one.recipients],
                                 [f"{n}@several.example" for n in (2, 0, 1)])
                self.assertEqual(list(self.mta.queue()), [frozen])
                self.assertEqual(self.wake_several(frozen, frozen, how=how)["error"], "frozen")
                self.mta.run("-Mrm", frozen)
        self.assertEqual(self.wake_several(*["1xVoEE-00000L-2a"] * 9)["error"], "more than eight messages")

    def damped(self, recipient):
        """A message whose host Exim itself does not want to try again yet."""
        remote = next(one for one in self.sink.servers.values()
                      if one.address in self.dns.records[f"mx.{recipient.split('@')[1]}"]["A"])
        remote.banner = "421 busy"
        ident = self.mta.submit(SENDER, recipient, mode="-odi")
        remote.banner = None
        return ident

    def test_m_passes_over_a_host_s_retry_time(self):
        self.remote("down.example")
        ident = self.damped("a@down.example")
        self.assertEqual(self.wake(ident, "-Mc"), {"ok": "1"})
        self.assertIn(ident, self.mta.queue())
        self.assertEqual(self.wake(ident, "-M"), {"ok": "1"})
        self.mta.wait_completed(ident, 1)

    def test_frozen_and_empty_sender_are_refused(self):
        self.remote("refused.example")
        frozen = self.held("a@refused.example")
        self.mta.run("-Mf", frozen)
        null = self.held("a@refused.example", sender="")
        for how in ("-Mc", "-M"):
            self.assertEqual(self.wake(frozen, how), {"error": "frozen"})
            self.assertEqual(self.wake(null, how), {"error": "null sender"})
        self.assertEqual(self.engine.of("gate"), [])
        self.assertEqual(self.mta.queue()[frozen]["frozen"], True)
        self.mta.run("-Mrm", frozen, null)

    def test_wrong_requests(self):
        rows = [
            ({"request": "wake", "id": "1xVoEE-00000L-2a", "how": "-Mc"}, "unknown id"),
            ({"request": "wake", "id": "1xVoEE-00000000L2a-1234", "how": "-M"}, "unknown id"),
            ({"request": "wake", "id": "-Mrm", "how": "-Mc"}, "not a message id of Exim's"),
            ({"request": "wake", "id": "../../x-00000L-2", "how": "-Mc"}, "not a message id of Exim's"),
            ({"request": "wake", "id": "1xVoEE-00000L-2a 1xVoEE-00000L-2b", "how": "-M"},
             "not a message id of Exim's"),
            ({"request": "wake", "id": "1xVoEE-00000L-2a\0", "how": "-M"}, "not a message id of Exim's"),
            ({"request": "wake", "how": "-Mc"}, "not a message id of Exim's"),
            ({"request": "wake", "id": "1xVoEE-00000L-2a", "how": "-Mrm"}, "how= is -Mc or -M"),
            ({"request": "wake", "id": "1xVoEE-00000L-2a"}, "how= is -Mc or -M"),
            ({"request": "wake", "mta": "opensmtpd", "id": "1xVoEE-00000L-2a", "how": "-M"},
             "not the mail server that is served here"),
            ({"request": "remove", "id": "1xVoEE-00000L-2a"}, "not allowed on this socket"),
            ({"x": "y"}, "not allowed on this socket"),
        ]
        for fields, error in rows:
            with self.subTest(fields):
                self.assertEqual(self.ask(**fields), {"error": error})
        for junk in (b"\n", b"junk\n\n", b"a=\\q\n\n", b"a=" + b"x" * 5000):
            with self.subTest(junk[:10]):
                peer = self.send()                      # an empty record
                try:
                    peer.sendall(junk)
                    got = peer.recv(100)
                except ConnectionError:
                    got = b""
                self.assertEqual(got, b"")
        self.assertEqual(self.ask(request="ping"), {"ok": "1"})

    def test_list(self):
        self.remote("list.example")
        plain, frozen = self.held("a@list.example"), self.held("a@list.example")
        null, both = self.held("a@list.example", sender=""), self.held("a@list.example", sender="")
        self.mta.run("-Mf", frozen, both)
        lines = self.receive(self.send(request="list")).decode().split("\n")
        want = {f"queued={plain} -", f"queued={frozen} f", f"queued={null} n", f"queued={both} fn"}
        self.assertEqual(lines[0], "mta=exim")
        self.assertEqual(lines[-3:], ["ok=1", "", ""])
        self.assertLessEqual(want, set(lines))
        self.assertEqual(sorted(line.split()[0][7:] for line in lines[1:-3]), sorted(self.mta.queue()))
        self.mta.run("-Mrm", plain, frozen, null, both)

    def test_list_of_a_long_and_split_queue(self):
        folder = self.ns.path("/var/spool/exim4/input/0")
        folder.mkdir()
        want = set()
        for number in range(3000):
            ident = f"1SPLI0-{number:06d}-00"
            (folder / f"{ident}-H").write_text(f"{ident}-H\nroot 0 0\n<>\n1 0\n-frozen 1\nXX\n", encoding="ascii")
            want.add(f"queued={ident} fn")
        (folder / "1SPLI0-000000-00-D").write_text("", encoding="ascii")
        (folder / "junk-H").write_text("", encoding="ascii")
        (folder / "1SPLI0-999999-00-H").write_text("junk", encoding="ascii")
        lines = self.receive(self.send(request="list")).decode().split("\n")
        self.assertEqual({line for line in lines if "SPLI0" in line}, want | {"queued=1SPLI0-999999-00 -"})
        self.ns.run(["rm", "-r", "/var/spool/exim4/input/0"])

    def test_held_domains_stay_held(self):
        hold = self.ns.path("/run/hold")
        self.remote("held.example", "sub.held.example", "free.example")
        idents = [self.held("a@free.example", f"a@{domain}") for domain in ("held.example", "sub.held.example")]
        hold.touch()
        self.addCleanup(self.restart_for_fresh_values)
        try:
            self.restart_for_fresh_values()
            for ident in idents:
                self.assertEqual(self.wake(ident, "-M"), {"ok": "1"})
                self.mta.wait_log(rf"{ident} => a@free.example")
                self.mta.wait_log(rf"{ident} == a@\S*held.example .*domain is held")
            damped = self.damped("b@free.example")
            self.assertEqual(self.wake(damped, "-M"), {"ok": "1"})
            self.mta.wait_completed(damped, 1)
        finally:
            hold.unlink()
        self.mta.run("-Mrm", *idents)

    def restart_for_fresh_values(self):
        """hold_domains is asked for once a minute."""
        self.mtactl.stop()
        type(self).mtactl = self.ns.popen(["/usr/libexec/rebuff/rebuff-mtactl", "exim"], user="Debian-exim")
        wait_until(lambda: self.ready(), what="rebuff-mtactl to be back")

    def ready(self):
        try:
            return self.ask(request="ping") == {"ok": "1"}
        except OSError:
            return False

    def test_twenty_at_once(self):
        remote = self.remote("slow.example", rcpt=HANG)
        idents = [self.held(f"u{number}@slow.example") for number in range(21)]
        peers = [self.send(request="wake", mta="exim", id=ident, how="-M") for ident in idents[:20]]
        wait_until(lambda: remote.open_now == 20, what="twenty attempts")
        self.assertEqual(self.wake(idents[20]), {"error": "busy"})
        self.assertEqual(self.wake(idents[0]), {"error": "busy with this message"})
        self.assertEqual(self.ask(request="ping"), {"ok": "1"})
        peers[0].close()                                # whoever asked may leave
        for peer in peers[1:]:
            self.assertEqual(decode(self.receive(peer)), {"ok": "1"})
        self.assertEqual(self.wake(idents[20]), {"ok": "1"})
        self.mta.run("-Mrm", *idents)

    def test_requests_of_one_connection_are_answered_in_order(self):
        self.remote("order.example")
        ident = self.held("a@order.example")
        peer = self.send(request="wake", mta="exim", id=ident, how="-Mc")
        peer.sendall(encode({"request": "ping"}) + encode({"request": "wake", "id": ident, "how": "-M"}))
        data = b""
        while data.count(b"\n\n") < 3:
            data += peer.recv(65536)
        self.assertEqual(data, b"ok=1\n\nok=1\n\nerror=unknown id\n\n")

    def test_other_users_are_refused(self):
        script = ("import socket, sys; s = socket.socket(socket.AF_UNIX)\n"
                  f"try:\n s.connect('{SOCKET}'); s.sendall(b'request=ping\\n\\n'); print(s.recv(100))\n"
                  "except OSError as error:\n print(type(error).__name__)")
        path = self.ns.path(SOCKET)
        mode = path.stat().st_mode
        path.chmod(0o666)                               # the peer's user is what counts
        try:
            said = {user: self.ns.run(["python3", "-c", script], user=user).stdout.strip()
                    for user in ("rebuff", "alice", "Debian-exim", None)}
        finally:
            path.chmod(mode & 0o777)
        self.assertEqual({said["rebuff"], said[None]}, {"b'ok=1\\n\\n'"})
        self.assertLessEqual({said["alice"], said["Debian-exim"]},
                             {"b''", "ConnectionResetError", "BrokenPipeError"})

    def test_the_service_manager_may_hand_over_the_socket(self):
        path = "/run/rebuff/handed.sock"
        script = ("import os, socket, sys\n"
                  f"s = socket.socket(socket.AF_UNIX); s.bind('{path}.new'); s.listen(8); os.dup2(s.fileno(), 3)\n"
                  f"os.set_inheritable(3, True); os.rename('{path}.new', '{path}')\n"
                  "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
                  "os.execv('/usr/libexec/rebuff/rebuff-mtactl', ['rebuff-mtactl', '-s', '/nonexistent/x', 'exim'])")
        handed = self.ns.popen(["python3", "-c", script], user="Debian-exim")
        with self.connected(path) as peer:
            peer.sendall(encode({"request": "ping"}))
            self.assertEqual(decode(self.receive(peer)), {"ok": "1"})
        self.assertEqual(handed.stop(), 0)

    def test_wrong_use_says_what_is_expected(self):
        for argv in ((), ("postfix",), ("exim", "x"), ("-z", "exim")):
            done = self.ns.run(["/usr/libexec/rebuff/rebuff-mtactl", *argv], check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn("usage: rebuff-mtactl ", done.stdout)
        done = self.ns.run(["/usr/libexec/rebuff/rebuff-mtactl", "-u", "nobody-else", "exim"], check=False)
        self.assertEqual((done.returncode, done.stdout),
                         (1, 'rebuff-mtactl: no user "nobody-else"; expected the one the engine runs as\n'))

    def test_exim_gets_a_clean_environment(self):
        program = self.ns.path("/usr/bin/exim-probe")
        program.write_text("#!/bin/sh\n{ env | sort; ls -l /proc/self/fd; tr '\\0' ' ' </proc/$$/cmdline; } "
                           ">/run/rebuff/probe 2>&1\n", encoding="ascii")
        program.chmod(0o755)
        ident = self.held("a@order.example")
        own = "/run/rebuff/other.sock"
        other = self.ns.popen(["env", "SECRET=x", "IFS=y", "/usr/libexec/rebuff/rebuff-mtactl", "-s", own, "-b",
                               "/usr/bin/exim-probe", "exim"], user="Debian-exim", stderr=subprocess.DEVNULL)
        with self.connected(own) as peer:
            peer.sendall(encode({"request": "wake", "id": ident, "how": "-Mc"}))
            self.assertEqual(decode(self.receive(peer)), {"ok": "1"})
        other.stop()
        text = self.ns.path("/run/rebuff/probe").read_text(encoding="utf-8")
        self.assertNotIn("SECRET", text)
        self.assertIn("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n", text)
        self.assertIn(f"-Mc {ident}", text)
        self.assertNotIn("socket:", text)
        self.mta.run("-Mrm", ident)


