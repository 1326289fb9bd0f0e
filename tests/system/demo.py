#!/usr/bin/env python3
"""The demo: a real mail server with rebuff beside it, and remote servers that answer as real ones do.

usage: demo.py [--mta exim|opensmtpd] [--keep DIR]

Everything happens in a private mount and network namespace that is gone afterwards; the mail server is
downloaded and unpacked, not installed. Ends with status 0 only when every message met its fate.
"""

import argparse
import collections
import os
import pathlib
import shutil
import smtplib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import story                                            # noqa: E402 (found through the line above)
from harness import engine, exim, opensmtpd, packages   # noqa: E402
from harness.dnsstub import Dns                         # noqa: E402
from harness.sink import DROP, Sink                     # noqa: E402

POLICY = packages.TOP / "lua" / "examples" / "fast-demo"
SESSION_MAX = 100                       # messages that smtpd takes in one session
LIMIT_S = 100                           # the story is over by then, or has gone wrong
TERMINAL = sys.stdout.isatty()
COLOUR = TERMINAL and not os.environ.get("NO_COLOR")


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def bold(text):
    return paint("1", text)


def plural(number, what):
    return f"{number} {what}" + ("" if number == 1 else "s")


# ---- the two mail servers -----------------------------------------------------------------------------

class EximStage:
    """Exim with rebuff's configuration."""

    name = "exim"
    title = "Exim 4.96 (Debian's exim4-daemon-heavy)"

    @staticmethod
    def make_namespace():
        return exim.namespace("heavy", staged=True)

    def __init__(self, ns):
        self.mta = exim.Exim(ns, "heavy")
        self.engine = engine.Engine(ns, "exim", act=False)

    def start(self):
        self.mta.configure(**exim.REBUFF)
        self.mta.start()

    def waiting(self):
        """Recipients that are still in the queue."""
        return {recipient for message in self.mta.queue().values() if message["sender"]
                for recipient in message["open"]}


class SmtpdStage:
    """OpenSMTPD with rebuff's filter."""

    name = "opensmtpd"
    title = "OpenSMTPD 6.8 (Debian's opensmtpd)"

    @staticmethod
    def make_namespace():
        return opensmtpd.namespace(staged=True)

    def __init__(self, ns):
        self.mta = opensmtpd.Smtpd(ns)
        self.engine = engine.Engine(ns, "smtpd", act=False)

    def start(self):
        self.mta.configure(**opensmtpd.REBUFF)
        self.mta.start()

    def waiting(self):
        """Recipients that are still in the queue, bounces to our own senders aside."""
        return {row[6] for row in self.mta.queue() if row[4] != "@"}


STAGES = {stage.name: stage for stage in (EximStage, SmtpdStage)}


# ---- the world ----------------------------------------------------------------------------------------

class World:
    """A stage, its remote servers, and what happened between them."""

    def __init__(self, stage):
        self.providers = story.providers(stage.name)
        self.ns = stage.make_namespace()
        self.dns, self.sink = Dns(self.ns), Sink(self.ns)
        for provider in self.providers:
            self.add(provider)
        self.stage = stage(self.ns)
        shutil.copytree(POLICY, self.ns.path("/etc/rebuff"), dirs_exist_ok=True)
        self.stage.engine.start()
        self.stage.start()
        self.begun = time.time()

    def close(self):
        self.sink.close()
        self.dns.close()
        self.ns.close()

    def add(self, provider):
        if provider.address:
            self.sink.server(provider.address, **provider.behaviours)
        for domain in provider.domains:
            if provider.mx == ".":
                self.dns[domain] = {"MX": [(0, "")]}
            elif provider.mx:
                self.dns.host(domain, provider.address, mx=provider.mx)

    def client(self):
        client = smtplib.SMTP(local_hostname="shop.sender.example")
        client.sock = self.ns.connect("127.0.0.1", 25)
        client.file = None
        client.getreply()
        client.ehlo()
        return client

    def submit(self):
        """Hand all mail to the mail server, as a program on this host would."""
        everyone = list(self.everyone())
        for first in range(0, len(everyone), SESSION_MAX):
            with self.client() as client:
                for number, (group, recipient) in enumerate(everyone[first:first + SESSION_MAX], first + 1):
                    text = (f"From: <{group.sender}>\r\nTo: <{recipient}>\r\nSubject: Your order {number}\r\n"
                            f"Message-ID: <order{number}@sender.example>\r\n\r\nThank you.\r\n")
                    client.sendmail(group.sender, [recipient], text)
        return len(everyone)

    def everyone(self):
        for provider in self.providers:
            for group in provider.groups:
                for recipient in group.recipients:
                    yield group, recipient

    # What became of whom: seen from the remote servers

    def accepted(self):
        """{(sender, recipient): [times of acceptance]}"""
        found = collections.defaultdict(list)
        for one in list(self.sink.deliveries):
            for recipient in one.recipients:
                found[one.sender, recipient].append(one.time)
        return found

    def refusals(self, provider):
        """Replies other than 2xx and 3xx, and dropped connections, that a provider gave."""
        return [ask for ask in list(self.sink.asks) if ask.server == provider.address
                and (ask.reply == DROP or str(ask.reply or "2")[:1] in "45")]

    def settled(self):
        accepted, waiting = self.accepted(), self.stage.waiting()
        for group, recipient in self.everyone():
            delivered = bool(accepted.get((group.sender, recipient)))
            if group.fate == story.DELIVERED and not delivered:
                return False
            if group.fate == story.BOUNCED and recipient in waiting and not delivered:
                return False
        return True


