"""A hold at one provider: what arrives for it stays, everybody else's mail goes on."""

import smtplib
import threading
import time
import unittest

from harness import case, engine, opensmtpd
from harness.namespace import wait_until

# Of the filter's questions, somewhat less: clocks differ; and how long it rests after two that ran out.
DEADLINE_S, COMMIT_S, REST_S = 0.29, 0.99, 5.1
POLICY = """
rebuff.default.mode = "act"
rebuff.default.pace = { start = "6000/min", floor = "6000/min", ceiling = "6001/min" }
local held = rebuff.provider "held"
held.domains = { "held.example" }
held.mx = { "heldservers.example" }
"""


class HoldCase(case.SmtpdCase):
    """smtpd, the engine and its companions."""

    staged = True
    configuration = opensmtpd.REBUFF
    policy = POLICY

    @classmethod
    def prepare(cls):
        cls.engine = engine.Engine(cls.ns, "smtpd", act=False)
        cls.engine.policy("defaults.lua", cls.policy)
        cls.addClassCleanup(cls.engine.stop_all)
        cls.engine.start()
        super().prepare()
        cls.held = cls.remote("held.example")
        cls.free = cls.remote("free.example")

    def setUp(self):
        self.sink.forget()
        self.engine.run("hold", "held")

    def tearDown(self):
        self.engine.run("release", "held", check=False)

    def client(self):
        client = smtplib.SMTP(local_hostname="shop.sender.example")
        client.sock = self.ns.connect("127.0.0.1", 25)
        client.file = None
        client.getreply()
        client.ehlo()
        return client

    def send(self, *recipients, client=None):
        one = client or self.client()
        one.sendmail("shop@sender.example", recipients, f"To: <{recipients[0]}>\r\nSubject: test\r\n\r\ntext\r\n")
        if not client:
            one.quit()

    def queued(self, recipient):
        """Its line of show queue, or None."""
        found = [line for line in self.mta.queue() if line[6] == recipient]
        return found[0] if found else None

    def wait_paused(self, recipient):
        wait_until(lambda: (self.queued(recipient) or [""] * 4)[3] == "suspend" or None,
                   what=f"{recipient} to be paused")


class Hold(HoldCase):
    def test_stays_and_is_delivered_when_released(self):
        self.send("a@held.example")
        self.send("a@free.example")
        self.sink.wait_delivered(1)
        self.wait_paused("a@held.example")
        self.assertEqual(self.held.deliveries, [])
        self.engine.run("release", "held")
        self.sink.wait(lambda: self.held.deliveries, what="the held message")

    def test_one_message_for_both(self):
        self.send("b@held.example", "b@free.example", "c@held.example")
        self.sink.wait_delivered(1)
        self.wait_paused("b@held.example")
        self.wait_paused("c@held.example")
        self.assertEqual([one.recipients for one in self.sink.deliveries], [["b@free.example"]])
        self.engine.run("release", "held")
        self.sink.wait(lambda: sum(len(one.recipients) for one in self.held.deliveries) == 2, what="the held recipients")

    def test_a_domain_that_the_provider_hosts(self):
        """It is known by the servers that answered for it before."""
        hosted = self.remote("hosted.example", mx="mx.heldservers.example")
        self.send("a@hosted.example")
        self.sink.wait_delivered(1)
        wait_until(lambda: self.engine.rows("SELECT 1 FROM site"), what="the servers to be remembered")
        self.send("b@hosted.example")
        self.wait_paused("b@hosted.example")
        self.assertEqual(len(hosted.deliveries), 1)
        self.engine.run("release", "held")
        self.sink.wait(lambda: len(hosted.deliveries) == 2, what="the held message")

    def test_operators_pause_is_not_ended(self):
        """Nor is there a window then: the held message is queued and paused all the same."""
        self.mta.ctl("pause", "mta")
        self.send("d@held.example", "d@free.example")
        self.wait_paused("d@held.example")
        self.assertIn("MTA paused", self.mta.ctl("show", "status").stdout)
        self.assertEqual(self.sink.deliveries, [])
        self.mta.ctl("resume", "mta")
        self.sink.wait_delivered(1)
        self.assertEqual(self.held.deliveries, [])
        self.engine.run("release", "held")
        self.sink.wait(lambda: self.held.deliveries, what="the held message")

    def test_what_nobody_knows_is_given_back(self):
        """A database that was lost leaves nothing paused for ever."""
        self.send("f@held.example")
        self.wait_paused("f@held.example")
        self.engine.stop()
        self.engine.execute("DELETE FROM delivery")
        self.engine.execute("DELETE FROM hold")
        self.engine.start(companions=False)
        self.sink.wait(lambda: self.held.deliveries, what="the message to go on")


