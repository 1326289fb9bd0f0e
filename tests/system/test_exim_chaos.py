"""The engine is killed again and again while mail with every kind of fate goes out: nothing is lost,
nothing is delivered twice, and what it had acknowledged is still known.

REBUFF_SEED=N repeats a run; without it the seed is printed.
"""

import collections
import os
import random
import re
import time

from harness import case
from harness.namespace import wait_until
from harness.sink import DROP

SENDER = "news@sender.example"
KILLS = case.scale(5, 50)
MESSAGES = case.scale(150, 2000)
DOMAINS = 10
SEED = int(os.environ.get("REBUFF_SEED", random.SystemRandom().randrange(1 << 32)))

DELIVERED, BOUNCED, WAITING = "delivered", "bounced", "waiting"


def fate_of(recipient):
    """What is to become of a recipient: told by its local part, uN-KIND-TIMES."""
    return {"ok": DELIVERED, "rcpt": DELIVERED, "dot": DELIVERED, "mail": DELIVERED, "drop": DELIVERED,
            "gone": BOUNCED, "spam": BOUNCED, "never": WAITING}[recipient.split("@")[0].split("-")[1]]


class Answers:
    """Answers each recipient by its kind, the first TIMES times; thread-safe as the sink has one thread."""

    def __init__(self):
        self.asked = collections.Counter()

    def rcpt(self, ask):
        _, kind, times = ask.recipient.split("@")[0].split("-")
        if kind == "gone":
            return "550 5.1.1 no such user"
        if kind == "never":
            return "452 4.2.2 mailbox full"
        if kind == "rcpt":
            self.asked[ask.recipient] += 1
            return "451 4.7.1 greylisted" if self.asked[ask.recipient] <= int(times) else None
        return None

    def dot(self, ask):
        _, kind, times = ask.recipient.split("@")[0].split("-")
        if kind == "spam":
            return "550 5.7.1 content rejected as spam"
        if kind in ("dot", "drop"):
            self.asked[ask.recipient] += 1
            if self.asked[ask.recipient] <= int(times):
                return DROP if kind == "drop" else "451 4.3.0 not now"
        return None


class Chaos(case.EngineCase):
    flavour = "heavy"
    policy = case.FAST.replace('"mailbox-full",', "")   # what is full stays full, for hours

    def test_kills_during_deliveries(self):
        print(f"     seed {SEED}, {KILLS} kills, {MESSAGES} messages")
        dice = random.Random(SEED)
        answers = Answers()
        for number in range(DOMAINS):
            self.remote(f"c{number}.example", rcpt=answers.rcpt, dot=answers.dot)
        kinds = ["ok"] * 5 + ["rcpt"] * 4 + ["dot", "dot", "drop", "gone", "spam", "never"]
        recipients = [f"u{n}-{dice.choice(kinds)}-{dice.randint(1, 3)}@c{n % DOMAINS}.example"
                      for n in range(MESSAGES)]
        idents = self.mta.submit_many([(SENDER, [one], None) for one in recipients])
        runs = [self.ns.popen(["exim4", "-q"], stdout=-3) for _ in range(2)]
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.2, 2.0))
            self.engine.kill()
            time.sleep(dice.choice([0, 0, 0.5, 3]))
            self.engine.start(companions=False)
        for run in runs:
            run.wait(600)
        self.settle(recipients)
        self.check(recipients, dict(zip(recipients, idents, strict=True)))

    def settle(self, recipients):
        """Wait until everybody has met the fate. An attempt that a kill left open is made again by the
        stock schedule or after a quarter of an hour: here a queue run does it."""
        want = sum(fate_of(one) == DELIVERED for one in recipients)
        end = time.monotonic() + case.scale(240, 1200)
        while len(self.sink.delivered) < want and time.monotonic() < end:
            before = len(self.sink.delivered)
            time.sleep(5)
            if len(self.sink.delivered) == before:
                self.mta.queue_run("-qf")
        self.mta.wait_log(r"=> news ", sum(fate_of(one) == BOUNCED for one in recipients))

    def check(self, recipients, idents):
        delivered = collections.Counter(one for delivery in self.sink.deliveries for one in delivery.recipients)
        bounced = collections.Counter(re.sub(r"\s", "", message["X-Failed-Recipients"])
                                      for message in self.mta.local_mail())
        queue = {one for message in self.mta.queue().values() for one in message["open"]}
        wrong = []
        for one in recipients:
            got = (delivered[one], bounced[one], one in queue)
            want = {DELIVERED: (1, 0, False), BOUNCED: (0, 1, False), WAITING: (0, 0, True)}[fate_of(one)]
            if got != want:
                wrong.append(f"{one} {idents[one]}: delivered, bounced, queued {got}, expected {want}")
        self.assertEqual(wrong, [])
        self.assertEqual(self.mta.paniclog(), "")
        self.assertFalse([ident for ident, one in self.mta.queue().items() if one["frozen"]])
        # What Exim saw, the engine knows, by its own reports or by the log.
        wait_until(lambda: {one for one in recipients if fate_of(one) == BOUNCED and "-gone-" in one}
                   <= set(self.suppressed()), what="every dead address to be on the list")
        self.assertFalse({one for one in recipients if "-gone-" not in one} & set(self.suppressed()))
        waiting = {row["recipient"] for row in self.engine.rows("SELECT recipient FROM delivery WHERE state = 0")}
        self.assertEqual(waiting, {one for one in recipients if fate_of(one) == WAITING})
