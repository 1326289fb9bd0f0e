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


class Late(EngineCase):
    @classmethod
    def prepare(cls):
        far = Far(cls.ns, cls.dns, ("bounces.sender.example",))
        cls.addClassCleanup(far.close)
        cls.ns.run(["install", "-d", "-m", "0700", "/var/lib/rebuff-mtactl"])
        for name, mode in (("/run/rebuff", "0755"), ("/var/lib/rebuff", "0700"), ("/var/lib/rebuff-smtpd-log", "0700")):
            cls.ns.run(["install", "-d", "-o", "rebuff", "-g", "rebuff", "-m", mode, name])
        cls.start_engine()
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(
            head=f'filter "rebuff" proc-exec "{FILTER}" user opensmtpd\nlisten on {OURS}\n',
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

    def test_proven_by_their_servers(self):
        self.mta.submit(SENDER, "lucy@remote.example")
        [line] = self.mta.wait_log(r'to=<lucy@remote.example>.*result="Ok"')
        [late] = wait_until(lambda: self.late("lucy@remote.example"), what="the late bounce")
        self.assertEqual(late[:3], [2, 1, line.split("evpid=")[1][:16]], late)
        self.assertIn("own servers", late[3])
        done = self.mta.submit(SENDER, "lucy@remote.example", check=False)
        self.assertEqual(done.returncode, 70)
        self.assertIn("suppressed", str(done.stdout))

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


del EngineCase
