#!/usr/bin/env python3
"""What rebuff costs OpenSMTPD, and how well it steers: delivery of a queue and submission, each in alternating
pairs, and many deferred envelopes. usage: smtpd.py [PART...] [PAIRS [MESSAGES [DEFERRED]]]
PART: delivery, submission, steering, wide; without one all four. wide is steering with more connections: an smtpd
has 100 at most, keeps each for 10 s after its last message, and looks every 5 s whether it may have one more.

Submission is compared with a filter that only proceeds: filter-rebuff without an engine.
"""

import os
import pathlib
import smtplib
import statistics
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import case, engine, opensmtpd, pairs, stage       # noqa: E402 (found through the line above)
from harness.namespace import wait_until                        # noqa: E402

DOMAINS = 5                             # smtpd sends 100 messages through one connection, and then rests
PARTS = [word for word in sys.argv[1:] if not word.isdigit()] or ["delivery", "submission", "steering", "wide"]
NUMBERS = [int(word) for word in sys.argv[1:] if word.isdigit()]
PAIRS, MESSAGES, DEFERRED = NUMBERS + [41, 500, 10000][len(NUMBERS):]
SESSION = 100                           # messages that smtpd takes in one session
NO_ENGINE = {**opensmtpd.REBUFF, "head": opensmtpd.REBUFF["head"].replace(
    'filter-rebuff"', 'filter-rebuff -s /nonexistent -a /nonexistent"')}

# A tenth is due soon, the others much later.
SOON = """
rebuff.default.retry["greylisted"] = { first = "90s", factor = 1, max = "90s", jitter = 0.5 }
rebuff.default.retry["mailbox-full"] = { first = "6h", factor = 1, max = "6h", jitter = 0 }
"""


class Stock(case.SmtpdCase):
    staged = True

    def runTest(self):
        """Only a fixture."""


class Proceeds(Stock):
    configuration = NO_ENGINE


class WithRebuff(Stock):
    configuration = opensmtpd.REBUFF
    policy = case.FAST

    @classmethod
    def prepare(cls):
        cls.engine = engine.Engine(cls.ns, "smtpd", act=False)
        cls.engine.policy("defaults.lua", cls.policy)
        cls.addClassCleanup(cls.engine.stop_all)
        cls.engine.start()
        super().prepare()


class Deferring(WithRebuff):
    policy = 'rebuff.default.mode = "act"\n' + SOON


class Wide(Deferring):
    configuration = {**opensmtpd.REBUFF, "head": opensmtpd.REBUFF["head"] + "mta limit max-conn-per-source 1000\n"}


def fixture(cls):
    cls.setUpClass()
    return cls("runTest")


def submit(one, recipients):
    """Seconds for so many messages, one recipient each."""
    taken = 0.0
    for first in range(0, len(recipients), SESSION):
        client = smtplib.SMTP(local_hostname="shop.sender.example")
        client.sock = one.ns.connect("127.0.0.1", 25)
        client.file = None
        client.getreply()
        client.ehlo()
        begun = time.monotonic()
        for recipient in recipients[first:first + SESSION]:
            client.sendmail("news@sender.example", [recipient], f"To: <{recipient}>\r\nSubject: test\r\n\r\ntext\r\n")
        taken += time.monotonic() - begun
        client.quit()
    return taken


def people(one):
    """At servers that nobody knows yet: smtpd keeps a connection for 10 s, and looks once a second whether there is
    something to send through it, and connects to a server again after 5 s at the earliest."""
    first = one.next_address
    for number in range(first, first + DOMAINS):
        one.remote(f"d{number}.example")
    return [f"u{n}@d{first + n % DOMAINS}.example" for n in range(MESSAGES)]


def deliver(one):
    """Seconds from letting a full queue go to its last delivery."""
    one.mta.ctl("pause", "mta")
    submit(one, people(one))
    one.sink.forget()
    begun = time.time()
    one.mta.ctl("resume", "mta")
    one.sink.wait_delivered(MESSAGES, 120)
    return one.sink.deliveries[-1].time - begun


