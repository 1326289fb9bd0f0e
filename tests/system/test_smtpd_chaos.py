"""The engine, rebuff-mtactl and smtpd are killed again and again while mail with every kind of fate goes
out and one provider is held.

REBUFF_SEED=N repeats a run; without it the seed is printed. REBUFF_LONG=1: 50 kills of each, 2000 messages.
"""

import collections
import os
import random
import re
import signal
import smtplib
import threading
import time
import unittest

from harness import case, engine, opensmtpd
from harness.case import DELIVERED, FAILED, GIVEN_UP, GONE, WAITING
from harness.namespace import wait_until
from smtpd_fixture import start_as_unit

KILLS = case.scale(3, 50)                               # of each
MESSAGES = case.scale(120, 2000)
DOMAINS = 12
SEED = int(os.environ.get("REBUFF_SEED", random.SystemRandom().randrange(1 << 32)))

# One in sixteen is refused as spam: an alarm would see a block in it now and then, and hold for hours.
POLICY = case.FAST.replace('"mailbox-full",', "") + """
rebuff.default.alarm = { hold = false }
local held = rebuff.provider "held"
held.domains = { "held.example" }
local tired = rebuff.provider "tired"
tired.domains = { "tired.example" }
tired.retry["system-error"] = { first = "2s", factor = 1, max = "2s", jitter = 0, give_up = "1m" }
"""

# Local part uN-KIND-TIMES: what becomes of it, and the states that the database may have it in.
FATES = {"ok": "delivered", "rcpt": "delivered", "dot": "delivered", "held": "delivered",
         "gone": "bounced", "spam": "bounced", "tired": "bounced", "full": "waiting"}
STATES = {"delivered": {DELIVERED}, "bounced": {FAILED, GIVEN_UP, GONE}, "waiting": {WAITING}}


def kind_of(recipient):
    return recipient.split("@")[0].split("-")[1]


def fate_of(recipient):
    return FATES[kind_of(recipient)]


class Answers:
    """Answers each recipient by its kind; the sink has one thread."""

    def __init__(self):
        self.asked = collections.Counter()

    def times(self, ask):
        self.asked[ask.recipient] += 1
        return self.asked[ask.recipient] <= int(ask.recipient.split("@")[0].split("-")[2])

    def rcpt(self, ask):
        kind = kind_of(ask.recipient)
        if kind == "rcpt":
            return "451 4.7.1 greylisted" if self.times(ask) else None
        return {"gone": "550 5.1.1 no such user", "full": "452 4.2.2 mailbox full",
                "tired": "451 4.3.0 not now"}.get(kind)

    def dot(self, ask):
        kind = kind_of(ask.recipient)
        if kind == "dot":
            return "451 4.3.0 not now" if self.times(ask) else None
        return "550 5.7.1 content rejected as spam" if kind == "spam" else None


