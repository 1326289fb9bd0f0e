"""OpenSMTPD and the real engine: what a postmaster gets."""

import json
import signal
import time
import unittest

from harness import opensmtpd
from harness.engine import Engine
from harness.namespace import wait_until
from smtpd_fixture import SteeredCase
from test_smtpd_results import OUTCOMES

LOOK = """import json, sqlite3, sys
database = sqlite3.connect("file:/var/lib/rebuff/state.db?mode=ro", uri=True)
print(json.dumps(database.execute("SELECT kind, stage, text FROM event WHERE recipient = ? ORDER BY event",
                                  sys.argv[1:]).fetchall()))
"""
KINDS = ("host-defer", "rcpt-defer", "message-defer", "failed", "delivered", "complete")

GONE = "550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 Unknown user"
POLICY = """for _, c in ipairs { "greylisted", "unclassified", "system-error", "network-error" } do
  rebuff.default.retry[c] = { first = "4s", factor = 1, max = "4s", jitter = 0, give_up = "72h" }
end
"""


class EngineCase(SteeredCase):
    mode = "act"
    policy = POLICY

    @classmethod
    def start_engine(cls):
        cls.ns.run(["install", "-d", "/etc/rebuff"])
        cls.ns.path("/etc/rebuff/defaults.lua").write_text(cls.policy + f'rebuff.default.mode = "{cls.mode}"\n', encoding="ascii")
        cls.serve = cls.run_engine()

    @classmethod
    def run_engine(cls):
        with open(cls.ns.path("/var/log/rebuff"), "ab") as log:
            process = cls.ns.popen(["/usr/bin/rebuff", "serve"], stdout=log, stderr=log)
        wait_until(lambda: cls.ns.inside(Engine.answers), what="the engine to answer")
        return process

    def recorded(self, recipient):
        """The kinds of the results that the engine has on disk for this recipient, oldest first."""
        done = self.ns.run(["python3", "-c", LOOK, recipient])      # its path would lead outside from here
        return json.loads(done.stdout)

    def tell_all(self):
        """What the log says until now is on disk: it is told in order."""
        type(self).marks = getattr(self, "marks", 0) + 1
        mark = f"mark@no{self.marks}.invalid"
        self.mta.submit("news@sender.example", mark)
        wait_until(lambda: self.recorded(mark), what="the log to be told")

    def due_after(self, server, recipient):
        """Seconds between the attempts for this recipient."""
        times = [ask.time for ask in server.asks if ask.stage == "rcpt" and ask.recipient == recipient]
        return [b - a for a, b in zip(times, times[1:])]


class Acting(EngineCase):
    def test_dead_address_is_refused_from_then_on(self):
        server = self.remote("dead.example", rcpt=GONE)
        self.mta.submit("news@sender.example", "lucy@dead.example")
        self.mta.wait_log(r'to=<lucy@dead.example>.*result="PermFail"')

        def refused():
            done = self.mta.submit("news@sender.example", "lucy@dead.example", check=False)
            return done.returncode == 70 and str(done.stdout)
        text = wait_until(refused, what="the recipient to be refused")
        self.assertIn("suppressed", text)
        self.assertLessEqual(len([ask for ask in server.asks if ask.stage == "rcpt"]), 2)

    def test_greylisting_is_retried_at_its_time(self):
        server = self.remote("grey.example", rcpt=lambda ask: "451 4.7.1 Greylisted, try again later"
                             if ask.count < 3 else None)
        self.mta.submit("news@sender.example", "a@grey.example")
        self.sink.wait_asked("rcpt", number=3, recipient="a@grey.example")
        # smtpd's own schedule would have come after 400 s and 1600 s.
        self.assertGreater(min(self.due_after(server, "a@grey.example")), 3.9)
        self.mta.wait_log(r'to=<a@grey.example>.*result="Ok"')
        self.assertEqual(len(server.deliveries), 1)

    def test_banner_is_retried(self):
        server = self.remote("banner.example", banner="421 4.7.0 Try again later")
        self.mta.submit("news@sender.example", "a@banner.example")
        self.mta.wait_log(r'to=<a@banner.example>.*result="TempFail"')
        server.banner = None
        self.mta.wait_log(r'to=<a@banner.example>.*result="Ok"')

    def test_engine_killed_and_back(self):
        server = self.remote("killed.example", rcpt="451 4.7.1 Greylisted, try again later")
        self.mta.submit("news@sender.example", "a@killed.example")
        self.mta.wait_log(r'to=<a@killed.example>.*result="TempFail"')
        self.serve.stop(signal.SIGKILL)
        server.rcpt = None
        type(self).serve = self.run_engine()
        self.mta.wait_log(r'to=<a@killed.example>.*result="Ok"')
        self.assertEqual(len(server.deliveries), 1)
        self.assert_up()


