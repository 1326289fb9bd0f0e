"""rebuff serve and the operator's commands over plain unix sockets: no mail server takes part."""

import contextlib
import csv
import io
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import socket
import sqlite3
import statistics
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from harness import case, stage
from harness.background import PATIENCE_S
from harness.packages import TOP
from harness.wire import decode, encode

SOCKETS = ("exim.sock", "smtpd.sock", "postfix.sock", "bounce.sock", "control.sock")
OWNER = "nobody"                        # who the engine becomes; any user without rights will do
SENDER = "news@sender.example"
# Everything that is put off is due again at once, so that no test waits for a schedule.
QUICK = """for _, c in ipairs { "unclassified", "greylisted", "system-error" } do
  rebuff.default.retry[c] = { first = "1s", factor = 1, max = "1s", jitter = 0 }
end
"""


class Line:
    """One connection of a client."""

    def __init__(self, path, timeout=PATIENCE_S):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(path))    # blocking: a full backlog is waited for
        self.sock.settimeout(timeout)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, **fields):
        self.sock.sendall(encode(fields))

    def receive(self):
        """The next answer; None when the connection was closed."""
        while b"\n\n" not in self.rest:
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.rest += more
        block, _, self.rest = self.rest.partition(b"\n\n")
        return decode(block + b"\n")

    def ask(self, **fields):
        self.send(**fields)
        return self.receive()


class Engine:
    """rebuff serve in a directory of its own."""

    def __init__(self, test, *, config=None, start=True):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="rebuff-serve-"))
        test.addCleanup(shutil.rmtree, self.dir, True)
        self.dir.chmod(0o755)
        self.run_dir, self.config, self.state = self.dir / "run", self.dir / "etc", self.dir / "state"
        self.config.mkdir(mode=0o755)
        self.state.mkdir(mode=0o700)
        owner = pwd.getpwnam(OWNER)
        os.chown(self.state, owner.pw_uid, owner.pw_gid)
        # Where an unprivileged user can read it, wherever the tree lies.
        shutil.copytree(stage.ROOT / "usr/share/rebuff", self.dir / "lua")
        for folder, _, files in os.walk(self.dir / "lua"):
            os.chmod(folder, 0o755)
            for name in files:
                os.chmod(os.path.join(folder, name), 0o644)
        if config:
            self.configure(config)
        self.process = None
        self.log_path = self.dir / "log"
        test.addCleanup(self.kill)
        if start:
            self.start()

    def configure(self, text):
        (self.config / "defaults.lua").write_text(text, encoding="utf-8")

    def command(self, name, *args):
        return [str(stage.ROOT / "usr/bin/rebuff"), name, *args, "--run", str(self.run_dir), "--config",
                str(self.config), "--state", str(self.state / "state.db"), "--data", str(self.dir / "lua")]

    def start(self, *args, **more):
        before = self.log().count("event=started") if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command("serve", "--user", OWNER, "--node", "here", *args),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
        self.await_(lambda: self.process.poll() is not None or self.log().count("event=started") > before,
                    "the engine's start")
        if self.process.poll() is not None:
            raise AssertionError(f"rebuff serve ended: {self.log()}")

    def log(self):
        return self.log_path.read_text(encoding="utf-8")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def line(self, name="exim.sock", **more):
        return Line(self.run_dir / name, **more)

    def ask(self, socket_name="exim.sock", **fields):
        with self.line(socket_name) as line:
            return line.ask(**fields)

    def cli(self, *args, **more):
        """Run a command; returns the finished process."""
        return subprocess.run(self.command(*args), check=False, capture_output=True, text=True, timeout=PATIENCE_S,
                              stdin=None if "input" in more else subprocess.DEVNULL, **more)

    def health(self):
        return json.loads(self.ask("control.sock", request="status", format="json")["text"])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @staticmethod
    def await_(ready, what, seconds=PATIENCE_S):
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s in vain for {what}")
            time.sleep(0.02)


def result(recipient, kind="failed", message="1tABCD-0000Ab-1x", text="550 5.1.1 no such user", **more):
    return {"request": "result", "mta": "exim", "id": message, "recipient": recipient, "sender": SENDER,
            "kind": kind, "stage": "rcpt", "text": text, "host": "mx.example.net", **more}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stage.ready()


