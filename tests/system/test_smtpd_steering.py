"""What plain smtpctl does to smtpd's scheduler, and that our order of commands does not.

REBUFF_LONG=1 makes the stress long: 10,000 requests.
"""

import collections
import contextlib
import random
import signal
import threading
import time
import unittest

from harness import case
from harness.namespace import PATIENCE_S, wait_until
from smtpd_fixture import Mtactl, SteeredCase, finish_start, start_as_unit

LATER = "451 4.7.1 later"


class PlainSmtpctl(case.SmtpdCase):
    """Nothing of ours runs: this is why the order is kept. If it stops failing, smtpd was mended."""

    def provoke(self, domain, *commands):
        """Pause a deferred envelope, then give these commands while mta is paused."""
        server = self.remote(domain, rcpt=LATER)
        self.mta.submit("news@sender.example", f"u@{domain}")
        line = self.mta.wait_log(rf'to=<u@{domain}>.*result="TempFail"')[0]
        envelope = line.split("evpid=")[1][:16]
        server.rcpt = None
        self.mta.ctl("pause", "envelope", envelope)
        self.mta.ctl("pause", "mta")
        for command in commands:
            self.mta.ctl(*command.split(), envelope)
        self.mta.ctl("resume", "mta", check=False)
        wait_until(lambda: self.mta.daemon.poll() is not None or len(server.deliveries) > 100,
                   what="smtpd to end or to deliver over and over")
        self.mta.daemon.wait(PATIENCE_S)
        self.assertNotEqual(self.mta.daemon.returncode, 0)

    def setUp(self):
        if self.mta.daemon.poll() is not None:
            self.ns.run(["sh", "-c", "rm -rf /var/spool/smtpd/*"])
            self.mta.start()

    def test_scheduled_twice(self):
        self.provoke("twice.example", "schedule", "schedule")

    def test_scheduled_and_resumed(self):
        self.provoke("resumed.example", "schedule", "resume envelope")

    def test_scheduled_and_removed(self):
        self.provoke("removed.example", "schedule", "remove")