class Chaos(case.SmtpdCase):
    staged = True
    configuration = {**opensmtpd.REBUFF, "matches": 'match from any for domain "*.sender.example" action "local"'}

    @classmethod
    def prepare(cls):
        cls.engine = engine.Engine(cls.ns, "smtpd", act=False)
        cls.engine.policy("defaults.lua", POLICY)
        cls.addClassCleanup(cls.engine.stop_all)
        cls.engine.start()
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(**cls.configuration)
        start_as_unit(cls.mta)
        # smtpd delivers to a user's mailbox only when the user has a home.
        cls.ns.run(["install", "-d", "-o", "news", "/var/spool/news"])
        cls.ns.run(["chmod", "1777", "/var/mail"])
        answers = Answers()
        for domain in [f"c{n}.example" for n in range(DOMAINS)] + ["held.example", "tired.example"]:
            cls.remote(domain, rcpt=answers.rcpt, dot=answers.dot)

    # Submission, while smtpd comes and goes

    def recipients(self, dice):
        kinds = ["ok"] * 5 + ["rcpt"] * 4 + ["dot", "dot", "held", "held", "gone", "spam", "full"]
        kinds += case.scale([], ["tired"])              # they take a minute
        for n in range(MESSAGES):
            kind = dice.choice(kinds)
            domain = f"{kind}.example" if kind in ("held", "tired") else f"c{n % DOMAINS}.example"
            yield f"u{n}-{kind}-{dice.randint(1, 3)}@{domain}"

    def submit(self, recipients, taken, unsure, over):
        """One by one; of what a kill interrupted nobody knows whether it is queued."""
        client = None
        for recipient in recipients:
            while True:
                try:
                    client = client or self.client()
                    break
                except (OSError, smtplib.SMTPException):
                    time.sleep(0.1)                     # until smtpd is back
            try:
                # A domain is a stream; of one with more mail so many failures would be an alarm.
                sender = f"news@s{(len(taken) + len(unsure)) // 100}.sender.example"
                client.sendmail(sender, [recipient], f"To: <{recipient}>\r\nSubject: {recipient}\r\n\r\ntext\r\n")
                taken.append(recipient)
            except (OSError, smtplib.SMTPException):
                unsure.append(recipient)
                client = None
            if client and len(taken) % 50 == 0:
                client.close()
                client = None
        over.set()

    def client(self):
        client = smtplib.SMTP(local_hostname="shop.sender.example")
        client.sock = self.ns.connect("127.0.0.1", 25)
        client.file = None
        if client.getreply()[0] != 220:
            raise smtplib.SMTPException("not ready")
        client.ehlo()
        return client

    # Kills

    def kill(self, what):
        if what == "engine":
            self.engine.kill()
        elif what == "mtactl":
            self.engine.mtactl.stop(signal.SIGKILL)
        else:
            self.killed_at.append(time.time())
            self.mta.daemon.stop(signal.SIGKILL)
            wait_until(lambda: not self.ns.run(["pgrep", "-x", "smtpd"], check=False).stdout, what="all of smtpd to end")

    def bring_back(self, what):
        if what == "engine":
            self.engine.start(companions=False)
        elif what == "mtactl":
            self.engine.start_mtactl()
        else:
            start_as_unit(self.mta)

    def test_kills_during_deliveries(self):
        print(f"     seed {SEED}, {KILLS} kills of each, {MESSAGES} messages")
        dice = random.Random(SEED)
        self.killed_at, taken, unsure, over = [], [], [], threading.Event()
        self.engine.run("hold", "held")
        sender = threading.Thread(target=self.submit, args=(list(self.recipients(dice)), taken, unsure, over))
        sender.start()
        for what in dice.sample(["engine", "mtactl", "smtpd"] * KILLS, 3 * KILLS):
            time.sleep(dice.uniform(0.1, 1.2))
            self.kill(what)
            time.sleep(dice.choice([0, 0, 0.3, 1]))
            self.bring_back(what)
        sender.join()
        leaked = sum(kind_of(one.recipients[0]) == "held" for one in self.sink.deliveries)
        self.engine.run("release", "held")
        rounds = self.settle()
        self.check(taken, unsure, leaked, rounds)

    # The end

    def delivered(self):
        return collections.Counter(one for delivery in list(self.sink.deliveries) for one in delivery.recipients)

    def open(self):
        """{recipient in the queue whose fate is not to wait there: flags}"""
        return {line[6]: line[3] for line in self.mta.queue() if line[4] != "@" and fate_of(line[6]) != "waiting"}

    def settle(self):
        """Until the queue has only what is to wait; nothing but our own hold was in its way. An attempt that a
        kill left open is made again after a quarter of an hour, and what smtpd deferred and could not tell any
        more, by its own schedule: when nothing moves, time is made to pass. Returns how often."""
        rounds, end = 0, time.monotonic() + case.scale(240, 1200)
        while before := self.open():
            self.assertEqual(self.engine.json("hold", "--list"), [])
            self.assertLess(time.monotonic(), end, f"still in the queue: {sorted(before.items())[:10]}")
            try:
                wait_until(lambda: self.open() != before, 10, "something to move", every=0.5)
            except AssertionError:
                rounds += 1
                self.let_time_pass(smtpd=any("suspend" not in flags for flags in before.values()))
        return rounds

    def let_time_pass(self, smtpd):
        """A quarter of an hour for the engine, three days for smtpd, which looks at what is overdue when it
        starts: its own schedule has a distance of an hour after three attempts, of four after six."""
        self.engine.stop()
        self.engine.execute("UPDATE delivery SET state = iif(state = 1, 0, state), woken_ms = 0, due_ms = min(due_ms, ?)"
                            " WHERE state = 1 OR (state IN (0, 4) AND woken_ms > 0)", int(time.time() * 1000))
        if smtpd:
            self.mta.stop()
            self.ns.run(["sh", "-c", "find /var/spool/smtpd/queue -type f ! -name message -exec sed -i -E"
                         " 's/^(ctime|last-try): .*/\\1: '$(($(date +%s) - 259200))/ {} +"])
        self.engine.start(companions=False)
        if smtpd:
            start_as_unit(self.mta)

    def bounces(self):
        """{recipient: messages that say that it failed}, in the mailbox of their sender."""
        path = self.ns.path("/var/mail/news")
        text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
        return collections.Counter(re.findall(r"^Final-Recipient: rfc822; ?(\S+)$", text, re.MULTILINE | re.IGNORECASE))

    def explained(self, recipient):
        """A second copy is smtpd's own doing when it was killed between the answer to the dot and its
        own note of it."""
        first = min(one.time for one in self.sink.deliveries if recipient in one.recipients)
        return any(-0.5 < at - first < 2 for at in self.killed_at)

    def check(self, taken, unsure, leaked, rounds):
        bounces_wanted = [one for one in taken if fate_of(one) == "bounced"]
        wait_until(lambda: all(self.bounces()[one] for one in bounces_wanted), what="the bounces")
        delivered, bounced, queue = self.delivered(), self.bounces(), self.mta.queue()
        waiting = {line[6]: line for line in queue if line[4] != "@"}
        ids = dict(reversed(pair) for pair in re.findall(r"smtp envelope evpid=(\w+) .*to=<(\S+)>$", self.mta.log(),
                                                         re.MULTILINE))
        wrong, copies = [], 0
        for one in taken:
            got = (delivered[one], bool(bounced[one]), one in waiting)
            want = {"delivered": (1, False, False), "bounced": (0, True, False), "waiting": (0, False, True)}
            if got[0] > 1 and self.explained(one):
                copies += got[0] - 1
                got = (1, *got[1:])
            if got != want[fate_of(one)]:
                wrong.append(f"{one} {ids.get(one)}: delivered, bounced, queued {got}, is to be {fate_of(one)}")
        twice = sum(number - 1 for one, number in bounced.items() if number > 1)
        print(f"     {len(taken)} taken, {len(unsure)} in doubt, {len(self.sink.deliveries)} deliveries, "
              f"{copies} copies by a killed smtpd, {twice} bounces doubled, {leaked} of "
              f"{sum(kind_of(one) == 'held' for one in taken)} held reached their provider, time passed {rounds} times")
        self.assertEqual(wrong, [])
        self.assertLessEqual(twice, 3 * KILLS)
        for one in unsure:
            self.assertLessEqual(delivered[one], 1, one)
        self.check_database(taken, ids, waiting)

    def check_database(self, taken, ids, waiting):
        """Every outcome is there, and whatever is paused waits for something."""
        def states():
            return {row["id"]: row["state"] for row in self.engine.rows("SELECT id, state FROM delivery")}
        wait_until(lambda: all(states().get(ids[one]) in STATES[fate_of(one)] for one in taken), 30,
                   "every outcome to be in the database")
        owned = states()
        for recipient, line in waiting.items():
            if "suspend" in line[3]:
                self.assertEqual(owned.get(line[0]), WAITING, recipient)


if __name__ == "__main__":
    unittest.main()
