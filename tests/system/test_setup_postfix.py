"""rebuff setup postfix in front of a real Postfix: shown, checked, switched on and off, by postconf alone."""

import pathlib
import unittest

from harness import case, postfix
from harness.engine import Engine
from harness.namespace import wait_until

MAIN, MASTER = "/etc/postfix/main.cf", "/etc/postfix/master.cf"
KEPT = ".before-rebuff"
SENDER = "news@sender.example"
PAIR = ("permit_auth_destination, check_policy_service { unix:private/rebuff, default_action=DUNNO, timeout=1s, "
        "try_limit=1 }")
USUAL = "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"
SUBMISSION = """submission inet n - n - - smtpd
    -o smtpd_recipient_restrictions={}
"""


class Setup(case.NamespaceCase):
    own_tmp = True

    @classmethod
    def make_namespace(cls):
        return postfix.namespace(staged=True)

    @classmethod
    def prepare(cls):
        cls.mta = postfix.Postfix(cls.ns)

    def setUp(self):
        self.ns.path("/etc/rebuff").mkdir(exist_ok=True)
        self.write()

    def write(self, main="", master=""):
        self.mta.configure(main, master)
        for name in (MAIN + KEPT, MASTER + KEPT):
            self.ns.path(name).unlink(missing_ok=True)

    def files(self):
        return [self.ns.path(name).read_text(encoding="ascii") for name in (MAIN, MASTER)]

    def postconf(self, *args):
        return self.ns.run(["postconf", *args]).stdout.strip()

    def setup_postfix(self, *args, check=True):
        return self.ns.run(["/usr/bin/rebuff", "setup", "postfix", *args], check=check)

    def refused(self, why, main="", master=""):
        """A configuration that setup leaves alone, saying why."""
        self.write(main, master)
        before = self.files()
        done = self.setup_postfix("--yes", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(why, done.stdout)
        self.assertEqual(self.files(), before)
        self.assertFalse(self.ns.path(MAIN + KEPT).exists())
        return done.stdout

    def test_on_and_off(self):
        before = self.files()
        said = self.setup_postfix("--dry-run").stdout
        self.assertIn("--- /etc/postfix/main.cf now", said)
        self.assertIn(f"+smtpd_recipient_restrictions = {PAIR}", said)
        self.assertIn("+    user=rebuff-postfix argv=/usr/libexec/rebuff/rebuff-postfix-policy", said)
        self.assertEqual(self.files(), before)

        self.assertIn("--yes does it", self.setup_postfix().stdout)        # no terminal, no --yes
        self.assertEqual(self.files(), before)

        said = self.setup_postfix("--yes").stdout
        self.assertIn("rebuff is switched on in Postfix. It observes", said)
        self.assertEqual(self.postconf("-h", "smtpd_recipient_restrictions"), PAIR)
        self.assertEqual(self.postconf("-h", "rebuff_time_limit"), "3600")
        self.ns.run(["postfix", "check"])
        self.assertEqual([self.ns.path(name + KEPT).read_text(encoding="ascii") for name in (MAIN, MASTER)], before)
        self.assertIn("switched on in Postfix already", self.setup_postfix("--yes").stdout)

        said = self.setup_postfix("--undo", "--yes").stdout
        self.assertIn("main.cf and /etc/postfix/master.cf are as they were", said)
        self.assertEqual(self.files(), before)
        self.assertFalse(self.ns.path(MAIN + KEPT).exists())
        self.assertIn("switched off in Postfix already", self.setup_postfix("--undo").stdout)
        self.assertEqual(list(pathlib.Path(self.ns.path("/tmp")).glob("rebuff-setup-*")), [])

    def test_a_list_that_is_there(self):
        """Rebuff comes behind what is for all mail, and before what lets one's own senders pass."""
        self.write(f"smtpd_recipient_restrictions =\n    reject_unknown_recipient_domain,\n    # mine\n    {USUAL}\n")
        self.setup_postfix("--yes")
        self.assertEqual(self.postconf("-h", "smtpd_recipient_restrictions"),
                         f"reject_unknown_recipient_domain, {PAIR}, {USUAL}")
        said = self.setup_postfix("--undo", "--yes").stdout
        self.assertIn("what they were before is in", said)      # postconf makes one line of several
        self.assertEqual(self.postconf("-h", "smtpd_recipient_restrictions"),
                         f"reject_unknown_recipient_domain, {USUAL}")
        self.assertIn("    # mine\n", self.ns.path(MAIN + KEPT).read_text(encoding="ascii"))

    def test_what_was_changed_since_stays(self):
        self.setup_postfix("--yes")
        self.postconf("-e", "message_size_limit=1000000")
        self.assertIn("stays", self.setup_postfix("--undo", "--yes").stdout)
        self.assertIn("message_size_limit = 1000000\n", self.files()[0])
        self.assertNotIn("rebuff", "".join(self.files()))
        self.assertNotIn("message_size_limit", self.ns.path(MAIN + KEPT).read_text(encoding="ascii"))

    def test_what_cannot_be_edited_safely(self):
        said = self.refused("main.cf:13: smtpd_recipient_restrictions: permit_mynetworks comes before zen.example",
                            f"smtpd_recipient_restrictions = {USUAL}, reject_rbl_client zen.example\n")
        self.assertIn(PAIR, said)
        self.refused("$mine comes before", f"mine = {USUAL}\nsmtpd_recipient_restrictions = $mine\n")
        self.refused("smtpd_relay_before_recipient_restrictions is no", "compatibility_level = 2\n")
        self.refused("smtpd_relay_restrictions turns nobody away", "smtpd_relay_restrictions =\n"
                     f"smtpd_recipient_restrictions = {USUAL}\n")
        self.refused("is the other half", f"smtpd_recipient_restrictions = {PAIR}\n")
        self.refused("postconf -MX rebuff/unix takes it out",
                     master="rebuff unix - n n - 0 spawn user=nobody argv=/usr/bin/true\n")

    def test_what_postfix_itself_refuses(self):
        for name, nonsense in ((MAIN, "nonsense\n"), (MASTER, "nonsense\n")):
            with self.subTest(name):
                self.write()
                with open(self.ns.path(name), "a", encoding="ascii") as conf:
                    conf.write(nonsense)
                done = self.setup_postfix("--yes", check=False)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("Postfix refuses the configuration as it is now", done.stdout)

    def test_a_service_with_a_list_of_its_own(self):
        self.write(master=SUBMISSION.format("permit_sasl_authenticated,reject"))
        said = self.setup_postfix("--dry-run").stdout
        self.assertIn("The service submission/inet has a list of its own in /etc/postfix/master.cf", said)
        # As docs/postfix.md tells.
        self.postconf("-e", f"mua_recipient_restrictions = {PAIR.split(', ', maxsplit=1)[1]}")
        self.postconf("-P", "submission/inet/smtpd_relay_restrictions=permit_sasl_authenticated,reject",
                      "submission/inet/smtpd_recipient_restrictions=$mua_recipient_restrictions")
        self.assertNotIn("list of its own", self.setup_postfix("--dry-run").stdout)

    def test_what_is_told_of_the_mail(self):
        self.addCleanup(self.ns.path("/etc/rebuff/watch.lua").unlink)
        self.addCleanup(self.ns.path("/etc/rebuff/mode.lua").unlink)
        self.setup_postfix("--yes", "--postmaster", "post@sender.example", "--mode", "act")
        self.assertIn('notices { mail = "post@sender.example" }\n',
                      self.ns.path("/etc/rebuff/watch.lua").read_text(encoding="ascii"))
        self.assertRegex(self.ns.run(["rebuff", "mode"]).stdout, r"default +act")

    def test_mail_flows_and_the_dead_are_refused(self):
        engine = Engine(self.ns, "postfix")
        self.addCleanup(engine.stop_all)
        self.remote("remote.example", rcpt=lambda ask: "550 5.1.1 User unknown"
                    if ask.recipient.startswith("dead@") else None)
        engine.start()
        self.write(f"smtpd_recipient_restrictions = {USUAL}\n")
        self.addCleanup(self.mta.stop)
        self.mta.start()
        self.setup_postfix("--yes", "--mode", "act")
        self.assertEqual(self.answer("dead@remote.example")[0], 250)
        wait_until(lambda: engine.json("suppress", "list"), what="the dead address to be suppressed")
        code, text = self.answer("dead@remote.example")
        self.assertEqual((code, b"rebuff: recipient is suppressed" in text), (550, True), text)
        self.assertEqual(self.answer("alive@remote.example")[0], 250)
        self.mta.wait_log(r"to=<alive@remote.example>.*status=sent")
        said = self.setup_postfix("--undo", "--yes").stdout
        self.assertIn("are as they were", said)
        self.assertFalse(self.ns.path("/var/spool/postfix/private/rebuff").exists())
        # An smtpd that had read the old files is told to end, and takes no more clients.
        wait_until(lambda: self.answer("dead@remote.example")[0] == 250, what="Postfix to ask no more")

    def answer(self, recipient):
        """What RCPT is answered; mail that is taken is sent."""
        with self.mta.session(SENDER) as smtp:
            answer = smtp.rcpt(recipient)
            if answer[0] == 250:
                self.assertEqual(smtp.data(b"Subject: test\r\n\r\nHello.\r\n")[0], 250)
        return answer


if __name__ == "__main__":
    unittest.main()