class Steering(SteeredCase):
    """rebuff-mtactl, request by request."""

    def wake(self, envelope):
        """As soon as it may be: an envelope is not scheduled twice in a second."""
        def woken():
            answer = self.ask("wake", id=envelope)
            if "error" in answer:
                self.assertEqual(answer["error"], "it was scheduled within the last second")
            return "ok" in answer
        wait_until(woken, what="the envelope to be woken")

    def test_what_destroys_smtpd_is_not_done(self):
        """The commands of PlainSmtpctl, asked for here."""
        for number, second in enumerate(("resume", "remove")):
            with self.subTest(second):
                server, ids = self.deferred(f"safe{number}.example")
                envelope = ids[f"u0@safe{number}.example"]
                server.rcpt = None
                self.ask("pause", id=envelope, recipient=f"u0@safe{number}.example")
                self.mta.ctl("pause", "mta")
                with self.waking(envelope) as waking:
                    self.assertEqual(self.ask(second, id=envelope)["error"], "mta is paused")
                    self.mta.ctl("resume", "mta")
                    self.assertEqual(waking.answer().get("ok"), "1")
                self.assertEqual(len(server.deliveries), 1)
                self.assert_up()

    @contextlib.contextmanager
    def waking(self, envelope):
        """Asked twice to wake it while mta is paused: the first finds that out, the second waits."""
        answer = self.ask("wake", id=envelope)
        self.assertEqual((answer["error"], answer["again"]), ("mta is paused", "1"))
        client = Mtactl(self.ns)
        try:
            client.send("wake", id=envelope)
            for _ in range(2):                          # in whose rounds it is looked at, too
                self.ask("ping")
            yield client
        finally:
            client.close()

    def test_all_that_is_due_waits_for_mta(self):
        """Nothing is refused but what finds out, and all of it goes when mta runs."""
        server, ids = self.deferred("pausedmta.example", 6)
        server.rcpt = None
        first, *others = ids.values()
        self.mta.ctl("pause", "mta")
        with self.waking(first) as waking, contextlib.ExitStack() as stack:
            clients = [waking, *(stack.enter_context(contextlib.closing(Mtactl(self.ns))) for _ in others)]
            for client, envelope in zip(clients[1:], others):
                client.send("wake", id=envelope)
            self.mta.ctl("resume", "mta")
            self.assertEqual([client.answer().get("ok") for client in clients], ["1"] * len(ids))
        self.assertEqual(len(server.deliveries), len(ids))

    def test_wake_attempts_once_and_it_stays_paused(self):
        server, ids = self.deferred("wake.example")
        envelope = ids["u0@wake.example"]
        before = len(server.asks)
        self.assertEqual(self.ask("pause", id=envelope, recipient="u0@wake.example")["ok"], "1")
        for round_ in (1, 2):
            self.wake(envelope)
            self.assertEqual(len([ask for ask in server.asks[before:] if ask.stage == "rcpt"]), round_)
            self.assertIn("suspend", self.queue_entry(envelope)[3])
        server.rcpt = None
        self.wake(envelope)
        self.assertEqual(len(server.deliveries), 1)
        self.assertEqual(self.ask("wake", id=envelope)["error"], "unknown id")

    def test_wake_pauses_first(self):
        server, ids = self.deferred("first.example")
        server.rcpt = None
        self.assertEqual(self.ask("wake", id=ids["u0@first.example"]).get("ok"), "1")
        self.assertEqual(len(server.deliveries), 1)

    def test_the_engine_says_wait(self):
        server, ids = self.deferred("wait.example")
        asked = len(server.asks)
        self.engine.answers["gate"] = {"action": "wait", "until": "9999999999999"}
        try:
            self.assertEqual(self.ask("wake", id=ids["u0@wait.example"])["error"], "not yet")
        finally:
            del self.engine.answers["gate"]
        gate = self.engine.of("gate", id=ids["u0@wait.example"])[0]
        self.assertEqual((gate["recipient"], gate["sender"], gate["mta"]),
                         ("u0@wait.example", "news@sender.example", "opensmtpd"))
        self.assertLess(int(gate["age_s"]), 60)
        self.assertIn("suspend", self.queue_entry(ids["u0@wait.example"])[3])
        self.assertEqual(len(server.asks), asked)

    def test_give_up(self):
        self.mta.ctl("pause", "mda")                    # the bounce stays where it can be read
        _, ids = self.deferred("giveup.example", rcpt="451-4.7.1 Greylisted\n451 4.7.1 for ever")
        envelope = ids["u0@giveup.example"]
        self.engine.answers["gate"] = {"action": "fail", "text": "Not accepted for 3 days."}
        try:
            self.assertEqual(self.ask("wake", id=envelope).get("ok"), "1")
        finally:
            del self.engine.answers["gate"]
        self.assertIsNone(self.queue_entry(envelope))
        dsn = [line for line in self.mta.queue() if line[4] == "@" and line[6] == "news@sender.example"]
        self.assertEqual(len(dsn), 1)
        text = self.mta.ctl("show", "message", dsn[0][0]).stdout
        self.assertIn("Final-Recipient: rfc822; u0@giveup.example\nAction: failed\nStatus: 5.4.7\n", text)
        self.assertIn("Diagnostic-Code: smtp; 451-4.7.1 Greylisted for ever\n", text)
        self.assertIn("Not accepted for 3 days.", text)
        self.assertIn(f"Message-ID: <rebuff.{envelope}.", text)
        self.assertEqual(self.ns.run(["ls", "/var/lib/rebuff-mtactl"]).stdout.count("give-up"), 0)

    def test_an_operator_is_respected(self):
        _, ids = self.deferred("theirs.example", 3)
        paused, resumed, removed = (ids[f"u{i}@theirs.example"] for i in range(3))
        self.mta.ctl("pause", "envelope", paused)
        self.assertEqual(self.ask("wake", id=paused)["error"], "paused by somebody else")
        self.assertEqual(self.ask("pause", id=resumed, recipient="x@theirs.example")["ok"], "1")
        self.mta.ctl("resume", "envelope", resumed)
        self.assertEqual(self.ask("wake", id=resumed)["error"], "resumed by somebody else")
        self.mta.ctl("remove", removed)
        self.assertIn(self.ask("wake", id=removed)["error"], ("unknown id", "it has left the queue"))
        self.mta.ctl("pause", "mta")
        try:
            self.assertEqual(self.ask("wake", id=resumed)["error"], "mta is paused")
        finally:
            self.mta.ctl("resume", "mta")
        listed = dict(line.split() for line in self.ask("list")["queued"])
        self.assertEqual(listed[paused], "f")
        self.assertEqual(listed[resumed], "p")          # for the wake that found mta paused

    def test_ids_are_checked(self):
        _, ids = self.deferred("ids.example")
        message = ids["u0@ids.example"][:8]
        for bad in (message, f"{message:0>16}", "all", "", "-1", "0123456789abcdef --", "g" * 16):
            for request in ("pause", "wake", "resume", "remove"):
                with self.subTest(request=request, id=bad):
                    self.assertIn("id= must be", self.ask(request, id=bad)["error"])
        self.assertIn("error", self.ask("schedule", id=ids["u0@ids.example"]))
        self.assertEqual(self.ask("pause", id="0123456789abcdef")["error"],
                         "unknown id, or paused by somebody else")
        self.assert_up()