class Lanes(HoldCase):
    """New mail to a provider that takes so many a minute, or so many a day."""

    policy = POLICY + """
local slow = rebuff.provider "slow"
slow.domains = { "slow.example" }
slow.pace = { start = "60/min", floor = "60/min", ceiling = "61/min" }
slow.retry["rate-limited"] = { first = "2s", factor = 1, max = "2s", jitter = 0 }
local warm = rebuff.provider "warm"
warm.domains = { "warm.example" }
"""

    def test_a_slow_lane(self):
        """One a second; everybody else's mail goes at once."""
        number = 10
        slow = self.remote("slow.example", rcpt="451 4.7.1 Rate limit exceeded, try again later")
        self.send("first@slow.example")
        wait_until(lambda: self.engine.rows("SELECT 1 FROM pace"), what="a slow lane")
        slow.rcpt = None
        for i in range(number):
            self.send(f"p{i}@slow.example")
        self.send("p@free.example")
        self.sink.wait(lambda: self.free.deliveries, what="the others' mail")
        self.assertLess(len(slow.deliveries), number)
        self.sink.wait(lambda: len(slow.deliveries) == number + 1, what="all of the lane")
        times = sorted(one.time for one in slow.deliveries)
        print(f"     {number + 1} messages in a lane of 60 a minute took {times[-1] - times[0]:.1f} s")
        # A busy machine makes them slower, never faster; a commit that comes too late goes without a window.
        self.assertGreater(times[-1] - times[0], number * 0.75)
        self.assertEqual(len([ask for ask in slow.asks if ask.stage == "rcpt"]), number + 2)

    def test_a_warm_up(self):
        """What is over the day's number waits for tomorrow."""
        warm = self.remote("warm.example")
        self.engine.run("warmup", "begin", "warm", "192.0.2.1", "--cap", "288000")      # 600 a minute
        self.engine.stop()
        self.engine.execute("UPDATE warmup SET day = 1, sent = 288000 - 3")
        self.engine.start(companions=False)
        for i in range(8):
            self.send(f"w{i}@warm.example")
        self.sink.wait(lambda: len(warm.deliveries) == 3, what="the day's last messages")
        def paused():
            return [line[3] for line in self.mta.queue() if line[6].endswith("@warm.example")] == ["suspend"] * 5
        wait_until(paused, what="the others to be paused")
        self.assertEqual(self.engine.rows("SELECT sent FROM warmup")[0]["sent"], 288000)
        self.engine.run("warmup", "end", "warm")
        self.sink.wait(lambda: len(warm.deliveries) == 8, what="the others")


class Rate(HoldCase):
    """30 of 100 submissions a second are for the provider that is held."""

    seconds = case.scale(5, 30)
    free_rate, held_rate = case.scale((24, 6), (70, 30))
    sessions = 6                                        # of each kind

    def setUp(self):
        # smtpd sends 100 messages through one connection and then rests for 3 s: one server would not do.
        self.others = [self.remote(f"free{i}.example") for i in range(8)]

    def submit_for(self, domains, rate, failed, sent):
        """From several sessions, each at its share of the rate, whatever the others do; `sent` is given when the
        submission for each recipient began and ended, and whether a question of the filter may have run out."""
        def session(number):
            gap, client = self.sessions / rate, self.client()
            begun = time.monotonic()
            for i in range(int(self.seconds / gap)):
                wait = begun + i * gap - time.monotonic()
                if wait > 0:
                    time.sleep(wait)                    # the rate is what is wanted
                if i % 90 == 89:                        # smtpd takes 100 a session
                    client.quit()
                    client = self.client()
                recipient, times = f"s{number}-{i}@{domains[i % len(domains)]}", [time.monotonic()]
                try:
                    for command in (lambda: client.mail("shop@sender.example"), lambda: client.rcpt(recipient),
                                    lambda: client.data("Subject: test\r\n\r\ntext\r\n")):
                        if command()[0] != 250:
                            failed.append(recipient)
                        times.append(time.monotonic())
                except (OSError, smtplib.SMTPException) as error:
                    failed.append(error)
                    return
                _, mail, rcpt, data = times
                sent[recipient] = times[0], data, rcpt - mail >= DEADLINE_S or data - rcpt >= COMMIT_S
            client.quit()
        return [threading.Thread(target=session, args=(number,)) for number in range(self.sessions)]

    def play(self):
        """Seconds that the others' mail took to arrive, and when each submission began and ended."""
        failed, sent, begun = [], {}, time.time()
        self.sink.forget()
        threads = (self.submit_for([f"free{i}.example" for i in range(len(self.others))], self.free_rate, failed, sent)
                   + self.submit_for(["held.example"], self.held_rate, failed, sent))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        def others():
            return [one.time for one in self.sink.deliveries if one.server != self.held.address]
        number = len([one for one in sent if not one.endswith("@held.example")])
        self.sink.wait(lambda: len(others()) >= number, what="the others' mail")
        return max(others()) - begun, sent

    def test_held_mail_stays_and_others_go_on(self):
        without, _ = self.play()
        wait_until(lambda: not self.mta.queue(), what="an empty queue")
        self.engine.run("hold", "held")
        taken, sent = self.play()
        late = [(begun, ended) for begun, ended, is_late in sent.values() if is_late]
        number = len([one for one in sent if one.endswith("@held.example")])
        reached = [one.recipients[0] for one in self.held.deliveries]
        # The filter does not wait for ever, and rests after two questions that ran out: on a machine that stalls some
        # go without a window.
        unexplained = [one for one in reached if not any(begun <= sent[one][1] and sent[one][0] <= ended + REST_S
                                                         for begun, ended in late)]
        print(f"     {number} for the held provider, {len(reached)} reached it, {len(late)} submissions late; the others' mail "
              f"took {taken:.1f} s, {without:.1f} s without a hold")
        if "event=held-mail-not-kept" in self.engine.log():
            unexplained = []                            # a window was over too early, which the operator is told
        self.assertLess(len(unexplained), number * 0.01, f"{ {one: sent[one] for one in unexplained} }, late {late}")
        self.assertGreaterEqual(without / taken, case.scale(0.4, 0.8))


if __name__ == "__main__":
    unittest.main()