class TakenOver(EngineCase):
    """A queue that was there before rebuff."""

    @classmethod
    def prepare(cls):
        cls.server = cls.remote("old.example", rcpt="451 4.7.1 Greylisted, try again later")
        cls.people = [f"u{i}@old.example" for i in range(5)]
        stock = opensmtpd.Smtpd(cls.ns)
        stock.configure()
        stock.start()
        for person in cls.people:
            stock.submit("news@sender.example", person)
        stock.wait_log(r'@old.example>.*result="TempFail"', number=len(cls.people))
        stock.stop()
        # An hour passes: what is overdue is attempted when smtpd starts.
        cls.ns.run(["sh", "-c", "sed -i -E 's/^(ctime|last-try): .*/\\1: '$(($(date +%s) - 3600))/ "
                    "$(find /var/spool/smtpd/queue -type f ! -name message)"])
        super().prepare()

    def test_is_taken_over(self):
        """smtpd makes the next attempt; from then on it is ours."""
        for person in self.people:
            self.mta.wait_log(rf'to=<{person}>.*result="TempFail"', number=2)
        self.server.rcpt = None
        self.sink.wait_delivered(len(self.people))
        for person in self.people:
            kinds = [KINDS[row[0]] for row in self.recorded(person)]
            self.assertEqual(set(kinds), {"rcpt-defer"})


class Observing(EngineCase):
    mode = "observe"

    def test_nothing_is_touched(self):
        self.remote("dead.example", rcpt=GONE)
        self.remote("grey.example", rcpt="451 4.7.1 Greylisted, try again later")
        for who in ("a@dead.example", "a@grey.example"):
            self.mta.submit("news@sender.example", who)
        self.mta.wait_log(r'to=<a@dead.example>.*result="PermFail"')
        line = self.mta.wait_log(r'to=<a@grey.example>.*result="TempFail"')[0]
        self.tell_all()
        time.sleep(5)                                   # the time that was decided for it passes
        self.assertEqual(len(self.sink.wait_asked("rcpt", recipient="a@grey.example")), 1)
        self.assertNotIn("suspend", self.queue_entry(line.split("evpid=")[1][:16])[3])
        self.assertEqual(self.mta.submit("news@sender.example", "a@dead.example").returncode, 0)

    def test_every_outcome_is_recorded_once(self):
        """Whether the filter, the log or both told of it."""
        rows = [row for row in OUTCOMES if row[0] not in ("delivered", "bytes")]
        for name, behaviours, _, _ in rows:
            server = self.remote(f"{name}.example", **(behaviours or {}))
            if behaviours is None:
                server.refuse_connections()
            self.mta.submit("news@sender.example", f"a@{name}.example")
        for name, _, _, _ in rows:
            self.mta.wait_log(rf"to=<a@{name}.example>.*result=")
        wait_until(lambda: all(self.recorded(f"a@{name}.example") for name, _, _, _ in rows),
                   what="every outcome to be on disk")
        self.tell_all()
        for name, _, want, _ in rows:
            with self.subTest(name):
                recorded = self.recorded(f"a@{name}.example")
                self.assertEqual(len(recorded), 1, recorded)
                self.assertEqual(KINDS[recorded[0][0]], want["kind"])
                if "text" in want:
                    self.assertEqual(recorded[0][2].replace("\\x0a", "\n"), want["text"])


if __name__ == "__main__":
    unittest.main()