# ---- showing ------------------------------------------------------------------------------------------

class Live:
    """A table that is drawn again on a terminal, and lines of news elsewhere."""

    def __init__(self, world):
        self.world = world
        self.drawn = 0
        self.said = {}

    def rows(self):
        accepted = self.world.accepted()
        for provider in self.world.providers:
            if not provider.address:
                continue
            sent = sum(len(group.recipients) for group in provider.groups)
            there = sum(bool(accepted.get((group.sender, recipient))) for group in provider.groups
                        for recipient in group.recipients)
            refusals = self.world.refusals(provider)
            last = refusals[-1].reply if refusals else ""
            yield provider.name, sent, there, len(refusals), "(closed without a word)" if last == DROP else last

    def show(self):
        if TERMINAL:
            self.draw()
        else:
            self.tell()

    def draw(self):
        lines = [f"{time.time() - self.world.begun:5.1f} s  "
                 + bold(f"{'PROVIDER':16}{'MAIL':>6}{'ACCEPTED':>10}{'REFUSALS':>10}  LAST REFUSAL")]
        width = shutil.get_terminal_size().columns
        for name, sent, there, refused, last in self.rows():
            bar = paint("32" if there == sent else "33", f"{there:>10}")
            lines.append(f"         {name:16}{sent:>6}{bar}{refused:>10}  "
                         + str(last).replace("\n", " ")[:max(width - 53, 20)])
        print((f"\033[{self.drawn}A" if self.drawn else "") + "".join(f"\033[2K{line}\n" for line in lines),
              end="", flush=True)
        self.drawn = len(lines)

    def tell(self):
        for name, sent, there, refused, last in self.rows():
            state = (there, refused > 0)
            if self.said.get(name) not in (None, state) or (name not in self.said and (there or refused)):
                print(f"{time.time() - self.world.begun:5.1f} s  {name:16}{there:>4} of {sent} accepted, "
                      f"{plural(refused, 'refusal')}" + (f", last: {str(last).splitlines()[0][:70]}" if last else ""),
                      flush=True)
            if there or refused:
                self.said[name] = state


def report(world, written_again, suppressed):
    """Print what happened to everybody; return what was not as expected."""
    accepted, waiting = world.accepted(), world.stage.waiting()
    wrong = []
    print("\n" + bold(f"{'PROVIDER':16}{'WHO':16}{'MAIL':>5}  {'FATE':11}{'SUPPRESSED':12}WHY"))
    for provider in world.providers:
        for group in provider.groups:
            bad = check(group, accepted, waiting, suppressed, written_again)
            wrong += [f"{provider.name}, {group.name}: {text}" for text in bad]
            mark = paint("31", "NOT AS TOLD: ") if bad else ""
            print(f"{provider.name:16}{group.name:16}{len(group.recipients):>5}  {group.fate:11}"
                  f"{'yes' if group.suppressed else 'no':12}{mark}{group.why}")
    return wrong


