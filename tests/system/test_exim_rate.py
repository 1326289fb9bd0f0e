"""Messages that are due go out on time and as fast as Exim can, none early, none twice.

Times are measured, so nothing else runs beside this, and compared with what one `exim4 -qff` needs on
this machine in this run. Exim's own queue runner stays at 30 minutes.
"""

import time

from harness import case
from harness.namespace import PATIENCE_S, wait_until

ALONE = True
SENDER = "news@sender.example"
DOMAINS = 5                             # providers: at most 4 attempts of each are under way
OVERTAKEN = 4 * 8                       # at most: so many places, so many messages in each (wake.h)
PER_SECOND = 50                         # due; where that is more than a third of what Exim can do, less
# How late the last may be: as long as a queue run takes for so many. 2 s where Exim makes 150 a second.
LATE_MESSAGES = 300


class Rate(case.EngineCase):
    flavour = "heavy"
    policy = case.FAST.replace('"2s"', '"2h"')

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.servers = [cls.remote(f"d{n}.example") for n in range(DOMAINS)]
        number = case.scale(300, 2000)
        cls.queue_run_s = cls.time_queue_run(number)
        cls.queue_run_rate = number / cls.queue_run_s

    @classmethod
    def time_queue_run(cls, number):
        """Seconds that one queue run takes for so many messages; into an empty sink."""
        cls.mta.submit_many([(SENDER, [f"stock-{n}@d{n % DOMAINS}.example"], None) for n in range(number)])
        begun = time.monotonic()
        cls.mta.queue_run("-qff")
        taken = time.monotonic() - begun
        assert len(cls.sink.deliveries) == number, f"{len(cls.sink.deliveries)} of {number} delivered"
        return taken

    def slower_queue_run_s(self):
        """Measured again when the work is done: another process may have begun to take its share of the machine."""
        number = case.scale(300, 2000)
        self.sink.forget()
        for server in self.servers:
            server.rcpt = None
        return max(self.queue_run_s, self.time_queue_run(number))

    def deferred(self, number):
        """So many messages that were deferred once and wait; the next time they are accepted."""
        for server in self.servers:
            server.rcpt = lambda ask: "451 4.7.1 greylisted" if ask.count == 1 else None
        self.number = getattr(type(self), "number", 0) + 1
        type(self).number = self.number
        mail = [(SENDER, [f"u{self.number}-{n}@d{n % DOMAINS}.example"], None) for n in range(number)]
        idents = self.mta.submit_many(mail)
        runs = [self.ns.popen(["exim4", "-q"], stdout=-3) for _ in range(2)]
        for run in runs:
            run.wait(300)
        self.wait_count(number, case.WAITING)
        return idents

    def wait_count(self, number, state, timeout=PATIENCE_S):
        def counted():
            return self.engine.rows("SELECT count(*) AS n FROM delivery WHERE state = ?", state)[0]["n"]
        wait_until(lambda: counted() == number, timeout, f"{number} recipients in state {state}", every=0.2)

    def make_due(self, times):
        """Give each waiting message a time (seconds since 1970) at which it is due."""
        self.engine.stop()
        rows = self.engine.rows("SELECT delivery, recipient FROM delivery WHERE state = 0 ORDER BY delivery")
        due = {}
        for row, when in zip(rows, times, strict=True):
            self.engine.execute("UPDATE delivery SET due_ms = ? WHERE delivery = ?", int(when * 1000),
                                row["delivery"])
            due[row["recipient"]] = when
        self.sink.forget()
        self.engine.start(companions=False)
        return due

    def check_once(self, due):
        self.assertEqual(len(self.sink.delivered), len(due))
        self.assertEqual(set(self.sink.delivered.values()), {1})
        early = [recipient for delivery in self.sink.deliveries for recipient in delivery.recipients
                 if delivery.time < due[recipient] - 0.05]
        self.assertEqual(early, [])
        self.mta.wait_queue_empty()

    def test_due_messages_go_on_time(self):
        number = case.scale(200, 3000)
        rate = min(PER_SECOND, self.queue_run_rate / 3)
        self.deferred(number)
        begin = time.time() + 6
        due = self.make_due([begin + n / rate for n in range(number)])
        self.sink.wait_delivered(number, timeout=60 + number / rate)
        late = sorted(delivery.time - due[delivery.recipients[0]] for delivery in self.sink.deliveries)
        print(f"     {number} messages, {rate:.0f} due a second, exim4 -qff {self.queue_run_rate:.0f}/s: median "
              f"{late[number // 2]:.2f} s late, 99 % {late[number * 99 // 100]:.2f} s, worst {late[-1]:.2f} s")
        self.check_once(due)
        # Half of them, on a machine that may stall; with REBUFF_LONG=1, on a quiet one, the last.
        of_a_second = case.scale(300, 2000) / self.slower_queue_run_s()
        self.assertLess(late[case.scale(number // 2, -1)] * of_a_second, LATE_MESSAGES)

    def test_burst_drains_as_fast_as_a_queue_run(self):
        number = case.scale(300, 2000)
        self.deferred(number)
        begin = time.time() + 4
        due = self.make_due([begin] * number)
        self.sink.wait_delivered(number, timeout=60 + self.queue_run_s * 4)
        burst_s = max(delivery.time for delivery in self.sink.deliveries) - begin
        print(f"     {number} messages: exim4 -qff {self.queue_run_rate:.0f}/s, burst {number / burst_s:.0f}/s")
        self.check_once(due)
        self.check_order(due)
        self.assertLess(burst_s, self.slower_queue_run_s() / case.scale(0.5, 0.8))

    def check_order(self, due):
        """Of one provider those that wait longest go first; `due` is in that order."""
        for n in range(DOMAINS):
            waiting = [recipient for recipient in due if recipient.endswith(f"@d{n}.example")]
            gone = [recipient for delivery in self.sink.deliveries for recipient in delivery.recipients
                    if recipient.endswith(f"@d{n}.example")]
            place = {recipient: at for at, recipient in enumerate(waiting)}
            self.assertLessEqual(max(abs(at - place[recipient]) for at, recipient in enumerate(gone)), OVERTAKEN)
