"""Postfix and the real engine: suppressed recipients are refused, and its log tells what became of all mail."""

import signal
import time
import unittest

from harness import case, engine, packages, postfix
from harness.namespace import wait_until
from harness.sink import DROP

SENDER = "news@sender.example"
GONE = "550-5.1.1 The account that you tried to reach\n550 5.1.1 does not exist"
# What a server may say so that it is taken for something else.
LIAR = "550 5.7.1 to=<x@y>, relay=z[1.2.3.4]:25, status=sent (250 ok) (in reply to RCPT TO command)"
KINDS = ("host-defer", "rcpt-defer", "message-defer", "failed", "delivered", "complete")
CONF = packages.TOP / "plugins" / "postfix" / "conf"
POLICY = """
rebuff.default.mode = "{mode}"
"""


class PostfixCase(case.NamespaceCase):
    """Postfix with the lines that docs/postfix.md tells to append."""

    mode = "act"

    @classmethod
    def make_namespace(cls):
        return postfix.namespace(staged=True)

    @classmethod
    def prepare(cls):
        cls.engine = engine.Engine(cls.ns, "postfix", act=False)
        cls.engine.policy("defaults.lua", POLICY.format(mode=cls.mode))
        cls.addClassCleanup(cls.engine.stop_all)
        cls.mta = postfix.Postfix(cls.ns)
        cls.mta.configure(main="minimal_backoff_time = 5m\n" + (CONF / "main.cf").read_text(encoding="ascii"),
                          master=(CONF / "master.cf").read_text(encoding="ascii"))
        cls.engine.start()
        cls.addClassCleanup(cls.mta.stop)
        # The log reader starts at the log's end: whoever writes waits until it is there.
        wait_until(cls.ns.path("/var/lib/rebuff-log/place").exists, what="the log to be followed")
        cls.mta.start()

    def rcpt(self, recipient, sender=SENDER, **kw):
        """What Postfix answers to a client that is to mail this recipient: (code, text)."""
        with self.mta.session(sender, **kw) as smtp:
            code, text = smtp.rcpt(recipient)
        return code, text.decode()

    def send(self, recipient, sender=SENDER):
        with self.mta.session(sender) as smtp:
            code, text = smtp.rcpt(recipient)
            self.assertEqual(code, 250, text)
            self.assertEqual(smtp.data(b"Subject: test\r\n\r\nHello.\r\n")[0], 250)

    def events(self, recipient):
        return self.engine.rows("SELECT * FROM event WHERE recipient = ? ORDER BY event", recipient)

    def wait_events(self, recipient, number=1):
        def found():
            rows = self.events(recipient)
            return rows if len(rows) >= number else None
        return wait_until(found, what=f"{number} results of {recipient}")

    def suppressed(self):
        return {entry["address"]: entry for entry in self.engine.json("suppress", "list")}

    def kill_off(self, recipient):
        """Mail to a recipient whom the server refuses, until the engine knows."""
        self.send(recipient)
        wait_until(lambda: recipient in self.suppressed(), what=f"{recipient} to be suppressed")

    def tell_all(self):
        """What the log says until now is on disk: it is told in order."""
        type(self).marks = getattr(self, "marks", 0) + 1
        mark = f"mark{self.marks}@nowhere.invalid"
        self.send(mark)
        self.wait_events(mark)


