"""rebuff inside a real Exim, heavy and light, against a scripted engine: what it asks, what it tells,
and that nothing an engine does or fails to do harms the mail."""

import os
import socket
import threading
import time

from harness import case, exim
from harness.namespace import PATIENCE_S
from harness.sink import DROP, HANG
from harness.wire import FakeEngine, decode

SENDER = "news@sender.example"


class Receiver:
    """Takes one request on a socket, with the descriptor that comes along, and answers ok=1."""

    def __init__(self, path, group):
        path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chown(path, 0, group)
        path.chmod(0o660)
        self.listener.listen(1)
        self.listener.settimeout(PATIENCE_S)
        self.thread = threading.Thread(target=self.take)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.listener.close()

    def take(self):
        peer, _ = self.listener.accept()
        with peer:
            data, fds, _, _ = socket.recv_fds(peer, 65536, 1)
            while not data.endswith(b"\n\n"):
                data += peer.recv(65536)
            file = fds[0]
            self.offset = os.lseek(file, 0, os.SEEK_CUR)
            self.rest = os.read(file, 65536)
            try:
                self.writable = os.write(file, b"!") == 1
            except OSError:
                self.writable = False
            peer.sendall(b"ok=1\n\n")


class Plugin:
    """The tests; a subclass says which Exim."""

    staged = True
    configuration = exim.REBUFF
    queue_interval = None

    @classmethod
    def prepare(cls):
        cls.engine = FakeEngine(cls.ns)
        cls.addClassCleanup(cls.engine.close)
        super().prepare()

    def setUp(self):
        self.engine.answers.clear()
        self.engine.forget()

    def tearDown(self):
        self.assertEqual(self.mta.paniclog(), "")

    def submit(self, *recipients, sender=SENDER, **kw):
        return self.mta.submit(sender, *recipients, mode="-odi", **kw)

    # The gate

    def test_gate_is_asked_and_go_delivers(self):
        self.remote("go.example")
        ident = self.submit("Lucy@go.example")
        self.mta.wait_completed(ident)
        [ask] = self.engine.of("gate", id=ident)
        self.assertEqual((ask["mta"], ask["recipient"], ask["sender"], ask["mx"], ask.get("forced", "0")),
                         ("exim", "Lucy@go.example", SENDER, "mx.go.example", "0"))
        self.assertLessEqual(int(ask["age_s"]), 60)
        self.assertEqual(self.sink.wait_delivered(1)[-1].recipients, ["Lucy@go.example"])

    def test_gate_waits(self):
        self.remote("wait.example")
        self.engine.answers["gate"] = {"action": "wait", "until": 1792850000123, "rule": "hold:x"}
        ident = self.submit("a@wait.example")
        self.mta.wait_log(rf"{ident} == a@wait.example R=rebuff_gate defer \(-1\): "
                          r"not before 2026-10-24 13:53 UTC$")
        self.engine.answers["gate"] = {"action": "wait", "until": 0, "text": "greylisted, (\"x\") # \\ 'y', z"}
        self.mta.run("-M", ident)
        self.mta.wait_log(rf"{ident} == .*: greylisted, \(\"x\"\) # \\ 'y', z$")
        self.engine.answers["gate"] = {"action": "go"}
        self.mta.run("-Mc", ident)
        self.mta.wait_completed(ident)

    def test_gate_fails_with_any_text(self):
        self.remote("fail.example")
        nasty = "given up: \"evil@x.example\",\n|/bin/sh <a@b> :blackhole: ${run{/bin/true}} caf\u00e9 #\\"
        self.engine.answers["gate"] = {"action": "fail", "text": nasty}
        ident = self.submit("a@fail.example")
        self.mta.wait_log(rf"{ident} \*\* a@fail.example R=rebuff_gate: given up: \"evil@x.example\", "
                          r"\|/bin/sh <a@b> :blackhole: \${run{/bin/true}} caf\?\? #\\$")
        failed = self.engine.wait("result", id=ident, kind="failed")[0]
        self.assertEqual((failed["stage"], failed["recipient"]), ("unknown", "a@fail.example"))
        self.mta.wait_completed(ident)

    def test_gate_is_asked_for_each_recipient(self):
        self.remote("many.example")
        names = ["a@many.example", "B@many.example", "\"x y\"@many.example", "\":fail: z\"@many.example",
                 "\"p,q\"@many.example", "e@many.example"]
        self.engine.answers["gate"] = lambda ask: {"action": "wait" if ask["recipient"][0] == "e" else "go"}
        ident = self.submit(*names)
        self.mta.wait_log(rf"{ident} == e@many.example R=rebuff_gate")
        self.assertEqual(sorted(ask["recipient"] for ask in self.engine.of("gate", id=ident)), sorted(names))
        got = [one for delivery in self.sink.wait_delivered(1) for one in delivery.recipients
               if one.endswith("many.example")]
        self.assertEqual(sorted(got), sorted(names[:-1]))
        results = self.engine.wait("result", 5, id=ident, kind="delivered")
        self.assertEqual(len(results), 5)

    def test_gate_discards(self):
        remote = self.remote("drop.example")
        self.engine.answers["gate"] = {"action": "discard"}
        ident = self.submit("a@drop.example")
        self.mta.wait_completed(ident)
        self.assertEqual(remote.connections, 0)

    def test_gate_without_a_known_action_passes(self):
        self.remote("odd.example")
        for answer in ({"action": "dance"}, {"ok": "1"}, {"error": "no"}, b"garbage\n\n", b"\n", DROP):
            with self.subTest(answer):
                self.engine.answers["gate"] = answer
                self.mta.wait_completed(self.submit("a@odd.example"))

    def test_bt_counts_no_attempt(self):
        self.remote("bt.example")
        self.assertIn("router = dnslookup", self.mta.run("-bt", "a@bt.example").stdout)
        self.assertEqual(self.engine.of("gate", recipient="a@bt.example"), [])

    def test_local_recipients_are_not_asked_about(self):
        ident = self.submit("root@sender.example")
        self.mta.wait_log(rf"{ident} (=>|==|\*\*|Completed)")
        self.assertEqual(self.engine.of("gate", id=ident), [])
        self.assertEqual(self.engine.of("result", id=ident, kind="failed"), [])

    def test_a_forced_attempt_is_told_from_ours(self):
        self.remote("forced.example")
        self.engine.answers["gate"] = {"action": "wait"}
        ident = self.submit("a@forced.example")
        other = self.submit("b@forced.example")
        wake = ["python3", "-c", "import os,sys; os.execv('/usr/sbin/exim4', ['rebuff-wake'] + sys.argv[1:])"]
        for argv, forced in ((["exim4", "-Mc", ident], "0"), (["exim4", "-M", ident], "1"),
                             (["exim4", "-M", other, ident], "1"), (["exim4", "-v", "-M", ident], "1"),
                             (["exim4", "-qf"], "0"), ([*wake, "-M", ident], "0"), ([*wake, "-Mc", ident], "0")):
            with self.subTest(argv[-3:]):
                self.engine.forget()
                self.ns.run(argv, user="Debian-exim")
                asks = self.engine.wait("gate", id=ident)
                self.assertEqual({ask.get("forced", "0") for ask in asks}, {forced})

    # Results

    def outcome(self, domain, to="x", sender=SENDER, **behaviours):
        if behaviours:
            self.remote(domain, **behaviours)
        return self.submit(f"{to}@{domain}", sender=sender)

    def test_results(self):
        refused = self.remote("refused.example")
        refused.refuse_connections()
        self.dns["null.example"] = {"MX": [(0, "")]}
        self.dns["noaddress.example"] = {"MX": [(10, "mx.noaddress.example")]}
        rows = {
            "ok": ({"rcpt": None}, [("delivered", "dot", "")]),
            "rcpt5": ({"rcpt": "550-5.1.1 no\n550 5.1.1 \u00e9"}, [("failed", "rcpt", "")]),
            "rcpt4": ({"rcpt": "452 4.2.2 full"}, [("host-defer", "rcpt", "452"), ("rcpt-defer", "rcpt", "452")]),
            "mail4": ({"mail": "451 4.1.8 x"}, [("message-defer", "mail", "")]),
            "mail5": ({"mail": "550 5.1.8 x"}, [("failed", "mail", "")]),
            "data4": ({"data": "451 4.1.1 x"}, [("message-defer", "data", "")]),
            "dot4": ({"dot": "451 4.1.1 x"}, [("message-defer", "dot", "")]),
            "dot5": ({"dot": "554 5.7.1 x"}, [("failed", "dot", "")]),
            "banner4": ({"banner": "421 4.7.0 x"}, [("host-defer", "banner", ""), ("message-defer", "banner", "")]),
            "banner5": ({"banner": "554 5.7.1 x"}, [("host-defer", "banner", ""), ("message-defer", "banner", ""),
                                                    ("failed", "banner", "")]),
            "ehlo4": ({"ehlo": "421 4.7.0 x"}, [("host-defer", "ehlo", ""), ("message-defer", "ehlo", "")]),
            "drop": ({"banner": DROP}, [("host-defer", "connect", ""), ("message-defer", "connect", "")]),
            "dropdot": ({"dot": DROP}, [("message-defer", "dot", "")]),
            "refused": ({}, [("host-defer", "connect", ""), ("message-defer", "connect", "")]),
            "nx": ({}, [("failed", "dns", "")]),
            "null": ({}, [("failed", "dns", "")]),
            "noaddress": ({}, [("failed", "dns", "")]),
        }
        for name, (behaviours, want) in rows.items():
            with self.subTest(name):
                ident = self.outcome(f"{name}.example", **behaviours)
                self.mta.wait_log(rf"{ident} (=>|==|\*\*) x@{name}.example")
                got = self.engine.wait("result", len(want), id=ident)
                got = [one for one in got if one["kind"] != "complete"]
                self.assertEqual([(one["kind"], one["stage"], one.get("code", "")) for one in got], want)
                for one in got:
                    self.assertEqual((one["mta"], one["recipient"], one["sender"]),
                                     ("exim", f"x@{name}.example", SENDER))
                    self.assertLess(abs(int(one["time"]) / 1000 - time.time()), 60)
                    if behaviours:
                        self.assertEqual((one["host"], one["transport"]), (f"mx.{name}.example", "remote_smtp"))
                        self.assertRegex(one["ip"], r"^198\.51\.100\.\d+$")

    def test_text_arrives_whole(self):
        lines = [f"452-4.2.2 line {number} with a | bar, a \\ backslash, a ' and a \" {'x' * 300}"
                 for number in range(10)] + ["452 4.2.2 the end"]
        ident = self.outcome("long.example", rcpt="\n".join(lines))
        [result] = self.engine.wait("result", id=ident, kind="rcpt-defer")
        self.assertEqual(result["text"], "SMTP error from remote mail server after RCPT TO:<x@long.example>: "
                         + "\\n".join(lines))

    def test_odd_addresses(self):
        self.remote("odd2.example", rcpt="550 5.1.1 no")
        self.engine.forget()
        ident = self.submit("\"a/b c\"@odd2.example", sender="s/1@sender.example")
        [result] = self.engine.wait("result", id=ident, kind="failed")
        self.assertEqual((result["recipient"], result["sender"], result["host"]),
                         ("\"a/b c\"@odd2.example", "s/1@sender.example", "mx.odd2.example"))

    def test_completion_is_told(self):
        self.remote("complete.example")
        ident = self.submit("a@complete.example")
        [result] = self.engine.wait("result", id=ident, kind="complete")
        self.assertEqual(result.get("text"), "")

    # Submission

    def test_suppressed_recipient_is_refused_at_rcpt(self):
        self.engine.answers["submit"] = lambda ask: (
            {"action": "refuse", "text": "5.1.1 suppressed since\n2026, \u00e9"}
            if ask["recipient"] == "dead@submit.example" else {"action": "accept"})
        client = self.mta.smtp()
        client.ehlo()
        client.mail(SENDER)
        self.assertEqual(client.rcpt("dead@submit.example"), (550, b"5.1.1 suppressed since 2026, ??"))
        self.assertEqual(client.rcpt("alive@submit.example")[0], 250)
        self.assertEqual(client.rcpt("dead@sender.example")[0], 250)
        client.rset()
        client.mail("")
        self.assertEqual(client.rcpt("dead@submit.example")[0], 250)
        client.quit()
        self.assertEqual([(ask["recipient"], ask["sender"]) for ask in self.engine.of("submit")],
                         [("dead@submit.example", SENDER), ("alive@submit.example", SENDER)])

    # Messages with an empty sender

    def send_smtp(self, sender, *recipients, data):
        client = self.mta.smtp()
        client.sendmail(sender, list(recipients), data)
        client.quit()

    def test_bounce_from_outside_is_shown(self):
        text = b"From: <mailer-daemon@far.example>\r\nSubject: Undelivered\r\n folded\r\n\r\nbody one\r\nbody two\r\n"
        self.send_smtp("", "news@sender.example", "root@sender.example", data=text)
        [message] = self.engine.wait("message")
        self.assertEqual((message["mta"], message["recipients"], message["client_ip"]),
                         ("exim", "news@sender.example,root@sender.example", "127.0.0.1"))
        self.assertIn("From: <mailer-daemon@far.example>\nSubject: Undelivered\n folded\n", message["headers"])
        self.assertEqual(int(message["size_bytes"]), len(message["headers"]) + len("body one\nbody two\n"))
        self.mta.wait_log(rf"{message['id']} <= <> ")
        self.send_smtp(SENDER, "news@sender.example", data=text)
        self.assertEqual(len(self.engine.of("message")), 1)

    def test_the_message_itself_comes_as_a_descriptor(self):
        self.engine.stop()
        try:
            with Receiver(self.ns.path("/run/rebuff/exim.sock"), self.ns.groups["Debian-exim"][0]) as receiver:
                self.engine.stamp()
                self.send_smtp("", "news@sender.example", data=b"Subject: x\r\n\r\none\r\ntwo\r\n")
                self.mta.wait_log("<= <> .*S=")
            self.assertEqual(receiver.offset, len("1xVnuj-00000M-0X-D\n"))
            self.assertEqual(receiver.rest, b"one\ntwo\n")
            self.assertFalse(receiver.writable)
        finally:
            self.engine.start()

    def test_own_bounces_are_not_shown(self):
        self.outcome("own.example", rcpt="550 5.1.1 no")
        self.mta.wait_log(r"<= <> R=")
        self.assertEqual(self.engine.of("message"), [])

    def test_messages_are_accepted_whatever_the_engine_does(self):
        for answer in ({"error": "no"}, DROP, HANG, b"garbage"):
            with self.subTest(answer):
                self.engine.answers["message"] = answer
                self.send_smtp("", "news@sender.example", data=b"Subject: x\r\n\r\nx\r\n")

    # An engine that is not there

    def lost(self, ident):
        """The fields of the lost results of a message that the log kept."""
        return [decode(line.split("rebuff lost ")[1].replace("\t", "\n").encode())
                for line in self.mta.mainlog().splitlines() if f"{ident} rebuff lost " in line]

    def check_without_an_answer(self, name):
        self.remote(f"up-{name}.example")
        begun = time.monotonic()
        ident = self.submit(f"a@up-{name}.example")
        self.mta.wait_completed(ident)
        self.assertLess(time.monotonic() - begun, PATIENCE_S)
        self.assertEqual([(one["kind"], one["recipient"]) for one in self.lost(ident)],
                         [("delivered", f"a@up-{name}.example")])
        ident = self.outcome(f"down-{name}.example", rcpt="550-5.1.1 no \u00e9|\\\n550 5.1.1 user")
        self.mta.wait_log(rf"{ident} \*\* x@down-{name}.example")
        [lost] = self.lost(ident)
        self.assertEqual((lost["request"], lost["id"], lost["kind"], lost["stage"], lost["host"]),
                         ("result", ident, "failed", "rcpt", f"mx.down-{name}.example"))
        self.assertIn("550-5.1.1 no ", lost["text"])
        self.assertIn("|\\\\n550 5.1.1 user", lost["text"])
        client = self.mta.smtp()
        client.ehlo()
        client.mail(SENDER)
        self.assertEqual(client.rcpt(f"a@submit-{name}.example")[0], 250)
        client.quit()

    def test_engine_absent(self):
        self.engine.stop()
        try:
            self.check_without_an_answer("absent")
            if self.flavour == "heavy":
                self.mta.wait_log("rebuff: the engine is not running; mail goes on as without rebuff")
        finally:
            self.engine.start()

    def test_engine_died_and_left_its_socket(self):
        self.engine.stop(remove=False)
        self.engine.stamp()
        try:
            self.check_without_an_answer("dead")
        finally:
            self.engine.start()

    def test_engine_hangs(self):
        self.engine.answers.update(gate=HANG, result=HANG, submit=HANG)
        self.check_without_an_answer("hung")
        self.engine.answers.clear()

    def test_engine_babbles(self):
        for name, answer in (("garbage", b"\0\xff\n\n"), ("endless", b"a=" + b"x" * 70000), ("drop", DROP)):
            with self.subTest(name):
                self.engine.answers.update(gate=answer, result=answer, submit=answer)
                self.check_without_an_answer(name)

    def test_old_mail_is_given_up_without_an_engine(self):
        self.remote("old.example")
        self.engine.answers["gate"] = {"action": "wait"}
        ident = self.submit("a@old.example")
        header = next(self.ns.path(self.mta.spool + "/input").rglob(f"{ident}-H"))
        lines = header.read_text(encoding="utf-8").split("\n")
        lines[3] = f"{int(time.time()) - 15 * 86400} 0"
        header.write_text("\n".join(lines), encoding="utf-8")
        self.mta.run("-M", ident)
        self.assertEqual(len(self.engine.of("gate", id=ident)), 2)
        self.mta.wait_log(rf"{ident} == a@old.example", 2)
        self.engine.stop()
        try:
            self.mta.run("-M", ident)
            self.mta.wait_log(rf"{ident} \*\* a@old.example R=rebuff_gate: rebuff: given up after 14 days")
        finally:
            self.engine.start()

    # The package removed, and the snippets themselves

    def test_without_the_plugin_mail_is_routed_as_ever(self):
        self.remote("removed.example")
        hide = [self.ns.path("/usr/lib/exim4-rebuff/rebuff-exim.so"),
                self.ns.path("/usr/libexec/rebuff/rebuff-exim-helper")]
        ident = self.mta.submit(SENDER, "a@removed.example", mode="-odq")
        for path in hide:
            path.rename(path.with_suffix(".away"))
        try:
            self.mta.run("-M", ident)
            self.mta.wait_completed(ident)
        finally:
            for path in hide:
                path.with_suffix(".away").rename(path)
        self.assertEqual(self.engine.of("gate"), [])

    def test_retry_rule_leaves_local_mail_alone(self):
        for address, far in (("a@far.example", True), ("far.example", True), ("a@sender.example", False)):
            rule = self.mta.run("-brt", address).stdout
            self.assertIn("F,520w" if far else "F,4d", rule)


class Heavy(Plugin, case.EximCase):
    flavour = "heavy"


class Light(Plugin, case.EximCase):
    flavour = "light"
