"""What goes wrong around Exim and the engine: mail flows on, nothing freezes, nothing is lost.

The engine here is the real one; how the plugin copes with one that babbles is in test_exim_plugin.
"""

import re
import time

from harness import case
from harness.case import DELIVERED, FAILED, WAITING
from harness.clock import Clock
from harness.engine import STATE
from harness.namespace import PATIENCE_S, wait_until

SENDER = "news@sender.example"
DAY = 86400


class Faults(case.EngineCase):
    flavour = "heavy"

    def submit(self, *recipients, **kw):
        return self.mta.submit(SENDER, *recipients, mode="-odi", **kw)

    def tearDown(self):
        """Leave an engine that runs, and a mail server with nothing to be ashamed of."""
        if self.engine.serve is None:
            self.engine.start(companions=False)
        self.assertEqual(self.mta.paniclog(), "")
        self.assertFalse([ident for ident, one in self.mta.queue().items() if one["frozen"]])

    def mixed(self, domain):
        """Messages with every kind of outcome, attempted at once: {local part: id}."""
        answers = {"gone": "550 5.1.1 no such user", "later": "451 4.7.1 greylisted"}
        server = self.remote(domain, rcpt=lambda ask: answers.get(ask.recipient.split("@")[0]))
        idents = {name: self.submit(f"{name}@{domain}") for name in ("ok", "gone", "later")}
        self.assertEqual([one.recipients for one in server.deliveries], [[f"ok@{domain}"]])
        return server, idents

    def check_replayed(self, domain, server, idents):
        """After the engine's return every result is known, and what was deferred is tried again."""
        self.wait_row(idents["ok"], DELIVERED)
        self.wait_row(idents["gone"], FAILED)
        self.wait_row(idents["later"], WAITING)
        self.assertIn(f"gone@{domain}", self.suppressed())
        for name in ("ok", "gone"):
            self.assertEqual(len(self.events(idents[name])), 1)
        server.rcpt = None
        self.wait_row(idents["later"], DELIVERED)
        self.assertEqual(max(self.sink.delivered.values()), 1)

    # An engine that is away

    def test_killed_and_returning(self):
        self.engine.kill()
        server, idents = self.mixed("killed.example")
        self.assertIn("R:later@killed.example", " ".join(self.mta.hints()))
        self.engine.start(companions=False)
        self.check_replayed("killed.example", server, idents)

    def test_stopped_and_going_on(self):
        self.engine.freeze()
        begun = time.monotonic()
        server, idents = self.mixed("stopped.example")
        self.assertLess(time.monotonic() - begun, PATIENCE_S)
        self.engine.thaw()
        self.check_replayed("stopped.example", server, idents)

    def test_ended_and_started_again(self):
        self.engine.stop()
        server, idents = self.mixed("ended.example")
        self.engine.start(companions=False)
        self.check_replayed("ended.example", server, idents)

    def test_follower_away_for_a_while(self):
        self.engine.follower.stop()
        self.engine.kill()
        server, idents = self.mixed("follower.example")
        self.engine.start(companions=False)
        self.engine.start_follower()
        self.check_replayed("follower.example", server, idents)

    def test_mtactl_away_for_a_while(self):
        self.engine.mtactl.stop()
        server, idents = self.mixed("mtactl.example")
        self.wait_row(idents["later"], WAITING)
        server.rcpt = None
        wait_until(lambda: "event=mtactl-absent" in self.engine.log(), what="the engine to miss rebuff-mtactl")
        self.engine.start_mtactl()
        self.wait_row(idents["later"], DELIVERED)

    # What comes from outside

    def test_reply_of_a_megabyte(self):
        line = "550-5.1.1 " + "x" * 400
        reply = "\n".join([line] * 2500 + ["550 5.1.1 no such user"])
        domain, _ = self.domain(rcpt=reply)
        ident = self.submit(f"a@{domain}")
        # Exim reads replies up to a limit of its own; what it makes of it is its business.
        self.mta.wait_log(rf"{ident} (\*\*|==) a@{domain}")
        wait_until(lambda: self.events(ident), what="the engine to hear of it")
        self.assertLessEqual(len(self.events(ident)[0]["text"]), 8192 * 4)

    def test_reply_with_control_bytes(self):
        reply = b"550 5.1.1 \x1b[2J\x00 no such user \xff\xfe <script> $(reboot) %s%n ${run{/bin/true}} | = \\n"
        domain, _ = self.domain(rcpt=reply)
        ident = self.submit(f"a@{domain}")
        self.wait_row(ident, FAILED)
        for name in (("suppress", "list"), ("suppress", "check", f"a@{domain}"), ("status",), ("report",)):
            done = self.ns.run(["rebuff", *name], check=False, text=False)
            self.assertNotIn(b"\x1b", done.stdout)
            self.assertNotIn(b"\x00", done.stdout)
        self.assertIn(f"a@{domain}", self.suppressed())

    def test_reply_that_tries_to_be_an_address(self):
        domain, server = self.domain(rcpt="451 4.7.1 greylisted\", :blackhole: /tmp/x |/bin/sh \"")
        ident = self.submit(f"a@{domain}")
        self.wait_row(ident, WAITING)
        server.rcpt = None
        self.wait_row(ident, DELIVERED)

    def test_address_of_5000_bytes(self):
        domain, _ = self.domain()
        for local in ("x" * 5000, '"' + "\\\\" * 1200 + '"'):
            with self.subTest(len(local)):
                self.ns.run(["/usr/sbin/exim4", "-odi", "-oi", "-f", SENDER, "--", f"{local}@{domain}"],
                            input=self.mta.message(SENDER, ["long"]), check=False)
        self.submit(f"a@{domain}")
        self.sink.wait(lambda: any(one.recipients == [f"a@{domain}"] for one in self.sink.deliveries))
        self.engine.run("status")

    # Policy

    def test_policy_with_a_typo_leaves_the_running_one_in_force(self):
        domain, _ = self.domain(rcpt="451 4.7.1 greylisted")
        self.engine.policy("providers/typo.lua", 'rebuff.provider "typo".retri["greylisted"] = { first = "1h" }\n')
        self.addCleanup(self.engine.reload)
        self.addCleanup(self.ns.path("/etc/rebuff/providers/typo.lua").unlink)
        done = self.engine.reload(check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"providers/typo\.lua:1: .*retri.*retry")
        ident = self.submit(f"a@{domain}")
        [row] = self.wait_row(ident, WAITING)
        self.assertLess(row["due_ms"] - time.time() * 1000, 10_000)

    # The database

    def with_state(self, prepare, why):
        """Stop the engine, let prepare() change its folder, see that it says why it has no database, and that mail
        flows on."""
        domain = self.id().rsplit(".", 1)[-1].replace("_", "-") + ".example"
        self.engine.stop()
        restore = prepare()
        try:
            said = self.ns.path("/run/said")
            with open(said, "wb") as log:
                serve = self.ns.popen(["rebuff", "serve"], stdout=log, stderr=log)
            wait_until(lambda: re.search(why, said.read_text(encoding="utf-8")), what=f"{why} to be said")
            serve.stop()
            server, idents = self.mixed(domain)
        finally:
            restore()
        self.engine.start(companions=False)
        self.check_replayed(domain, server, idents)

    def test_database_that_cannot_be_read(self):
        path = self.ns.path(STATE)

        def prepare():
            kept = path.read_bytes()
            path.write_bytes(b"this is no database" * 1000)
            return lambda: path.write_bytes(kept)
        self.with_state(prepare, r"state\.db.*expected a database of rebuff|not a database")

    def test_database_from_the_future(self):
        version = self.engine.rows("PRAGMA user_version")[0]["user_version"]

        def prepare():
            self.engine.execute(f"PRAGMA user_version = {version + 7}")
            return lambda: self.engine.execute(f"PRAGMA user_version = {version}")
        self.with_state(prepare, r"event=no-database .*newer rebuff .*every attempt goes")

    def test_disk_full_and_free_again(self):
        """The database on a small tmpfs that something else fills."""
        self.engine.stop()
        self.ns.run(["sh", "-c", "mkdir /run/keep && cp -a /var/lib/rebuff/. /run/keep && "
                     "mount -t tmpfs -o size=3m,mode=700 tmpfs /var/lib/rebuff && chown rebuff: /var/lib/rebuff && "
                     "cp -a /run/keep/. /var/lib/rebuff"])
        try:
            self.engine.start(companions=False)
            self.ns.run(["sh", "-c", "cat /dev/zero > /var/lib/rebuff/ballast; true"], check=False)
            server, idents = self.mixed("full-disk.example")
            wait_until(lambda: re.search("disk|full", self.engine.log()), what="the engine to complain")
            self.ns.path("/var/lib/rebuff/ballast").unlink()
            self.check_replayed("full-disk.example", server, idents)
        finally:
            self.engine.stop()
            self.ns.run(["sh", "-c", "cp -a /var/lib/rebuff/. /run/keep; umount /var/lib/rebuff; "
                         "cp -a /run/keep/. /var/lib/rebuff; rm -rf /run/keep"])

    # The clock

    def test_clock_three_days_ahead(self):
        """What waits is not given up on, nobody is suppressed or forgotten, and mail flows."""
        clock = Clock(self.ns)
        self.addCleanup(clock.end)
        self.restart_everything()
        domain, server = self.domain(rcpt="451 4.2.1 later")
        ident = self.submit(f"a@{domain}")
        self.wait_row(ident, WAITING)
        self.engine.run("suppress", "add", "short@clock.example", "--until", "1d")
        clock.set(3 * DAY + 3600)
        other = self.submit(f"b@{domain}")
        self.wait_row(other, WAITING)
        self.assertIn("event=clock-jump", self.engine.log())
        before = self.attempts(server, f"a@{domain}")
        wait_until(lambda: self.attempts(server, f"a@{domain}") >= before + 2, what="attempts under the new time")
        self.assertNotIn(domain, " ".join(str(message["X-Failed-Recipients"]) for message in self.mta.local_mail()))
        self.assertNotIn(f"a@{domain}", self.suppressed())
        with self.mta.smtp() as client:
            client.ehlo()
            client.mail(SENDER)
            self.assertEqual(client.rcpt("short@clock.example")[0], 550)
        server.rcpt = None
        for one in (ident, other):
            self.wait_row(one, DELIVERED)
        clock.set(0)
        again = self.submit(f"c@{domain}")
        self.wait_row(again, DELIVERED)

    def restart_everything(self):
        """So that it sees the new clock."""
        self.engine.stop_all()
        self.mta.stop()
        self.engine.start()
        self.mta.start()

    @staticmethod
    def attempts(server, recipient):
        return len([ask for ask in server.asks if ask.stage == "rcpt" and ask.recipient == recipient])