class Wire(Case):
    """What is answered, to whom, in which order."""

    def setUp(self):
        self.engine = Engine(self)

    def test_files(self):
        for name in SOCKETS:
            mode = (self.engine.run_dir / name).stat().st_mode & 0o7777
            self.assertEqual(mode, 0o660, name)
        self.assertEqual((self.engine.run_dir / "alive").stat().st_mode & 0o777, 0o644)
        for path in self.engine.state.iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, f"{path.name}: addresses are nobody else's")
            self.assertEqual(path.owner(), OWNER)
        self.assertEqual(os.stat(f"/proc/{self.engine.process.pid}").st_uid, pwd.getpwnam(OWNER).pw_uid)

    def test_stamp_goes_on(self):
        path = self.engine.run_dir / "alive"
        first = int(path.read_text(encoding="ascii"))
        self.engine.await_(lambda: int(path.read_text(encoding="ascii")) > first, "a newer stamp")
        def age_ms():
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 10**6 - int(path.read_text(encoding="ascii"))
        self.engine.await_(lambda: 0 <= age_ms() < 3000, "a stamp of now")

    def test_each_socket_answers_what_the_document_says(self):
        text = (TOP / "docs/protocol.md").read_text(encoding="utf-8")
        table = dict(re.findall(r"^\| (\w+\.sock) \| [\w-]+ \| ([a-z -]+) \|$", text, re.M))
        self.assertEqual(sorted(table), sorted(SOCKETS))
        every = sorted({request for requests in table.values() for request in requests.split()})
        for name, allowed in table.items():
            for request in every:
                with self.subTest(socket=name, request=request):
                    answer = self.engine.ask(name, request=request)
                    refused = answer == {"error": "not allowed on this socket"}
                    self.assertEqual(refused, request not in allowed.split(), answer)

    def test_gate_and_result(self):
        ask = {"request": "gate", "id": "1tABCD-0000Ab-1x", "recipient": "lucy@example.org",
               "sender": SENDER, "mx": "mx.example.org", "age_s": 3}
        self.assertEqual(self.engine.ask(**ask)["action"], "go")
        self.assertEqual(self.engine.ask(**result("lucy@example.org", "delivered", text="250 OK")), {"ok": "1"})
        self.assertEqual(self.engine.ask(**result("gone@example.org")), {"ok": "1"})
        self.assertEqual(self.engine.ask(request="submit", recipient="lucy@example.org", sender=SENDER)["action"],
                         "accept")
        self.assertEqual(self.engine.ask(request="submit", recipient="gone@example.org", sender=SENDER)["action"],
                         "refuse")
        self.assertEqual(self.engine.ask(request="submit", recipient="gone@example.org", sender="")["action"],
                         "accept", "mail with an empty sender is always accepted")

    def test_the_probe_of_doctor(self):
        """It is refused wherever a mail server asks, and leaves nothing behind."""
        def deliveries():
            with contextlib.closing(sqlite3.connect(f"file:{self.engine.state}/state.db?mode=ro", uri=True)) as db:
                return db.execute("SELECT count(*) FROM delivery").fetchone()
        before = deliveries()
        for name in ("exim.sock", "smtpd.sock"):
            fields = {"recipient": "probe@doctor.rebuff.invalid", "mta": "exim", "id": "1tAB"}
            text = "5.1.1 rebuff doctor: the engine was asked"
            for request, action in (("gate", "fail"), ("submit", "refuse")):
                self.assertEqual(self.engine.ask(name, request=request, **fields),
                                 {"action": action, "text": text, "rule": "probe"})
        self.assertEqual(deliveries(), before)

    def test_unknown_words_are_named(self):
        self.assertIn("kind=\\x1b[31m", self.engine.ask(**result("a@example.org", "\x1b[31m"))["error"])
        self.assertIn("mta=sendmail", self.engine.ask(**result("a@example.org", mta="sendmail"))["error"])

    def test_answers_keep_their_order(self):
        with self.engine.line() as line:
            block = b"".join(encode(result(f"u{i}@example.org", message=f"1tABCD-{i:06}-1x")) +
                             encode({"request": "gate", "id": f"1tABCD-{i:06}-1x", "recipient": "b@example.org"})
                             for i in range(500))
            threading.Thread(target=line.sock.sendall, args=(block,)).start()
            for i in range(500):
                self.assertEqual(line.receive(), {"ok": "1"}, i)
                self.assertIn("action", line.receive(), i)
        groups = self.engine.health()["writer"]["groups"]
        self.assertLess(groups, 500, "many results, one fsync")

    def test_message_with_descriptor(self):
        with self.engine.line("bounce.sock") as line, tempfile.TemporaryFile() as message:
            ask = encode({"request": "message", "id": "1tABCD-0000Ac-1x", "recipients": SENDER,
                          "headers": "From: <>\n", "size_bytes": 10})
            # Whatever the database and the reading child need from the first message on is open then.
            socket.send_fds(line.sock, [ask], [message.fileno()])
            self.assertEqual(line.receive(), {"ok": "1"})
            before = len(os.listdir(f"/proc/{self.engine.process.pid}/fd"))
            for _ in range(20):
                socket.send_fds(line.sock, [ask], [message.fileno()] * 5)
                self.assertEqual(line.receive(), {"ok": "1"})
            # One may be open for a moment, for the stamp.
            self.engine.await_(lambda: self.engine.descriptors() <= before, "the descriptors' end")

    def test_many_messages_at_once(self):
        """More than wait to be read: each is answered and accounted for, others are answered meanwhile, and nobody
        is suppressed."""
        number, line_max = 400, 100
        bounce = ("From: MAILER-DAEMON@x.example\nTo: {0}\nSubject: failure notice\n\nHi. This is the qmail-send program "
                  "at x.example.\n\n<u@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n")
        lines = [self.engine.line() for _ in range(number // line_max)]
        with tempfile.TemporaryFile() as message, contextlib.ExitStack() as stack:
            message.write(bounce.format(SENDER).encode())
            message.flush()
            message.seek(0)
            for i, line in enumerate(lines):
                stack.enter_context(line)
                for j in range(line_max):
                    socket.send_fds(line.sock, [encode({"request": "message", "id": f"1tABC{i}-{j:06}-1x",
                                                        "recipients": SENDER})], [message.fileno()])
            self.assertEqual(self.engine.ask("smtpd.sock", request="ping"), {"ok": "1"})
            for line in lines:
                self.assertEqual([line.receive() for _ in range(line_max)], [{"ok": "1"}] * line_max)

        def settled():
            with contextlib.closing(sqlite3.connect(f"file:{self.engine.state}/state.db?mode=ro", uri=True)) as db:
                [counts] = db.execute("SELECT count(*), sum(state = 1), sum(state = 2 AND why LIKE 'too many%'),"
                                      " (SELECT count(*) FROM suppression) FROM arrival")
            return counts if counts[1] + counts[2] == number else None
        self.engine.await_(settled, "the reading of all")
        self.assertEqual(settled()[0], number)
        self.assertEqual(settled()[3], 0)

    def test_stranger_is_turned_away(self):
        for name in SOCKETS:
            path = self.engine.run_dir / name
            path.chmod(0o666)           # so that only the engine itself stands in the way
            script = ("import os, socket, sys; os.setgroups([]); os.setgid(54321); os.setuid(54321);"
                      "s = socket.socket(socket.AF_UNIX); s.settimeout(120); s.connect(sys.argv[1]);"
                      "print(s.recv(100), s.recv(100))")
            seen = subprocess.run(["python3", "-c", script, str(path)], check=True, capture_output=True,
                                  text=True, timeout=60).stdout
            self.assertEqual(seen, "b'error=this user may not ask here\\n\\n' b''\n", name)
        self.assertIn("event=peer-refused socket=exim.sock uid=54321", self.engine.log())


class Hostile(Case):
    """Whatever a peer does, the others are answered."""

    def setUp(self):
        self.engine = Engine(self)
        self.addCleanup(self.still_well)

    def still_well(self):
        for name in SOCKETS:
            self.assertEqual(self.engine.ask(name, request="ping"), {"ok": "1"}, name)

    def send_and_close(self, name, data):
        """Send until it is all sent or the engine has hung up; what it said at the end."""
        with self.engine.line(name) as line:
            try:
                line.sock.sendall(data)
                line.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            return line.receive()

    def test_garbage(self):
        garbage = {"random bytes": os.urandom(100000), "HTTP": b"GET / HTTP/1.0\r\n\r\nHost: x\n\n",
                   "no name": b"hello\n\n", "NULs": b"\0" * 70000, "empty lines": b"\n" * 100,
                   "many fields": b"request=ping\n" + b"a=1\n" * 100 + b"\n",
                   "broken escape": b"request=ping\na=\\q\n\n",
                   "long name": b"a" * 100 + b"=1\n\n", "1 MB value": b"request=ping\na=" + b"x" * 1000000 + b"\n\n",
                   "40 KB value": b"request=ping\na=" + b"x" * 40000 + b"\n\n"}
        for name in SOCKETS:
            for what, data in garbage.items():
                with self.subTest(socket=name, garbage=what):
                    answer = self.send_and_close(name, data)
                    self.assertTrue(answer is None or "error" in answer, answer)

    def test_half_a_request(self):
        start = time.monotonic()
        with self.engine.line() as half, self.engine.line() as whole:
            half.sock.sendall(b"request=gate\nrecip")
            self.assertEqual(whole.ask(request="ping"), {"ok": "1"})
            self.assertIsNone(half.receive())
            self.assertGreater(time.monotonic() - start, 4)
            self.assertEqual(whole.ask(request="ping"), {"ok": "1"}, "a quiet connection stays open")
        self.assertIn("a request was begun and not finished", self.engine.log())

    def test_drop_by_drop(self):
        """A peer that always sends one byte more does not get more time."""
        with self.engine.line() as line:
            end = time.monotonic() + PATIENCE_S
            try:
                while time.monotonic() < end:
                    line.sock.sendall(b"a")
                    time.sleep(0.1)
                self.fail("it was let go on for ever")
            except OSError:
                pass

    def test_300_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        lines = []
        for _ in range(300):
            line = self.engine.line()
            lines.append(line)
            self.assertEqual(line.ask(request="ping"), {"ok": "1"}, "each new one is answered")
        self.assertLessEqual(self.engine.health()["connections"]["open"], 256)
        self.assertEqual(lines[-1].ask(request="ping"), {"ok": "1"})
        for line in lines:
            line.sock.close()

    def test_answers_not_fetched(self):
        with self.engine.line("control.sock") as line:
            line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sock.settimeout(1)
            sent = 0
            try:
                while sent < 10000:
                    line.send(request="status")
                    sent += 1
            except (TimeoutError, BrokenPipeError, ConnectionResetError):
                pass
            self.assertLess(sent, 10000, "it reads on though nobody fetches what it says")
            self.engine.await_(lambda: "does not fetch its answers" in self.engine.log(), "the end of it")

    def test_memory(self):
        def resident():
            text = pathlib.Path(f"/proc/{self.engine.process.pid}/status").read_text(encoding="ascii")
            return int(re.search(r"VmRSS:\s+(\d+)", text)[1])
        before = resident()
        lines = [self.engine.line() for _ in range(150)]
        for line in lines:
            line.sock.sendall(b"request=gate\nrecipient=" + b"x" * 60000)
        self.still_well()
        self.assertLess(resident() - before, 40000)
        for line in lines:
            line.sock.close()


class Disk(Case):
    """What happens while the database cannot be written, and when the engine ends."""

    def setUp(self):
        self.engine = Engine(self)

    def locked(self):
        """The database, locked by somebody else until it is closed."""
        other = sqlite3.connect(self.engine.state / "state.db", isolation_level=None, timeout=10,
                                check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        self.addCleanup(other.close)
        return other

    def test_gate_answers_while_the_disk_stands_still(self):
        other = self.locked()
        with self.engine.line() as waiting, self.engine.line() as gate:
            waiting.send(**result("gone@example.org"))
            for i in range(200):
                answer = gate.ask(request="gate", id=f"1tABCD-{i:06}-1x", recipient="a@example.org")
                self.assertEqual(answer["action"], "go")
            self.assertEqual(gate.ask(**result("a@example.org", "delivered")), {"ok": "1"})
            self.assertIn("error", waiting.receive(), "what is not on disk is not acknowledged")
            other.rollback()
            self.assertEqual(waiting.ask(**result("gone@example.org")), {"ok": "1"})
        self.engine.await_(lambda: self.engine.health()["writer"]["depth"] == 0, "what was promised")
        self.assertEqual(self.engine.health()["writer"]["problem"], "")

    def test_full_queue_says_so_at_once(self):
        other = self.locked()
        answers = {"ok": 0, "error": 0}
        with self.engine.line() as line:
            for i in range(9000):
                answer = line.ask(**result(f"u{i}@example.org", "delivered", message=f"1tABCD-{i:06}-1x"))
                answers["ok" if answer == {"ok": "1"} else answer["error"] and "error"] += 1
        self.assertEqual(answers["ok"], 8192)
        self.assertIn("event=queue-full", self.engine.log())
        other.rollback()
        self.engine.await_(lambda: self.engine.health()["writer"]["depth"] == 0, "what was promised")
        self.assertEqual(self.engine.ask(**result("a@example.org")), {"ok": "1"})

    def test_acknowledged_is_on_disk(self):
        """Kill it in the middle of work: whatever was acknowledged is there."""
        acknowledged = []

        def work(number):
            try:
                with self.engine.line() as line:
                    for i in range(10000):
                        address = f"u{number}-{i}@example.org"
                        if line.ask(**result(address, message=f"1tABC{number}-{i:06}-1x")) == {"ok": "1"}:
                            acknowledged.append(address)
            except (OSError, TypeError):
                pass
        workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for worker in workers:
            worker.start()
        self.engine.await_(lambda: len(acknowledged) > 300, "acknowledgements")
        self.engine.stop(signal.SIGKILL)
        for worker in workers:
            worker.join()
        listed = self.engine.cli("suppress", "export").stdout
        kept = self.engine.cli("report", "--json")
        spared = {one["recipient"] for one in json.loads(kept.stdout)["refused_not_suppressed"]}
        missing = [a for a in acknowledged if a not in listed and a not in spared]
        self.assertEqual(missing, [])
        self.engine.start()             # stale sockets and stamp are no obstacle
        self.assertEqual(self.engine.ask(request="ping"), {"ok": "1"})

    def test_end(self):
        with self.engine.line() as line:
            for i in range(100):
                line.send(**result(f"u{i}@example.org", "delivered", message=f"1tABCD-{i:06}-1x"))
            for i in range(100):
                self.assertEqual(line.receive(), {"ok": "1"})
            self.assertEqual(self.engine.stop(), 0)
            self.assertIsNone(line.receive())
        self.assertEqual([p.name for p in self.engine.run_dir.iterdir()], ["lock"])
        report = json.loads(self.engine.cli("report", "--json").stdout)
        self.assertEqual(report["total"]["accepted"], 100)


class Starting(Case):
    def test_second_engine(self):
        engine = Engine(self)
        second = engine.cli("serve", "--user", OWNER)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another rebuff serve has this directory", second.stderr)
        self.assertEqual(engine.ask(request="ping"), {"ok": "1"})
        self.assertTrue((engine.run_dir / "alive").exists())

    def test_unknown_user(self):
        engine = Engine(self, start=False)
        seen = engine.cli("serve", "--user", "no-such-user")
        self.assertEqual(seen.returncode, 1)
        self.assertIn("no-such-user", seen.stderr)

    def test_policy_that_does_not_load(self):
        engine = Engine(self, config="x = = 1\n", start=False)
        seen = engine.cli("serve", "--user", OWNER)
        self.assertEqual(seen.returncode, 1)
        self.assertRegex(seen.stderr, r"defaults\.lua:1")
        self.assertEqual([p.name for p in engine.run_dir.iterdir()], ["lock"])

    def test_database_that_cannot_be_used(self):
        """Mail goes on as if there were no engine, and whoever reports is told."""
        engine = Engine(self, start=False)
        (engine.state / "state.db").write_bytes(b"no database, whatever it is" * 100)
        engine.start()
        self.assertEqual(engine.ask(request="gate", id="1tABCD-0000Ab-1x", recipient="a@example.org")["action"], "go")
        self.assertEqual(engine.ask(request="submit", recipient="a@example.org", sender=SENDER)["action"], "accept")
        self.assertIn("error", engine.ask(**result("a@example.org")))
        self.assertIn("event=no-database", engine.log())
        self.assertNotEqual(engine.health()["writer"]["problem"], "")
        self.assertEqual(engine.stop(), 0)

    def test_reload(self):
        engine = Engine(self)
        self.assertEqual(engine.cli("reload").returncode, 0)
        engine.configure("rebuff.default.mode = 17\n")
        seen = engine.cli("reload")
        self.assertEqual(seen.returncode, 1)
        self.assertRegex(seen.stderr, r"defaults\.lua:1")
        self.assertIn("defaults.lua:1", engine.health()["reload_problem"])
        self.assertEqual(engine.ask(request="ping"), {"ok": "1"})
        engine.configure("")
        engine.process.send_signal(signal.SIGHUP)
        engine.await_(lambda: engine.health()["reload_problem"] == "", "the reload by SIGHUP")

    def test_service_manager(self):
        """Sockets that are passed in are used and left; readiness and the end are told."""
        engine = Engine(self, start=False)
        engine.run_dir.mkdir()
        owner = pwd.getpwnam(OWNER)
        os.chown(engine.run_dir, owner.pw_uid, owner.pw_gid)
        passed = []
        for name in ("control.sock", "exim.sock"):
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.bind(str(engine.run_dir / name))
            one.listen(8)
            passed.append(one)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(engine.dir / "notify"))
            (engine.dir / "notify").chmod(0o666)
            notify.settimeout(120)
            launcher = ("import os, sys; fds = [int(fd) for fd in sys.argv[1].split()];"
                        "[os.dup2(fd, 3 + i) for i, fd in enumerate(fds)];"
                        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)));"
                        "os.execv(sys.argv[2], sys.argv[2:])")
            # High numbers first, so that the final ones are free when they are given out.
            high = [os.dup2(one.fileno(), 100 + i) for i, one in enumerate(passed)]
            for fd in high:
                self.addCleanup(os.close, fd)
            with open(engine.log_path, "ab") as log:
                engine.process = subprocess.Popen(
                    ["python3", "-c", launcher, " ".join(map(str, high)),
                     *engine.command("serve", "--user", OWNER)],
                    pass_fds=high, env={**os.environ, "NOTIFY_SOCKET": str(engine.dir / "notify")},
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            seen = notify.recv(100)
            self.assertEqual(seen, b"READY=1", engine.log())
            for name in SOCKETS:
                self.assertEqual(engine.ask(name, request="ping"), {"ok": "1"}, name)
            self.assertEqual(engine.stop(), 0)
            told = []
            while b"STOPPING=1" not in told:
                told.append(notify.recv(100))
        self.assertEqual(sorted(p.name for p in engine.run_dir.iterdir()), ["control.sock", "exim.sock", "lock"])


class Mtactl:
    """rebuff-mtactl, scripted: records the wakes with their times and answers when told. A wake of
    several messages is one ask a message, each with the ids of all in "together"."""

    def __init__(self, engine, queue=(), answer=None):
        self.path = engine.run_dir / "mtactl.sock"
        self.queue = queue
        self.answer = answer or (lambda ask: {"ok": "1"})
        self.asks, self.open, self.most, self.peers = [], 0, 0, []
        self.changed = threading.Condition()
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.path))
        self.path.chmod(0o666)
        self.server.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        for one in [self.server, *self.peers]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:                     # closed already
                pass
            one.close()

    def accept(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            self.peers.append(peer)
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        rest = b""
        try:
            while True:
                while b"\n\n" not in rest:
                    more = peer.recv(65536)
                    if not more:
                        return
                    rest += more
                block, _, rest = rest.partition(b"\n\n")
                peer.sendall(self.say(decode(block + b"\n"), re.findall(r"^id=(.*)$", block.decode(), re.M)))
        except OSError:
            pass                                # the engine, or the test, has hung up

    def say(self, ask, idents):
        with self.changed:
            ask.update(_time=time.time(), together=tuple(idents))
            self.asks += [{**ask, "id": ident} for ident in idents or [""]]
            self.open += ask["request"] == "wake"
            self.most = max(self.most, self.open)
            self.changed.notify_all()
        if ask["request"] == "list":
            return b"".join(b"queued=" + line.encode() + b"\n" for line in self.queue) + b"ok=1\n\n"
        answer = encode(self.answer(ask))
        with self.changed:
            self.open -= 1
        return answer

    def of(self, kind):
        with self.changed:
            return [ask for ask in self.asks if ask["request"] == kind]

    def wait(self, kind, number, timeout=PATIENCE_S):
        with self.changed:
            self.changed.wait_for(lambda: len(self.of(kind)) >= number, timeout)
        found = self.of(kind)
        if len(found) < number:
            raise AssertionError(f"waited {timeout} s in vain for {number} x {kind}: {len(found)}")
        return found


class Waking(Case):
    def setUp(self):
        self.engine = Engine(self, config=QUICK)

    def mtactl(self, **more):
        server = Mtactl(self.engine, **more)
        self.addCleanup(server.close)
        return server

    def defer(self, line, number, domain="example.net", kind="rcpt-defer"):
        self.assertEqual(line.ask(**result(f"u@{domain}", kind, message=f"1tABCD-{number:06}-1x",
                                           text="451 4.3.0 try later", host=f"mx.{domain}")), {"ok": "1"})

    def due(self):
        """How many wait whose time has come."""
        with contextlib.closing(sqlite3.connect(self.engine.state / "state.db", timeout=10)) as db:
            return db.execute("SELECT count(*) FROM delivery WHERE state = 0 AND woken_ms = 0 AND due_ms <= ?",
                              (time.time() * 1000,)).fetchone()[0]

    def test_one(self):
        server = self.mtactl()
        with self.engine.line() as line:
            self.defer(line, 1)
            self.defer(line, 2, kind="message-defer")
        asked = server.wait("wake", 2)
        self.assertEqual({(ask["mta"], ask["id"], ask["how"]) for ask in asked},
                         {("exim", "1tABCD-000001-1x", "-Mc"), ("exim", "1tABCD-000002-1x", "-M")})
        # It is woken once: the next attempt is due only after a result, or in a quarter of an hour.
        with self.engine.line() as line:
            self.defer(line, 3)
        server.wait("wake", 3)
        self.assertEqual(len(server.of("wake")), 3)

    def test_limits(self):
        """Twenty at once, four of one provider, in order; nobody waits for another provider."""
        go = threading.Event()
        server = self.mtactl(answer=lambda ask: go.wait(PATIENCE_S) and {"ok": "1"})
        with self.engine.line() as line:
            for number in range(60):
                self.defer(line, number, domain=f"p{number % 6}.example")
        self.engine.await_(lambda: server.open == 20, "twenty at once")
        first = {ask["together"] for ask in server.of("wake")}
        self.assertEqual(len(first), 20)
        by_provider = {}
        for idents in first:
            numbers = [int(ident.split("-")[1]) % 6 for ident in idents]
            self.assertEqual(len(set(numbers)), 1)
            by_provider[numbers[0]] = by_provider.get(numbers[0], 0) + 1
        self.assertLessEqual(max(by_provider.values()), 4)
        go.set()
        everything = server.wait("wake", 60)
        self.assertEqual(len({ask["id"] for ask in everything}), 60)
        self.assertLessEqual(server.most, 20)
        self.engine.await_(lambda: self.engine.health()["wake"]["woken"] == 60, "the last answer")

    def test_together(self):
        """Of one provider, more than there are places for: up to eight go in one wake, dealt out in turn."""
        go, given = threading.Event(), iter(range(1000))
        def answer(ask):
            if next(given) < 4:                 # its four places are taken while the others come due
                go.wait(PATIENCE_S)
            if len(ask["together"]) == 1:
                return {"ok": "1"}
            return {"refused": f"{ask['together'][-1]} frozen", "ok": "1"}
        server = self.mtactl(answer=answer)
        with self.engine.line() as line:
            for number in range(4):
                self.defer(line, number)
            server.wait("wake", 4)
            for number in range(4, 40):
                self.defer(line, number)
        self.engine.await_(lambda: self.due() == 36, "all to be due")
        go.set()
        everything = server.wait("wake", 40)
        together = [wake for wake in dict.fromkeys(ask["together"] for ask in everything) if len(wake) > 1]
        self.assertEqual(len({ask["id"] for ask in everything}), 40)
        self.assertEqual(max(map(len, together)), 8)
        self.assertEqual([sorted(wake) for wake in together], [list(wake) for wake in together])
        self.engine.await_(lambda: self.engine.health()["wake"]["woken"] == 40 - len(together), "the last answer")
        self.assertEqual(self.engine.health()["wake"]["refused"], len(together))

    def test_in_time(self):
        """Fifty a second, half of them (REBUFF_LONG=1, on a quiet machine: each) within two seconds of their time."""
        server = self.mtactl()
        due = {}
        with self.engine.line() as line:
            begun = time.monotonic()
            for number in range(250):
                due[f"1tABCD-{number:06}-1x"] = time.time() + 1
                self.defer(line, number, domain=f"p{number % 25}.example")
                time.sleep(max(0.0, begun + number / 50 - time.monotonic()))
        late = [ask["_time"] - due[ask["id"]] for ask in server.wait("wake", 250)]
        self.assertEqual(len(late), 250)
        self.assertLess(case.scale(statistics.median, max)(late), 2)
        self.assertGreaterEqual(min(late), -0.01)       # clocks are read in milliseconds

    def test_absent_comes_goes(self):
        with self.engine.line() as line:
            self.defer(line, 1)
            self.engine.await_(lambda: "event=mtactl-absent" in self.engine.log(), "the warning")
            server = self.mtactl()
            server.wait("wake", 1)
            server.close()
            server.path.unlink()
            again = self.mtactl()
            self.defer(line, 2)
            again.wait("wake", 1)
        self.assertIn("event=mtactl-there", self.engine.log())

    def test_garbage_from_mtactl(self):
        server = self.mtactl(answer=lambda ask: {"x": "y" * 20000})
        with self.engine.line() as line:
            self.defer(line, 1)
            server.wait("wake", 1)
            self.engine.await_(lambda: "event=wake-unanswered" in self.engine.log(), "the end of it")
            self.defer(line, 2)
            server.wait("wake", 2)
        self.assertEqual(self.engine.ask(request="ping"), {"ok": "1"})

    def test_queue(self):
        self.mtactl(queue=["1tABCD-000001-1x -", "1tABCD-000002-1x fn", "1tABCD-000003-1x"])
        self.engine.await_(lambda: self.engine.health()["wake"]["queue"] == 3, "the listing")


class Commands(Case):
    """The operator's commands, with the engine and without."""

    def each_way(self):
        engine = Engine(self)
        yield "engine", engine
        engine = Engine(self)
        engine.stop()
        yield "database", engine

    def test_suppress(self):
        for way, engine in self.each_way():
            with self.subTest(way=way):
                added = engine.cli("suppress", "add", "Lucy@Example.ORG", "--until", "30d", "--evidence", "\x1b[31m")
                self.assertEqual((added.returncode, added.stderr), (0, ""))
                check = engine.cli("suppress", "check", "lucy@example.org")
                self.assertEqual(check.returncode, 3)
                self.assertIn("evidence  \\", check.stdout)
                self.assertNotIn("\x1b", check.stdout)
                self.assertEqual(engine.cli("suppress", "check", "other@example.org").returncode, 0)
                listed = json.loads(engine.cli("suppress", "list", "--json").stdout)
                self.assertEqual(listed["class"], "manual")
                self.assertEqual(engine.cli("suppress", "list", "--class", "bounce").stdout, "nobody is suppressed\n")
                self.assertEqual(engine.cli("suppress", "remove", "lucy@example.org").stdout, "removed 1\n")
                self.assertEqual(engine.cli("suppress", "remove", "lucy@example.org").returncode, 1)
                self.assertEqual({p.owner() for p in engine.state.iterdir()}, {OWNER}, "nothing became root's")

    def test_import_and_export(self):
        rows = [["address", "until", "class", "evidence"], ["a@example.org", "2099-12-31", "bounce", '=cmd|"x"'],
                ["+b@example.org", "never", "manual", "550 said, \"no\""], ["c@example.org", "", "", ""]]
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        for way, engine in self.each_way():
            with self.subTest(way=way):
                dry = engine.cli("suppress", "import", "--dry-run", input=text.getvalue())
                self.assertEqual((dry.returncode, dry.stdout), (0, "would import 3, refused 0\n"))
                self.assertEqual(engine.cli("suppress", "list", "--json").stdout, "")
                done = engine.cli("suppress", "import", input=text.getvalue())
                self.assertEqual((done.returncode, done.stdout), (0, "imported 3, refused 0\n"))
                exported = engine.cli("suppress", "export").stdout
                cells = [cell for row in csv.reader(io.StringIO(exported)) for cell in row]
                self.assertEqual([c for c in cells if c[:1] in tuple("=+-@")], [], "no cell is a formula")
                first = list(csv.DictReader(io.StringIO(exported)))
                self.assertEqual(engine.cli("suppress", "remove", "+b@example.org").returncode, 0)
                again = engine.cli("suppress", "import", input=exported)
                self.assertEqual((again.returncode, again.stdout), (0, "imported 3, refused 0\n"))
                second = list(csv.DictReader(io.StringIO(engine.cli("suppress", "export").stdout)))
                key = lambda row: row["address"]            # noqa: E731
                self.assertEqual(sorted(first, key=key), sorted(second, key=key), "export and import agree")
                hashed = engine.cli("suppress", "export", "--hashed").stdout
                self.assertNotIn("example.org", hashed)
                self.assertRegex(hashed, r"(?m)^[0-9a-f]{64},all,")

    def test_import_is_all_or_nothing(self):
        engine = Engine(self)
        seen = engine.cli("suppress", "import", input="a@example.org\nno address\n\x1b[31m@\n")
        self.assertEqual(seen.returncode, 1)
        self.assertIn("standard input:2: not an address", seen.stderr)
        self.assertIn("standard input:3: not an address; expected user@domain: \"\\x1b[31m@\"", seen.stderr)
        self.assertEqual(engine.cli("suppress", "list", "--json").stdout, "")
        # What only the library can judge is refused line by line.
        refused = engine.cli("suppress", "import", input="address,scope\na@example.org,all\nb@example.org,nonsense\n")
        self.assertEqual((refused.returncode, refused.stdout), (1, "imported 1, refused 1\n"))
        self.assertIn("standard input:3: scope \"nonsense\"", refused.stderr)

    def test_large_import(self):
        engine = Engine(self)
        text = "".join(f"u{i}@example.org\n" for i in range(20000))
        done = engine.cli("suppress", "import", input=text)
        self.assertEqual((done.returncode, done.stdout), (0, "imported 20000, refused 0\n"))
        self.assertEqual(len(engine.cli("suppress", "list", "--json").stdout.splitlines()), 20000)

    def test_status_and_report(self):
        engine = Engine(self)
        hostile = "550 5.7.1 \x1b]0;owned\x07 \x9b2J blocked"
        engine.ask(**result("a@example.org", text=hostile))
        engine.ask(**result("b@example.org", "rcpt-defer", text="451 4.7.1 greylisted, try again later"))
        for command in ("status", "report"):
            text = engine.cli(command)
            self.assertEqual(text.returncode, 0, text.stderr)
            self.assertEqual(re.findall(r"[^\n -~]", text.stdout), [])
            json.loads(engine.cli(command, "--json").stdout)
        self.assertIn("writer ", engine.cli("status").stdout)
        self.assertIn("1 put off and 1 refused", engine.cli("report").stdout)
        engine.stop()
        self.assertIn("no engine runs here", engine.cli("status").stdout)
        self.assertIsNone(json.loads(engine.cli("status", "--json").stdout)["engine"])

    def test_wrong_use(self):
        engine = Engine(self, start=False)
        wrong = [["suppress"], ["suppress", "nix"], ["suppress", "add"], ["suppress", "add", "nobody"],
                 ["suppress", "add", "a@b.example", "--until", "soon"], ["suppress", "list", "--class", "x"],
                 ["suppress", "check"], ["suppress", "remove"], ["suppress", "export", "x"], ["status", "x"],
                 ["report", "--last", "x"], ["report", "--from", "x"], ["report", "--from", "2026-01-02", "--to",
                                                                        "2026-01-01"],
                 ["hold"], ["hold", "gmail", "--until", "2020-01-01"], ["release"], ["mode", "off"],
                 ["mode", "act", "../x"], ["reload", "x"], ["serve", "--nix"], ["serve", "--user"]]
        for args in wrong:
            with self.subTest(args=args):
                seen = engine.cli(*args)
                self.assertEqual(seen.returncode, 2, seen)
                self.assertRegex(seen.stderr, r"^rebuff .*; expected: rebuff .*\n$")
                self.assertEqual(seen.stderr.count("\n"), 1)
        for name in ("suppress", "status", "report", "reload", "serve", "hold", "release", "mode", "metrics"):
            self.assertEqual(engine.cli(name, "--help").returncode, 0)

    def test_metrics(self):
        engine = Engine(self)
        engine.ask(**result("a@gmail.com", host="gmail-smtp-in.l.google.com"))
        engine.ask(**result("b@some.example", "rcpt-defer", text="451 4.3.0 later"))
        engine.ask(request="gate", id="1tABCD-0000Ac-1x", recipient="c@example.org", sender=SENDER)
        wanted = ['rebuff_results_total{provider="gmail",category="address-bad",outcome="refused"} 1',
                  'rebuff_suppressed_total{provider="gmail"} 1', "rebuff_up 1",
                  'rebuff_answers_total{asked="gate",answer="go"} 1', "rebuff_writer_ok 1",
                  'rebuff_suppressions{class="bounce"} 1', 'rebuff_waiting_recipients{provider="other"} 1']
        engine.await_(lambda: set(wanted) <= set(engine.cli("metrics").stdout.splitlines()),
                      f"{wanted} in {engine.cli('metrics').stdout}", 30)
        text = engine.cli("metrics").stdout
        self.assertTrue(text.endswith("\n# EOF\n"))
        seen, typed = set(), {}
        for line in text.splitlines()[:-1]:
            kind = re.fullmatch(r"# TYPE (\w+) (counter|gauge)", line)
            value = re.fullmatch(r"(\w+)(\{\w+=\"[\w.-]*\"(,\w+=\"[\w.-]*\")*\})? (\d[\d.e+-]*)", line)
            if kind:
                self.assertNotIn(kind[1], typed, "each metric has one head")
                typed[kind[1]] = kind[2]
            elif value:
                self.assertNotIn(value[1] + (value[2] or ""), seen, "each series is there once")
                seen.add(value[1] + (value[2] or ""))
                name = value[1].removesuffix("_total")
                self.assertEqual(typed[name], "counter" if value[1].endswith("_total") else "gauge", line)
            else:
                self.assertRegex(line, r"^# HELP \w+ .*\.$")
        engine.stop()
        self.assertIn("rebuff_up 0\n", engine.cli("metrics").stdout)

    def test_hold_and_release(self):
        for way, engine in self.each_way():
            with self.subTest(way=way):
                held = engine.cli("hold", "gmail", "--until", "2h", "--reason", "\x1b[31mlook")
                self.assertEqual((held.returncode, held.stderr), (0, ""))
                status = engine.cli("status").stdout
                self.assertRegex(status, r"Held\n  gmail +since .* until .*look \(by ")
                if way == "engine":
                    ask = {"request": "gate", "id": "1tABCD-0000Ab-1x", "recipient": "a@gmail.com",
                           "sender": SENDER}
                    self.assertEqual(engine.ask(**ask)["rule"], "hold:gmail")
                self.assertEqual(engine.cli("release", "gmx").returncode, 1)
                self.assertEqual(engine.cli("release", "gmail").stdout, "released 1\n")
                if way == "engine":
                    # What waited goes before what is new.
                    self.assertNotEqual(engine.ask(**{**ask, "id": "1tABCD-0000Ac-1x"})["rule"], "hold:gmail")
                self.assertNotIn("Held", engine.cli("status").stdout)
                self.assertEqual({p.owner() for p in engine.state.iterdir()}, {OWNER})

    def test_mode(self):
        engine = Engine(self, config='rebuff.default.mode = "act"\n')
        engine.ask(**result("gone@example.org"))
        ask = {"request": "submit", "recipient": "gone@example.org", "sender": SENDER}
        self.assertEqual(engine.ask(**ask)["action"], "refuse")
        self.assertEqual(engine.cli("mode").stdout, "default              as the policy files say\n")
        self.assertEqual(engine.cli("mode", "observe").stdout, "default              observe\n")
        self.assertEqual(engine.ask(**ask)["action"], "accept", "taken over at once")
        self.assertIn("mode         observe", engine.cli("status").stdout)
        self.assertEqual(json.loads(engine.cli("mode", "act", "gmail", "--json").stdout),
                         {"default": "observe", "gmail": "act"})
        self.assertEqual(engine.cli("mode", "act").returncode, 0)
        self.assertEqual(engine.ask(**ask)["action"], "refuse")
        self.assertEqual(engine.cli("mode", "act", "gmial").returncode, 2)
        # A policy that does not load changes nothing, and another hand's file is left alone.
        engine.configure("x = = 1\n")
        self.assertEqual(engine.cli("mode", "observe").returncode, 1)
        self.assertIn("default              act\n", engine.cli("mode").stdout)
        (engine.config / "mode.lua").write_text("x = 1\n", encoding="ascii")
        seen = engine.cli("mode", "observe")
        self.assertEqual((seen.returncode, (engine.config / "mode.lua").read_text(encoding="ascii")), (1, "x = 1\n"))
        self.assertIn("mode.lua:1: not a line", seen.stderr)

    def test_reading_does_not_write(self):
        engine = Engine(self)
        engine.ask(**result("a@example.org"))
        engine.stop()
        before = (engine.state / "state.db").read_bytes()
        for args in (["status"], ["report"], ["suppress", "list"], ["suppress", "export"]):
            self.assertEqual(engine.cli(*args).returncode, 0)
        self.assertEqual((engine.state / "state.db").read_bytes(), before)
        self.assertEqual({p.owner() for p in engine.state.iterdir()}, {OWNER})


if __name__ == "__main__":
    unittest.main()