def take(one):
    """Seconds that submission takes, nothing going out meanwhile."""
    one.mta.ctl("pause", "mta")
    taken = submit(one, people(one))
    one.mta.ctl("remove", "all")
    one.mta.ctl("resume", "mta")
    return taken


def compare(what, base, other, measure):
    fixtures, rates = [], []
    try:
        for cls in (base, other):
            fixtures.append(fixture(cls))

        def first():
            taken = measure(fixtures[0])
            rates.append(MESSAGES / taken)
            return taken
        ratios = pairs.measure(PAIRS, first, lambda: measure(fixtures[1]))
    finally:
        for one in fixtures:
            one.doClassCleanups()
    print(f"{what}: {MESSAGES} messages, {min(rates):.0f} to {max(rates):.0f} a second; "
          f"time with rebuff / without: {pairs.summary(ratios)}", flush=True)


def processor_s(process):
    """Of a program and the children that it has waited for."""
    fields = pathlib.Path(f"/proc/{process.real_pid()}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")


def answer(ask):
    return "451 4.7.1 Greylisted, please try again later" if ask.recipient.startswith("soon") else \
        "452 4.2.2 Mailbox full"


def steer(what, cls):
    """Many deferred envelopes, some of which come due."""
    one = fixture(cls)
    try:
        domains = max(DEFERRED // 50, 1)
        for number in range(domains):
            one.remote(f"x{number}.example") if number < 200 else None
        servers = list(one.sink.servers.values())
        for number, server in enumerate(servers):
            server.rcpt = answer
        names = [f"{'soon' if n % 10 == 0 else 'later'}{n}@x{n // 10 % len(servers)}.example" for n in range(DEFERRED)]
        begun = time.monotonic()
        before = processor_s(one.engine.mtactl)
        submit(one, names)

        def paused():
            return one.mta.ctl("show", "queue", timeout=120).stdout.count("|suspend|") >= DEFERRED
        wait_until(paused, 1800, f"{DEFERRED} envelopes to be paused", every=5)
        steering = processor_s(one.engine.mtactl) - before
        print(f"{what}: {DEFERRED} envelopes deferred and paused {time.monotonic() - begun:.0f} s after the first was "
              f"submitted; {1000 * steering / DEFERRED:.1f} ms of processor time each", flush=True)
        measure_lateness(what, one)
    finally:
        one.doClassCleanups()


def measure_lateness(what, one):
    """Of those that come due within the next minutes: the attempt's time against the one that was set."""
    now = time.time()
    due = {row["recipient"]: row["due_ms"] / 1000 for row in one.engine.rows(
        "SELECT recipient, due_ms FROM delivery WHERE state = 0 AND due_ms > ? AND due_ms < ?",
        int((now + 5) * 1000), int((now + 125) * 1000))}
    one.sink.forget()
    before, began = processor_s(one.engine.mtactl), time.monotonic()

    def attempts():
        return {ask.recipient: ask.time for ask in reversed(list(one.sink.asks)) if ask.stage == "rcpt"}
    if not due:
        print(f"{what}: nothing came due in time to be measured")
        return
    wait_until(lambda: set(due) <= set(attempts()), 300, "everything due to be attempted", every=1)
    late = sorted(attempts()[one_] - at for one_, at in due.items())
    cost = processor_s(one.engine.mtactl) - before
    print(f"{what}: {len(due)} of them due within two minutes: median {statistics.median(late):.2f} s, 99 % below "
          f"{late[int(len(late) * 0.99)]:.2f} s, worst {late[-1]:.2f} s, none early by more than {max(0, -late[0]):.2f} s; "
          f"{1000 * cost / len(due):.1f} ms of rebuff-mtactl's processor time each over "
          f"{time.monotonic() - began:.0f} s", flush=True)


def main():
    if os.geteuid() != 0:
        print("needs root for private namespaces (nothing is installed)")
        return
    stage.ready()
    doings = {"delivery": lambda: compare("delivery", Stock, WithRebuff, deliver),
              "submission": lambda: compare("submission", Proceeds, WithRebuff, take), "steering": lambda: steer("steering", Deferring), "wide": lambda: steer("wide", Wide)}
    for part in PARTS:
        doings[part]()


main()
