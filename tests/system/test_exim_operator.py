"""What an operator does by hand is respected, and shows in the engine's memory."""

import time

from harness import case
from harness.case import DELIVERED, GONE, WAITING
from harness.namespace import wait_until

SENDER = "news@sender.example"


class Operator(case.EngineCase):
    """hold_domains is switched on by the file /run/hold."""

    configuration = {**case.EngineCase.configuration,
                     "main": case.EngineCase.configuration["main"]
                     + "hold_domains = ${if exists{/run/hold}{held.example}{}}\n"}

    def deferred(self, after="2s"):
        """A message that waits, and its domain's server, which takes it from now on."""
        domain, remote = self.domain(rcpt="451 4.7.1 greylisted, come back")
        if after != "2s":
            self.retry(domain, "greylisted", after)
        ident = self.mta.submit(SENDER, f"a@{domain}", mode="-odi")
        self.wait_row(ident, WAITING)
        remote.rcpt = None
        return ident, remote

    def attempts(self, remote):
        return len([ask for ask in remote.asks if ask.stage == "rcpt"])

    def listed_anew(self):
        """The engine lists the queue when it starts (and every hour). What has just come is left alone then,
        as it may be younger than the list: so make everything look older."""
        self.engine.stop()
        self.engine.execute("UPDATE delivery SET received_ms = received_ms - 3600000, opened_ms = opened_ms - 3600000,"
                            " closed_ms = closed_ms - 3600000, unseen = iif(unseen, unseen - 3600, 0)")
        self.engine.start(companions=False)
        wait_until(lambda: self.engine.status()["engine"]["wake"]["queue_ms"], what="the queue to be listed")

    def test_frozen_is_not_woken_and_thawed_is(self):
        ident, remote = self.deferred("8s")
        self.mta.run("-Mf", ident)
        self.listed_anew()
        [row] = self.wait_row(ident, WAITING)
        self.assertEqual(row["frozen"], 1)
        wait_until(lambda: time.time() * 1000 > row["due_ms"] + 2000, what="the time when it would be due")
        self.assertEqual((self.attempts(remote), self.mta.queue()[ident]["frozen"]), (1, True))
        self.mta.run("-Mt", ident)
        self.listed_anew()
        self.wait_row(ident, DELIVERED)
        self.assertEqual(len(remote.deliveries), 1)

    def test_frozen_after_the_last_listing_is_not_woken(self):
        ident, remote = self.deferred()
        self.mta.run("-Mf", ident)
        wait_until(lambda: f'id={ident} why="frozen"' in self.engine.log(), what="rebuff-mtactl to refuse the wake")
        self.assertEqual((self.attempts(remote), self.mta.queue()[ident]["frozen"]), (1, True))
        self.mta.run("-Mrm", ident)

    def test_removed_by_hand_is_closed_as_gone(self):
        ident, remote = self.deferred("1h")
        self.mta.run("-Mrm", ident)
        self.wait_row(ident, GONE)
        self.assertEqual(self.attempts(remote), 1)

    def test_message_that_vanished_is_closed_at_the_second_listing(self):
        ident, remote = self.deferred("1h")
        for path in self.ns.path(f"{self.mta.spool}/input").rglob(f"{ident}-?"):
            path.unlink()
        self.listed_anew()
        self.wait_row(ident, WAITING)               # once unseen may be a race
        self.listed_anew()
        self.wait_row(ident, GONE)
        self.assertEqual(self.attempts(remote), 1)

    def test_forced_delivery_goes_before_it_is_due(self):
        ident, remote = self.deferred("1h")
        self.mta.run("-Mc", ident)
        self.assertEqual(self.attempts(remote), 1)
        self.mta.run("-M", ident)
        self.wait_row(ident, DELIVERED)
        self.assertEqual(len(remote.deliveries), 1)

    def test_given_up_by_hand_is_no_strike(self):
        ident, _ = self.deferred()
        self.engine.freeze()
        self.mta.run("-Mf", ident)
        self.mta.run("-Mg", ident)
        self.engine.thaw()
        self.mta.wait_log(rf"{ident} (Completed|\*\*)")
        self.assertEqual([address for address in self.suppressed() if "given-up-by-hand" in address], [])

    def test_hold_domains_is_stronger_than_a_wake(self):
        remote = self.remote("held.example", dot="451 4.3.0 not now")       # a T: hint: the wake would be -M
        ident = self.mta.submit(SENDER, "a@held.example", mode="-odi")
        self.wait_row(ident, WAITING)
        self.ns.path("/run/hold").write_text("", encoding="ascii")
        self.addCleanup(self.ns.path("/run/hold").unlink, missing_ok=True)
        remote.dot = None
        self.mta.wait_log(rf"{ident} == a@held.example .*domain is held")
        self.assertEqual(remote.deliveries, [])
        self.ns.path("/run/hold").unlink()
        self.mta.run("-M", ident)
        self.wait_row(ident, DELIVERED)

    def test_suppression_added_and_removed_by_hand(self):
        domain, remote = self.domain()
        self.engine.run("suppress", "add", f"a@{domain}", "--evidence", "asked us to stop")
        with self.mta.smtp() as client:
            client.ehlo()
            client.mail(SENDER)
            self.assertEqual(client.rcpt(f"a@{domain}")[0], 550)
            self.engine.run("suppress", "remove", f"a@{domain}")
            self.assertEqual(client.rcpt(f"a@{domain}")[0], 250)
        self.assertEqual(remote.connections, 0)


class Heavy(Operator):
    flavour = "heavy"


del Operator