class Windows(SteeredCase):
    """All outgoing mail is paused for a moment, and goes on whatever happens."""

    def mta_is(self, state):
        return f"MTA {state}" in self.mta.ctl("show", "status").stdout

    def test_ends_by_itself(self):
        for _ in range(3):
            self.assertEqual(self.ask("window").get("ok"), "1")
            wait_until(lambda: self.mta_is("running"), what="mta to run")

    def test_ends_when_told(self):
        client = Mtactl(self.ns)
        try:
            client.ask("window")
            self.assertEqual(client.ask("window-over").get("ok"), "1")
        finally:
            client.close()
        self.assertTrue(self.mta_is("running"))

    def test_other_requests_wait_for_its_end(self):
        server, ids = self.deferred("inside.example")
        server.rcpt = None
        client = Mtactl(self.ns)
        try:
            client.ask("window")
            self.assertEqual(client.ask("wake", id=ids["u0@inside.example"]).get("ok"), "1")
        finally:
            client.close()
        self.assertEqual(len(server.deliveries), 1)

    def test_not_in_an_operators_pause(self):
        self.mta.ctl("pause", "mta")
        try:
            self.assertEqual(self.ask("window")["error"], "mta is paused by somebody else")
            self.assertEqual(self.ask("window-over").get("ok"), "1")
            self.mtactl.stop(signal.SIGKILL)
            type(self).mtactl = self.start_mtactl()
            self.assertTrue(self.mta_is("paused"))
        finally:
            self.mta.ctl("resume", "mta")

    def kill_in_a_window(self):
        """Seconds from the next one's start until mta was seen to run; None: the window was over before the signal
        came."""
        self.ask("window")
        self.mtactl.stop(signal.SIGKILL)
        hit = self.mta_is("paused")
        begun = time.monotonic()
        type(self).mtactl = self.start_mtactl()
        self.assertTrue(self.mta_is("running"))
        return time.monotonic() - begun if hit else None

    def test_killed_inside(self):
        """mta runs when the next one answers."""
        taken = []
        while len(taken) < case.scale(3, 50):
            seconds = self.kill_in_a_window()
            taken += [] if seconds is None else [seconds]
        print(f"     killed in {len(taken)} windows: mta ran {max(taken):.2f} s after the next start at the latest")

    def test_told_to_end_inside(self):
        self.ask("window")
        self.mtactl.stop()
        try:
            self.assertTrue(self.mta_is("running"))
        finally:
            type(self).mtactl = self.start_mtactl()


class Restarts(SteeredCase):
    """Whoever is restarted, the pauses hold, and nothing goes out before its time."""

    def test_mtactl_restarted(self):
        server, ids = self.deferred("again.example", 3)
        for person, envelope in ids.items():
            self.ask("pause", id=envelope, recipient=person)
        self.mtactl.stop(signal.SIGKILL)
        self.mta.ctl("resume", "envelope", ids["u2@again.example"])     # behind its back
        type(self).mtactl = self.start_mtactl()
        server.rcpt = None
        self.assertEqual(self.ask("wake", id=ids["u0@again.example"]).get("ok"), "1")
        self.assertEqual(len(server.deliveries), 1)
        self.assertIn("suspend", self.queue_entry(ids["u1@again.example"])[3])
        self.assertEqual(self.ask("wake", id=ids["u2@again.example"]).get("ok"), "1")

    def restart_smtpd(self):
        self.mta.stop()
        start_as_unit(self.mta)
        self.assertIn("MTA running", self.mta.ctl("show", "status").stdout)

    def test_smtpd_runs_before_its_unit_lets_it(self):
        """Somebody has resumed mta while the unit was still about to: that is no failure, or smtpd would be started again."""
        self.mta.stop()
        self.mta.start()
        finish_start(self.mta)
        self.assertIn("MTA running", self.mta.ctl("show", "status").stdout)

    def test_smtpd_restarted_without_rebuff(self):
        self.mtactl.stop()
        try:
            self.restart_smtpd()
        finally:
            type(self).mtactl = self.start_mtactl()

    def test_smtpd_restarted_beside_a_rebuff_that_hangs(self):
        """Its unit waits no longer than it says."""
        self.mtactl.send(signal.SIGSTOP)
        try:
            self.restart_smtpd()
        finally:
            self.mtactl.send(signal.SIGCONT)

    def test_smtpd_restarted(self):
        server, ids = self.deferred("held.example", 4)
        _, free = self.deferred("free.example", 4)
        for person in list(ids)[:3]:
            self.ask("pause", id=ids[person], recipient=person)
        server.rcpt = None
        self.sink.forget()
        self.restart_smtpd()
        wait_until(lambda: {*ids.values(), *free.values()} <= {line[0] for line in self.mta.queue()},
                   what="smtpd to have loaded its queue")
        for envelope in [ids["u3@held.example"], *free.values()]:
            self.assertNotIn("suspend", self.queue_entry(envelope)[3])
        for person in list(ids)[:3]:
            self.assertIn("suspend", self.queue_entry(ids[person])[3])
        self.assertEqual(server.deliveries, [])
        self.assertEqual(self.ask("wake", id=ids["u0@held.example"]).get("ok"), "1")
        self.assertEqual(len(server.deliveries), 1)

    def test_hand_back(self):
        _, ids = self.deferred("back.example", 30)
        for person, envelope in ids.items():
            self.ask("pause", id=envelope, recipient=person)
        self.assertEqual(self.ask("hand-back").get("ok"), "1")
        flags = {line[0]: line[3] for line in self.mta.queue()}
        for envelope in ids.values():
            self.assertNotIn("suspend", flags[envelope])


