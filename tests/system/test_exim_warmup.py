"""A warm-up plan in a real Exim, over two days of a clock that is set."""

import datetime
import unittest

from harness import case
from harness.clock import Clock
from harness.namespace import wait_until

PEOPLE = 8


class WarmUp(case.EngineCase):
    policy = case.FAST

    def restart_everything(self):
        """So that it sees the clock."""
        self.engine.stop_all()
        self.mta.stop()
        self.engine.start()
        self.mta.start(self.queue_interval)

    def later(self, minutes):
        """So many minutes after the beginning, by the wall clock; the engine was away meanwhile."""
        self.engine.stop()
        self.clock.set(minutes * 60)
        self.engine.start(companions=False)

    def plan(self):
        [plan] = self.engine.json("warmup", "list")
        return plan["day"], plan["sent"], plan["cap"]

    def tomorrow(self):
        [plan] = self.engine.json("warmup", "list")
        begun = datetime.datetime.fromisoformat(plan["since"].replace("Z", "+00:00"))
        return f"{begun + datetime.timedelta(days=1):%Y-%m-%d %H:%M} UTC"

    def test_the_cap_of_a_day_is_kept(self):
        self.clock = Clock(self.ns)
        self.addCleanup(self.clock.end)
        self.restart_everything()
        server = self.remote("warm.example")
        self.engine.run("warmup", "begin", "warm.example", "192.0.2.1", "--cap", "3", "--growth", "2", "--days", "10")
        self.mta.submit_many([("news@sender.example", [f"u{n}@warm.example"], None) for n in range(PEOPLE)],
                             queue_only=False)

        def waiting():
            return self.engine.rows("SELECT count(*) AS n FROM delivery WHERE state = 0")[0]["n"]
        wait_until(lambda: (len(server.deliveries), waiting()) == (1, PEOPLE - 1), what="one to go, the others to wait")
        # A day's messages go out over eight hours: of three, one every 160 minutes.
        for number, minutes in ((2, 161), (3, 322)):
            self.later(minutes)
            self.sink.wait_delivered(number)
        self.assertEqual(self.plan(), (1, 3, 3))
        # The excess waits for the next day, whoever asks.
        self.later(500)
        self.mta.queue_run("-qf")
        self.assertEqual(self.mta.mainlog().count(f"not before {self.tomorrow()}"), PEOPLE - 3)
        self.assertEqual(len(server.deliveries), 3)
        self.assertEqual(waiting(), PEOPLE - 3)
        for number, minutes in ((4, 0), (5, 81), (6, 162), (7, 243), (8, 324)):
            self.later(24 * 60 + 1 + minutes)
            self.sink.wait_delivered(number)
            self.assertEqual(len(server.deliveries), number)
        self.assertEqual(self.plan(), (2, 5, 6))
        self.assertEqual(set(self.sink.delivered.values()), {1})
        for text in (self.engine.run("report").stdout, self.engine.run("status").stdout):
            self.assertRegex(text, r"Warm-up\n +warm\.example +from 192\.0\.2\.1 at \S+ +day 2 of 10: 5 of 6 sent\n")
        self.assertIn('rebuff_warmup_sent{node="mail.sender.example",provider="warm.example"} 5',
                      self.engine.run("metrics").stdout)


if __name__ == "__main__":
    unittest.main()
