"""Bounces that come as messages, in a real smtpd: accepted by a real remote Exim, refused later, read by
rebuff-bounce as smtpd's mda, proven, and refused at the next submission."""

import json

from harness import opensmtpd
from harness.far import OURS, Far
from harness.namespace import wait_until
from smtpd_fixture import FILTER
from test_smtpd_engine import EngineCase

SENDER = "app@bounces.sender.example"
MDA = ('action "bounces" mda "/usr/libexec/rebuff/rebuff-bounce opensmtpd" virtual { "@" = "rebuff" }')


class LateCase(EngineCase):
    """A far server that takes mail and refuses it later; rebuff-bounce reads what comes back."""

    far = {}
    options = ""

    @classmethod
    def prepare(cls):
        far = Far(cls.ns, cls.dns, ("bounces.sender.example",), **cls.far)
        cls.addClassCleanup(far.close)
        cls.ns.run(["install", "-d", "-m", "0700", "/var/lib/rebuff-mtactl"])
        for name, mode in (("/run/rebuff", "0755"), ("/var/lib/rebuff", "0700"), ("/var/lib/rebuff-smtpd-log", "0700")):
            cls.ns.run(["install", "-d", "-o", "rebuff", "-g", "rebuff", "-m", mode, name])
        cls.start_engine()
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(
            head=f'filter "rebuff" proc-exec "{FILTER}{cls.options}" user opensmtpd\nlisten on {OURS}\n',
            listen='filter "rebuff"', relay='filter "rebuff"', actions=MDA,
            matches='match from any for domain "bounces.sender.example" action "bounces"')
        cls.mta.start()
        cls.reader = cls.start_reader()

    def query(self, sql, *values):
        look = ("import json, sqlite3, sys\n"
                "db = sqlite3.connect('file:/var/lib/rebuff/state.db?mode=ro', uri=True)\n"
                "print(json.dumps(db.execute(sys.argv[1], sys.argv[2:]).fetchall()))\n")
        return json.loads(self.ns.run(["python3", "-c", look, sql, *values]).stdout)

    def late(self, recipient):
        return self.query("SELECT trust, suppressed, id, why FROM late WHERE recipient = ?", recipient)

    def prove(self, recipient, why):
        """A message is taken, refused later, proven, and the recipient refused at the next submission."""
        self.mta.submit(SENDER, recipient)
        [line] = self.mta.wait_log(rf'to=<{recipient}>.*result="Ok"')
        [late] = wait_until(lambda: self.late(recipient), what="the late bounce")
        self.assertEqual(late[:3], [2, 1, line.split("evpid=")[1][:16]], late)
        self.assertIn(why, late[3])
        done = self.mta.submit(SENDER, recipient, check=False)
        self.assertEqual(done.returncode, 70)
        self.assertIn("suppressed", str(done.stdout))


class Late(LateCase):
    def test_proven_by_their_servers(self):
        self.prove("lucy@remote.example", "own servers")

    def test_engine_away_the_message_waits(self):
        """The mda ends with 75: the message stays in smtpd's queue, and is read when the engine is back."""
        self.serve.stop()
        try:
            self.mta.submit("", SENDER, data=b"Subject: nothing\n\nA message for the engine.\n")
            [line] = self.mta.wait_log(rf'mda delivery.*to=<{SENDER}>.*result="?TempFail')
            self.assertIn("the message is to be tried again", line)
        finally:
            type(self).serve = self.run_engine()
        self.mta.ctl("schedule", line.split("evpid=")[1][:16])
        self.mta.wait_log(rf'mda delivery.*to=<{SENDER}>.*result="?Ok')
        self.assertEqual(self.query("SELECT state FROM arrival WHERE id = ?", line.split("evpid=")[1][:8]), [[1]])


class Marked(LateCase):
    """filter-rebuff -e: their servers have no name, but were told a mark that nobody else knows."""

    far = {"dsn": True}
    options = " -e"

    def test_proven_by_the_mark(self):
        self.prove("mark@remote.example", "carries the mark")

    def test_of_a_message_to_two(self):
        self.mta.submit(SENDER, "one@remote.example", "two@remote.example")
        for person in ("one@remote.example", "two@remote.example"):
            [late] = wait_until(lambda person=person: self.late(person), what="the late bounce")
            self.assertEqual(late[:2], [1, 0], late)

    def test_an_empty_sender_is_left_alone(self):
        server = self.remote("empty.example")
        self.mta.submit("", "a@empty.example")
        self.mta.submit(SENDER, "b@empty.example")
        self.sink.wait(lambda: len(server.deliveries) == 2, what="both messages")
        parameters = {one.sender: one.parameters for one in server.deliveries}
        self.assertNotIn("ENVID", parameters[""])
        self.assertRegex(parameters[SENDER], r"ENVID=rbf1[a-z2-7]{24}\b")

    def test_a_server_without_dsn(self):
        server = self.remote("plain.example")
        server.extensions.remove("DSN")
        self.mta.submit(SENDER, "a@plain.example")
        self.sink.wait(lambda: server.deliveries, what="the message")
        self.assertNotIn("ENVID", server.deliveries[0].parameters)


del EngineCase, LateCase