class Stress(SteeredCase):
    """Random requests with mta paused now and then: nothing is lost, nothing is sent twice."""

    def play(self, seed, domains, requests, workers=12):
        """Three envelopes a domain: of a server that refuses ten in a row smtpd stays away for a while."""
        dice = random.Random(seed)
        ids, servers = {}, []
        for i in range(domains):
            domain = f"s{seed}-{i}.example"
            servers.append(self.remote(domain, rcpt=LATER))
            for person in (f"u{k}@{domain}" for k in range(3)):
                self.mta.submit("news@sender.example", person)
                ids[person] = None
        for person in ids:
            ids[person] = self.results(recipient=person, log=True)[0]["id"]
        for server in servers:
            server.rcpt = lambda ask: None if random.random() < 0.15 else LATER
        todo = [(dice.choices(("wake", "pause", "resume", "remove"), (50, 30, 12, 2))[0],
                 dice.choice(list(ids.values()))) for _ in range(requests)]
        people = {envelope: person for person, envelope in ids.items()}
        removed, answers, lock = set(), collections.Counter(), threading.Lock()

        def one(client, item):
            request, envelope = item
            answer = client.ask(request, id=envelope, recipient=people[envelope])
            with lock:
                answers[request, answer.get("error", "ok")] += 1
                if request == "remove" and "ok" in answer:
                    removed.add(envelope)
        over = threading.Event()

        def windows():
            while not over.is_set():
                begun = time.monotonic()
                self.mta.ctl("pause", "mta")
                time.sleep(dice.random() * 0.06)
                self.mta.ctl("resume", "mta")
                # On a slow machine smtpctl takes long: most of the time mta is to run all the same.
                over.wait(0.1 + dice.random() * 0.3 + 3 * (time.monotonic() - begun))
        pauser = threading.Thread(target=windows)
        pauser.start()
        self.work(12, todo, one)
        over.set()
        pauser.join()
        for server in servers:
            server.rcpt = None
        self.drain(ids)
        copies = collections.Counter(one.recipients[0] for one in self.sink.deliveries)
        self.assert_up()
        for person, envelope in ids.items():
            self.assertEqual(copies[person], 0 if envelope in removed else 1, person)
        return answers

    def drain(self, ids):
        """Wake whatever is left until the queue is empty."""
        end = time.monotonic() + 2 * PATIENCE_S
        while left := [line[0] for line in self.mta.queue() if line[0] in ids.values()]:
            self.assertLess(time.monotonic(), end, f"{len(left)} envelopes stay")
            self.work(8, left, lambda client, envelope: client.ask("wake", id=envelope))

    def work(self, workers, todo, one):
        """Let so many connections work through a list."""
        def loop():
            client = Mtactl(self.ns)
            try:
                while True:
                    one(client, todo.pop())
            except IndexError:
                pass
            finally:
                client.close()
        threads = [threading.Thread(target=loop) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_random_requests(self):
        total = collections.Counter()
        for seed in range(case.scale(1, 50)):
            with self.subTest(seed=seed):
                answers = self.play(seed, case.scale(12, 5), case.scale(120, 200))
                self.assertGreater(answers["wake", "ok"], 0)
                self.assertGreater(answers["resume", "ok"], 0)
                total += answers
        done = ", ".join(f"{total[what, 'ok']} x {what}" for what in ("wake", "pause", "resume", "remove"))
        print(f"     {total.total()} requests, seeds 0 to {seed}; done: {done}; {len(self.sink.deliveries)} deliveries, none twice")


if __name__ == "__main__":
    unittest.main()