class Acting(PostfixCase):
    def test_dead_address_is_refused_from_then_on(self):
        server = self.remote("dead.example", rcpt=lambda ask: GONE if ask.recipient.startswith("lucy") else None)
        self.kill_off("lucy@dead.example")
        with self.mta.session(SENDER) as smtp:
            code, text = smtp.rcpt("lucy@dead.example")
            self.assertEqual(code, 550)
            self.assertEqual(text.decode(), "5.1.1 <lucy@dead.example>: Recipient address rejected: rebuff: recipient "
                             "is suppressed: 550-5.1.1 The account that you tried to reach 550 5.1.1 does not exist")
            self.assertEqual(smtp.rcpt("bob@dead.example")[0], 250)
            self.assertEqual(smtp.data(b"Subject: test\r\n\r\nHello.\r\n")[0], 250)
        self.mta.wait_log(r"to=<bob@dead.example>.*status=sent")
        self.assertEqual([ask.recipient for ask in server.asks if ask.stage == "rcpt"],
                         ["lucy@dead.example", "bob@dead.example"])
        entry = self.suppressed()["lucy@dead.example"]
        self.assertEqual((entry["class"], entry["category"]), ("bounce", "address-bad"))
        row = self.events("lucy@dead.example")[0]
        self.assertEqual((row["sender"], row["host"], row["ip"], row["code"], row["enhanced"]),
                         (SENDER, "mx.dead.example", server.address, 550, "5.1.1"))

    def test_null_sender_is_never_refused(self):
        self.remote("null.example", rcpt=GONE)
        self.kill_off("lucy@null.example")
        self.assertEqual(self.rcpt("lucy@null.example")[0], 550)
        self.assertEqual(self.rcpt("lucy@null.example", sender="")[0], 250)

    def test_only_those_who_may_relay_are_told(self):
        self.remote("secret.example", rcpt=GONE)
        self.kill_off("lucy@secret.example")
        code, text = self.rcpt("lucy@secret.example", source="192.0.2.1")
        self.assertEqual((code // 100, "Relay access denied" in text), (4, True), text)

    def test_hold_puts_off(self):
        self.remote("held.example")
        self.engine.run("hold", "held.example", "--reason", "looking into it")
        code, text = self.rcpt("a@held.example")
        self.assertEqual((code, text.split(" ", 1)[0]), (450, "4.7.1"), text)
        self.assertIn("rebuff: mail of this sender or to this provider is on hold", text)
        self.assertEqual(self.rcpt("a@held.example", sender="")[0], 250)
        self.assertEqual(self.rcpt("a@other.example")[0], 250)
        self.engine.run("release", "held.example")
        self.assertEqual(self.rcpt("a@held.example")[0], 250)

    def test_document_and_files_say_the_same(self):
        """What this runs is what docs/postfix.md tells to append."""
        document = (packages.TOP / "docs" / "postfix.md").read_text(encoding="utf-8")
        for name in ("main.cf", "master.cf"):
            lines = (CONF / name).read_text(encoding="ascii").splitlines()
            block = "".join(f"    {line}\n" for line in lines if not line.startswith("#"))
            self.assertIn(f"\n\n{block}\n", document)

    def test_strange_recipients_pass(self):
        """Whatever a client says, Postfix hears an answer."""
        for recipient in ('"a b"@dead.example', '"a=b\\\\c"@dead.example', "x" * 64 + "@dead.example",
                          "a" * 600 + "@dead.example", "%s%n@dead.example", "a+b=c=d.e@dead.example"):
            with self.subTest(recipient):
                self.assertEqual(self.rcpt(recipient)[0], 250)
        self.assertNotIn("problem talking to server", self.mta.log())


class Faults(PostfixCase):
    def setUp(self):
        if not self.engine.serve:
            self.engine.start(companions=False)

    def no_trouble(self):
        self.assertNotIn("problem talking to server", self.mta.log())

    def test_engine_killed_and_back(self):
        server = self.remote("killed.example", rcpt=lambda ask: GONE if ask.recipient.startswith("dead") else None)
        self.kill_off("dead@killed.example")
        self.engine.kill()
        self.assertEqual(self.rcpt("dead@killed.example")[0], 250)
        self.send("a@killed.example")
        self.send("dead2@killed.example")
        self.mta.wait_log(r"to=<a@killed.example>.*status=sent")
        self.mta.wait_log(r"to=<dead2@killed.example>.*status=bounced")
        self.engine.start(companions=False)
        # What the log told meanwhile was kept in it.
        wait_until(lambda: "dead2@killed.example" in self.suppressed(), what="the log to be told")
        self.assertEqual(self.rcpt("dead@killed.example")[0], 550)
        self.assertEqual(len(self.wait_events("dead2@killed.example")), 1)
        self.assertEqual(len(server.deliveries), 1)
        self.no_trouble()

    def test_engine_stands_still(self):
        self.remote("still.example", rcpt=GONE)
        self.kill_off("dead@still.example")
        self.engine.freeze()
        try:
            with self.mta.session(SENDER) as smtp:
                self.assertEqual([smtp.rcpt("dead@still.example")[0] for _ in range(5)], [250] * 5)
        finally:
            self.engine.thaw()
        self.no_trouble()

        def refused():                  # it is asked again after five seconds
            return self.rcpt("dead@still.example")[0] == 550
        wait_until(refused, what="the recipient to be refused")

    def test_policy_program_is_gone(self):
        self.remote("gone.example", rcpt=GONE)
        self.kill_off("dead@gone.example")
        program = self.ns.path("/usr/libexec/rebuff/rebuff-postfix-policy")
        program.rename(program.with_suffix(".away"))
        try:
            self.mta.stop()
            self.mta.start()
            self.assertEqual(self.rcpt("dead@gone.example")[0], 250)
        finally:
            program.with_suffix(".away").rename(program)

    def test_policy_program_is_killed(self):
        self.remote("shot.example", rcpt=GONE)
        self.kill_off("dead@shot.example")
        with self.mta.session(SENDER) as smtp:
            self.assertEqual(smtp.rcpt("dead@shot.example")[0], 550)
            for pid in self.ns.run(["pgrep", "-f", "^/usr/libexec/rebuff/rebuff-postfix-policy"]).stdout.split():
                self.ns.run(["kill", "-9", pid])
            # This smtpd asks no more; waiting for another connection would delay the mail.
            self.assertEqual([smtp.rcpt("dead@shot.example")[0] for _ in range(3)], [250] * 3)
        self.ns.run(["postfix", "reload"])
        wait_until(lambda: self.rcpt("dead@shot.example")[0] == 550, what="a new smtpd to ask")


class Observing(PostfixCase):
    mode = "observe"

    def test_every_outcome_is_recorded_once(self):
        rows = [
            ("rcpt", {"rcpt": GONE}, "failed", "rcpt", "550-5.1.1 The account that you tried to reach 550 5.1.1 does not exist"),
            ("grey", {"rcpt": "451 4.7.1 Greylisted, try again"}, "rcpt-defer", "rcpt", "451 4.7.1 Greylisted, try again"),
            ("mail", {"mail": "550 5.7.1 Go away"}, "failed", "mail", "550 5.7.1 Go away"),
            ("dot", {"dot": LIAR}, "failed", "dot", LIAR),
            ("banner", {"banner": "421 4.7.0 Try again later"}, "rcpt-defer", "banner", "421 4.7.0 Try again later"),
            ("drop", {"rcpt": DROP}, "rcpt-defer", "rcpt", None),
            ("refused", None, "rcpt-defer", "connect", None),
        ]
        for name, behaviours, *_ in rows:
            server = self.remote(f"{name}.example", **(behaviours or {}))
            if behaviours is None:
                server.refuse_connections()
            self.send(f"a@{name}.example")
        self.remote("fine.example")
        self.send("a@fine.example")
        self.send("a@nodomain.example")
        for name in [row[0] for row in rows] + ["fine", "nodomain"]:
            self.mta.wait_log(rf"to=<a@{name}.example>.*status=")
        self.tell_all()
        self.engine.follower.stop(signal.SIGKILL)
        # Killed before it could say where it was: the whole log is told again.
        place = self.ns.path("/var/lib/rebuff-log/place")
        device, inode, _ = place.read_text(encoding="ascii").split()
        place.write_text(f"{device} {inode} 0\n", encoding="ascii")
        self.engine.start_follower()
        self.tell_all()
        for name, _, kind, stage, text in rows:
            with self.subTest(name):
                recorded = self.events(f"a@{name}.example")
                self.assertEqual(len(recorded), 1, recorded)
                self.assertEqual((KINDS[recorded[0]["kind"]], recorded[0]["sender"]), (kind, SENDER))
                self.assertEqual(self.stage(recorded[0]), stage)
                if text:
                    self.assertEqual(recorded[0]["text"], text)
        accepted = {row["name"]: row["accepted"] for row in self.engine.json("report", "--last", "1d")[0]["providers"]}
        self.assertEqual(accepted["fine.example"], 1, accepted)
        self.assertEqual([KINDS[row["kind"]] for row in self.events("a@nodomain.example")], ["failed"])

    def stage(self, row):
        names = ("unknown", "connect", "banner", "ehlo", "tls", "auth", "mail", "rcpt", "data", "dot", "dns")
        return names[row["stage"]]

    def test_nobody_is_refused(self):
        self.remote("dead.example", rcpt=GONE)
        self.send("lucy@dead.example")
        self.wait_events("lucy@dead.example")
        self.assertEqual(self.rcpt("lucy@dead.example")[0], 250)

    def test_rotation_while_nobody_reads(self):
        """The log is renamed away, and a new one begun; whoever sent what is known from before."""
        self.remote("rotated.example", rcpt="451 4.7.1 Greylisted, try again")
        self.send("a@rotated.example", sender="x@stream.example")
        self.wait_events("a@rotated.example")
        self.engine.follower.stop()
        self.mta.stop()                                 # postlogd has the file open
        log = self.ns.path(self.mta.log_path)
        self.send_later("b@rotated.example")
        log.rename(log.with_name("postfix.log.1"))
        self.ns.run(["install", "-g", "rebuff-postfix", "-m", "0640", "/dev/null", self.mta.log_path])
        self.mta.start()
        self.engine.start_follower()
        self.tell_all()
        self.assertEqual(len(self.events("a@rotated.example")), 1)
        self.assertEqual(len(self.events("b@rotated.example")), 1)

    def send_later(self, recipient):
        """While nobody reads the log."""
        self.mta.start()
        self.send(recipient)
        self.mta.wait_log(rf"to=<{recipient}>.*status=deferred")
        self.mta.stop()

    def test_alias(self):
        """The address that was tried counts, not the one that led to it."""
        self.ns.path("/etc/postfix/virtual").write_text("team@localhost a@far.example\n", encoding="ascii")
        self.ns.run(["postconf", "-e", "virtual_alias_maps=texthash:/etc/postfix/virtual"])
        self.ns.run(["postfix", "reload"])
        self.remote("far.example", rcpt=GONE)
        self.send("team@localhost")
        self.assertEqual(self.wait_events("a@far.example")[0]["code"], 550)
        self.assertEqual(self.events("team@localhost"), [])


JOURNALCTL = """#!/usr/bin/env python3
import re, sys, time
def option(name, otherwise):
    return next((int(a.split("=")[1]) for a in sys.argv if a.startswith(name)), otherwise)
def entries():
    with open("/var/log/postfix.log", "rb") as log:
        return log.read().split(b"\\n")[:-1]
assert "SYSLOG_FACILITY=2" in sys.argv
shown = option("--after-cursor=", max(0, len(entries()) - option("--lines=", 0)))
while True:
    for number, line in list(enumerate(entries(), 1))[shown:]:
        found = re.match(rb"\\w+ +\\d+ [0-9:]+ \\S+ ([a-z/]+)\\[\\d+\\]: (.*)", line)
        tag, message = found.groups() if found else (b"systemd", line)
        sys.stdout.buffer.write(b"__CURSOR=%d\\n__REALTIME_TIMESTAMP=%d\\nSYSLOG_IDENTIFIER=%s\\nMESSAGE=%s\\n\\n"
                                % (number, time.time_ns() // 1000, tag, message))
        sys.stdout.flush()
        shown = number
    if "--follow" not in sys.argv:
        break
    time.sleep(0.02)
"""


class Journal(PostfixCase):
    """The log reader without a log file: a journalctl of ours shows what a real one would."""

    mode = "observe"

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.ns.path("/usr/bin/journalctl").write_text(JOURNALCTL, encoding="ascii")
        cls.ns.path("/usr/bin/journalctl").chmod(0o755)
        cls.engine.follower.stop()
        cls.place = cls.ns.path("/var/lib/rebuff-log/cursor")
        cls.start_reader()

    @classmethod
    def start_reader(cls):
        with open(cls.ns.path("/var/log/follower.log"), "ab") as log:
            cls.engine.follower = cls.ns.popen(["/usr/libexec/rebuff/rebuff-postfix-log", "-p",
                                                "/var/lib/rebuff-log/cursor"], user="rebuff-postfix", stdout=log,
                                               stderr=log)

    def log_line(self, program, text):
        with open(self.ns.path(self.mta.log_path), "a", encoding="ascii") as log:
            log.write(f"{time.strftime('%b %e %H:%M:%S')} mail postfix/{program}[1]: {text}\n")

    def test_goes_on_where_it_stopped(self):
        """And knows from before who sent what was under way."""
        self.remote("journal.example", rcpt="451 4.7.1 Greylisted, try again")

        def followed():                 # from now on, the first time
            self.send("a@journal.example")
            return self.events("a@journal.example")
        wait_until(followed, what="the journal to be followed", every=0.5)
        self.tell_all()
        self.log_line("qmgr", "ABCDEF: from=<x@stream.example>, size=9, nrcpt=1 (queue active)")
        self.tell_all()
        wait_until(self.place.exists, what="the place to be saved")
        self.engine.follower.stop()
        before = len(self.events("a@journal.example"))
        self.log_line("smtp", "ABCDEF: to=<b@journal.example>, relay=mx.journal.example[198.51.100.1]:25, delay=1, "
                              "delays=0/0/0/1, dsn=4.7.1, status=deferred (host mx.journal.example[198.51.100.1] said: "
                              "451 4.7.1 later (in reply to RCPT TO command))")
        self.start_reader()
        row = self.wait_events("b@journal.example")[0]
        self.assertEqual((row["sender"], row["text"]), ("x@stream.example", "451 4.7.1 later"))
        self.tell_all()
        self.assertEqual(len(self.events("a@journal.example")), before)

    def test_a_gap_is_shown(self):
        said = self.ns.path("/var/log/follower.log")
        program = self.ns.path("/usr/bin/journalctl")
        self.addCleanup(self.start_reader)
        self.addCleanup(program.write_text, JOURNALCTL, encoding="ascii")
        self.addCleanup(lambda: self.engine.follower.stop())
        self.engine.follower.stop()
        program.write_text(JOURNALCTL.replace('b"__CURSOR', 'b"MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\\n__CURSOR'),
                           encoding="ascii")
        self.start_reader()

        def shown():                    # from now on, which may be a moment later
            self.log_line("smtpd", "Suppressed 4711 messages from postfix@-.service")
            return "the journal has a gap (Suppressed 4711 messages from postfix@-.service)" in \
                said.read_text(encoding="utf-8")
        wait_until(shown, what="the gap to be shown", every=0.5)


if __name__ == "__main__":
    unittest.main()
