"""rebuff-exim-log on the mainlog of a real Exim: what no event reports, what the plugin could not hand
over, through rotation, truncation, its own restarts and an engine that is away."""

import itertools
import signal
import subprocess

from harness import case, exim
from harness.dnsstub import SERVFAIL
from harness.sink import HANG
from harness.wire import FakeEngine

SENDER = "news@sender.example"
PLACE = "/var/lib/rebuff-exim-log/place"
MARKS = itertools.count(1)
MAINLOG = "/var/log/exim4/mainlog"


class Log:
    staged = True
    configuration = exim.REBUFF
    queue_interval = None

    @classmethod
    def prepare(cls):
        cls.engine = FakeEngine(cls.ns)
        cls.addClassCleanup(cls.engine.close)
        cls.ns.run(["install", "-d", "-o", "Debian-exim", "-m", "0750", "/var/lib/rebuff-exim-log"])
        super().prepare()

    def setUp(self):
        self.engine.answers.clear()
        self.engine.forget()
        self.ns.path(PLACE).unlink(missing_ok=True)
        self.follower = None
        self.addCleanup(self.ns.run, ["chown", "Debian-exim:adm", MAINLOG])
        self.addCleanup(self.stop_follower)

    def start_follower(self):
        self.follower = self.ns.popen(["/usr/libexec/rebuff/rebuff-exim-log"], user="Debian-exim",
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.see_the_end()

    def stop_follower(self, number=signal.SIGTERM):
        if self.follower:
            self.follower.stop(number)
            self.follower = None

    def see_the_end(self):
        """Wait until the follower has read what is in the log now."""
        for _ in range(300):                            # what is written before it is there it never reads
            ident = f"1MARK0-00{next(MARKS):04d}-00"
            self.write(f"2026-11-24 10:33:22 {ident} Completed\n")
            if self.engine_sees(ident, 0.1):
                return
            if self.engine.of("result", kind="complete", recipient="", from_log="1"):
                self.engine.wait("result", id=ident)    # it reads, and is only slow
                return
        self.fail("the follower does not read the log")

    def engine_sees(self, ident, timeout):
        try:
            return self.engine.wait("result", 1, timeout, id=ident)
        except AssertionError:
            return False

    def write(self, text):
        with open(self.ns.path(MAINLOG), "a", encoding="utf-8") as log:
            log.write(text)

    def submit(self, *recipients, **kw):
        return self.mta.submit(SENDER, *recipients, mode="-odi", **kw)

    def from_log(self, ident, number=1):
        """Results of this message that came from the log, without the message's end."""
        self.engine.wait("result", number, id=ident, from_log="1")
        self.see_the_end()
        return [(one["kind"], one["stage"], one["recipient"], one["text"])
                for one in self.engine.of("result", id=ident, from_log="1") if one["kind"] != "complete"]

    def test_what_no_event_reports(self):
        self.start_follower()
        self.dns["servfail.example"] = SERVFAIL
        ident = self.submit("x@servfail.example")
        self.assertEqual(self.from_log(ident), [("rcpt-defer", "dns", "x@servfail.example",
                                                 "host lookup did not complete")])
        self.remote("damped.example", banner="421 busy")
        self.submit("x@damped.example")
        other = self.submit("y@damped.example")
        self.assertEqual(self.from_log(other), [("host-defer", "unknown", "y@damped.example",
                                                 "retry time not reached for any host for 'damped.example'")])
        self.assertEqual([one["kind"] for one in self.engine.of("result", id=other)], ["host-defer"])

    def test_what_events_report_is_not_told_twice(self):
        self.start_follower()
        self.remote("twice.example", rcpt=lambda ask: {"a": "550 no", "b": "450 later"}.get(ask.recipient[0]))
        ident = self.submit("a@twice.example", "b@twice.example", "c@twice.example")
        self.see_the_end()
        self.assertEqual([one for one in self.engine.of("result", id=ident) if one.get("from_log") == "1"], [])
        self.assertEqual(sorted(one["kind"] for one in self.engine.of("result", id=ident)),
                         ["delivered", "failed", "host-defer", "rcpt-defer"])

    def test_the_gate_s_own_deferral_is_no_result(self):
        self.start_follower()
        self.remote("held.example")
        self.engine.answers["gate"] = {"action": "wait"}
        ident = self.submit("a@held.example")
        self.mta.run("-Mc", ident)
        self.mta.wait_log(f"{ident} == ", 2)
        self.see_the_end()
        self.assertEqual(self.engine.of("result", id=ident), [])

    def test_removal_is_an_end_and_no_failure(self):
        self.start_follower()
        ident = self.mta.submit(SENDER, "a@removed.example", mode="-odq")
        self.mta.run("-Mrm", ident)
        self.engine.wait("result", 1, id=ident, from_log="1", kind="complete")
        self.assertEqual({one["kind"] for one in self.engine.of("result", id=ident)}, {"complete"})

    def test_lost_results_are_replayed(self):
        self.start_follower()
        self.engine.stop()
        self.remote("lost.example", rcpt=lambda ask: {
            "a": "550-5.1.1 no|such \\user\n550 5.1.1 \u00e9", "b": "450 later"}.get(ask.recipient[0]))
        ident = self.submit("a@lost.example", "b@lost.example", "c@lost.example")
        self.mta.wait_log(f"{ident} rebuff lost ", 4)
        self.engine.start()
        self.engine.wait("result", 4, id=ident, from_log="1")
        got = {(one["kind"], one["recipient"]): one for one in self.engine.of("result", id=ident)}
        self.assertEqual(sorted(got), [("delivered", "c@lost.example"), ("failed", "a@lost.example"),
                                       ("host-defer", "b@lost.example"), ("rcpt-defer", "b@lost.example")])
        failed = got["failed", "a@lost.example"]
        self.assertEqual((failed["sender"], failed["stage"], failed["host"]), (SENDER, "rcpt", "mx.lost.example"))
        self.assertIn("550-5.1.1 no|such \\user\\n550 5.1.1 ", failed["text"])

    def test_utf8_addresses_survive_the_log(self):
        if self.flavour == "light":
            return                                      # no SMTPUTF8 in this build: Exim refuses them
        self.start_follower()
        self.engine.stop()
        self.remote("utf8.example", rcpt="550 no")
        ident = self.mta.submit(SENDER, "caf\u00e9@utf8.example", mode="-odi")
        self.mta.wait_log(f"{ident} rebuff lost ")
        self.engine.start()
        [result] = self.engine.wait("result", 1, id=ident, from_log="1", kind="failed")
        self.assertEqual(result["recipient"].replace('"', ""), "caf\u00e9@utf8.example")

    def test_rotation_truncation_and_restarts(self):
        self.start_follower()
        log = self.ns.path(MAINLOG)

        def completed(number):
            return f"2026-11-24 10:33:22 1ROTAT-00{number:04d}-00 Completed\n"

        def awaited(number):
            self.engine.wait("result", id=f"1ROTAT-00{number:04d}-00")

        self.write(completed(1))
        awaited(1)
        log.rename(log.with_name("mainlog.1"))          # as logrotate does on Debian
        with open(log.with_name("mainlog.1"), "a", encoding="utf-8") as old:
            old.write(completed(2))                     # a process that had it open
        self.write(completed(3))
        awaited(2)
        awaited(3)
        self.write("2026-11-24 10:33:22 Start queue run: pid=1\n" * 50)
        self.see_the_end()
        log.write_text("", encoding="utf-8")            # copytruncate
        self.write(completed(4))
        awaited(4)
        self.stop_follower()
        self.write(completed(5))
        log.rename(log.with_name("mainlog.1"))
        self.write(completed(6))
        self.engine.forget()
        self.start_follower()
        awaited(5)
        awaited(6)
        self.assertEqual(self.engine.of("result", id="1ROTAT-000004-00"), [])

    def test_killed_while_the_engine_hangs(self):
        self.start_follower()
        self.engine.answers["result"] = HANG
        self.write("2026-11-24 10:33:22 1KILL0-000001-00 Completed\n")
        self.engine.wait("result", id="1KILL0-000001-00")
        self.stop_follower(signal.SIGKILL)
        self.engine.answers.clear()
        self.start_follower()
        self.engine.wait("result", 2, id="1KILL0-000001-00")


class Heavy(Log, case.EximCase):
    flavour = "heavy"

    def test_silence_after_rcpt(self):
        self.start_follower()
        self.remote("silent.example", rcpt=HANG)
        ident = self.submit("x@silent.example")
        self.assertEqual(self.from_log(ident), [("rcpt-defer", "rcpt", "x@silent.example",
                                                 "SMTP timeout after RCPT TO:<x@silent.example>")])


class Light(Log, case.EximCase):
    flavour = "light"