def check(group, accepted, waiting, suppressed, written_again):
    wrong = []
    for recipient in group.recipients:
        times = accepted.get((group.sender, recipient), [])
        fate = (story.DELIVERED if times else story.WAITING if recipient in waiting else story.BOUNCED)
        if fate != group.fate:
            wrong.append(f"{recipient} is {fate}, expected {group.fate}")
        if len(times) > 1:
            wrong.append(f"{recipient} got it {len(times)} times")
        # Whoever is suppressed through another group of the same address is none of this one's business.
        if (recipient in suppressed) != group.suppressed:
            wrong.append(f"{recipient} is {'' if recipient in suppressed else 'not '}suppressed")
        refused = written_again.get(recipient, "")
        if bool(refused) != group.suppressed:
            wrong.append(f"written to again: {refused or 'taken'}")
    return wrong


# ---- the story ----------------------------------------------------------------------------------------

def write_again(world):
    """What RCPT says to everybody now: {recipient: refusal or ""}. Nothing is sent."""
    answers = {}
    with world.client() as client:
        client.mail(story.RECEIPTS)
        for _, recipient in world.everyone():
            if recipient not in answers:
                code, text = client.rcpt(recipient)
                answers[recipient] = "" if code == 250 else f"{code} {text.decode('utf-8', 'replace')}"
        client.rset()
    return answers


def tell_story(world, keep):
    number = world.submit()
    print(f"{plural(number, 'message')} handed to it for {plural(len(world.providers), 'provider')}; "
          f"rebuff's policy: {POLICY.relative_to(packages.TOP)}\n", flush=True)
    live = Live(world)
    end = time.time() + LIMIT_S
    while not world.settled() and time.time() < end:
        live.show()
        time.sleep(0.5)
    live.show()
    suppressed = {entry["address"]: entry for entry in world.stage.engine.json("suppress", "list")}
    wrong = report(world, write_again(world), suppressed)
    for title, command in (("Who is suppressed", ("suppress", "list")), ("How things stand", ("status",))):
        print(f"\n{bold(title)} (rebuff {' '.join(command)})")
        print(world.stage.engine.run(*command).stdout.rstrip())
    keep_state(world, keep)
    return wrong


def keep_state(world, keep):
    """Leave the database and the policy for the commands that are named at the end."""
    shutil.rmtree(keep, ignore_errors=True)
    keep.mkdir(parents=True)
    world.stage.engine.stop()
    shutil.copy(world.ns.path(engine.STATE), keep / "state.db")
    shutil.copytree(world.ns.path("/var/log"), keep / "log", ignore_dangling_symlinks=True)


def look_further(keep):
    here = pathlib.Path.cwd()

    def shown(path):
        return path.relative_to(here) if path.is_relative_to(here) else path
    rebuff = f"{shown(packages.TOP / 'build' / 'rebuff')}"
    where = f"--state {shown(keep / 'state.db')} --data {shown(packages.TOP / 'lua')}"
    print(f"""
{bold("To look further")} (the namespace is gone, its database and logs are in {shown(keep)})
  {rebuff} suppress check nobody@gmail.com {where}
  {rebuff} status {where}
  {rebuff} report --format html {where} > report.html
  {rebuff} explain '550 5.1.1 no such user' example.org {where}
  less {shown(keep / 'log')}""")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mta", choices=sorted(STAGES), default="exim")
    parser.add_argument("--keep", type=pathlib.Path, default=packages.TOP / "build" / "demo",
                        help="where the database and the logs stay (default build/demo)")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("demo: needs root for private namespaces (nothing is installed, nothing leaves them): sudo make demo")
        return 1
    stage = STAGES[args.mta]
    print(f"{bold('rebuff demo')}: {stage.title} in a private namespace, nothing leaves it", flush=True)
    begun = time.monotonic()
    try:
        world = World(stage)
    except packages.Unavailable as problem:
        print(f"demo: {problem}")
        return 1
    try:
        wrong = tell_story(world, args.keep.resolve())
    finally:
        world.close()
    look_further(args.keep.resolve())
    if wrong:
        print("\n" + paint("31", "Not as it should be:"), *wrong, sep="\n  ")
        return 1
    print(f"\n{paint('32', 'Every message met the fate it should')} ({time.monotonic() - begun:.0f} s).")
    return 0


sys.exit(main())
