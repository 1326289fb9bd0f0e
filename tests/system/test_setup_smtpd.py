"""rebuff setup opensmtpd in front of Debian's own smtpd.conf: shown, checked, switched on and off."""

import os
import pathlib
import pty
import stat
import subprocess

from harness import case, opensmtpd
from harness.engine import Engine
from smtpd_fixture import start_as_unit

CONF = "/etc/smtpd.conf"
KEPT = CONF + ".before-rebuff"
DROP_IN = "/etc/systemd/system/opensmtpd.service.d/rebuff.conf"
STOCK = """\
# A postmaster's own file.
table aliases file:/etc/aliases

listen on localhost \\
    tag "LOCAL"            # for programs

action "local" mbox alias <aliases>
action "relay" relay src 127.0.0.1

match for local action "local"
match from local for any action "relay"
"""


class Setup(case.NamespaceCase):
    own_tmp = True

    @classmethod
    def make_namespace(cls):
        return opensmtpd.namespace(staged=True)

    @classmethod
    def prepare(cls):
        cls.mta = opensmtpd.Smtpd(cls.ns)

    def setUp(self):
        self.conf = self.ns.path(CONF)
        self.write(STOCK)
        for name in (KEPT, DROP_IN, "/etc/rebuff/watch.lua", "/etc/rebuff/rules/streams.lua", "/etc/rebuff/mode.lua"):
            self.ns.path(name).unlink(missing_ok=True)
        self.ns.path("/etc/rebuff").mkdir(exist_ok=True)

    def write(self, text):
        self.conf.write_text(text, encoding="ascii")
        self.conf.chmod(0o640)
        self.ns.run(["chgrp", "mail", CONF])

    def setup_smtpd(self, *args, check=True):
        return self.ns.run(["/usr/bin/rebuff", "setup", "opensmtpd", *args], check=check)

    def refused(self, text, why):
        """A configuration that setup leaves alone, saying why and what to add."""
        self.write(text)
        done = self.setup_smtpd("--yes", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(why, done.stdout)
        self.assertEqual(self.conf.read_text(encoding="ascii"), text)
        self.assertFalse(self.ns.path(KEPT).exists())
        self.assertFalse(os.path.lexists(self.ns.path(DROP_IN)))
        return done.stdout

    def test_on_and_off(self):
        said = self.setup_smtpd("--dry-run").stdout
        self.assertIn("--- /etc/smtpd.conf now", said)
        self.assertIn('+    tag "LOCAL" filter "rebuff"            # for programs', said)
        self.assertIn(DROP_IN, said)
        self.assertEqual(self.conf.read_text(encoding="ascii"), STOCK)

        self.assertIn("--yes does it", self.setup_smtpd().stdout)          # no terminal, no --yes
        self.assertEqual(self.conf.read_text(encoding="ascii"), STOCK)

        said = self.setup_smtpd("--yes").stdout
        self.assertIn("rebuff is switched on in OpenSMTPD. It observes", said)
        self.ns.run(["smtpd", "-n"])
        self.assertEqual(self.ns.path(KEPT).read_text(encoding="ascii"), STOCK)
        self.assertEqual(stat.S_IMODE(self.conf.stat().st_mode), 0o640)
        self.assertEqual(self.conf.stat().st_gid, int(self.ns.run(["sh", "-c", "getent group mail | cut -d: -f3"]).stdout))
        self.assertEqual(os.readlink(self.ns.path(DROP_IN)), "/usr/lib/opensmtpd-filter-rebuff/opensmtpd.service.conf")
        self.assertIn("ExecStart=/usr/sbin/smtpd -P mta", self.ns.run(["cat", DROP_IN]).stdout)
        self.assertIn("switched on in OpenSMTPD already", self.setup_smtpd("--yes").stdout)

        said = self.setup_smtpd("--undo", "--yes").stdout
        self.assertIn("/etc/smtpd.conf is as it was", said)
        self.assertEqual(self.conf.read_text(encoding="ascii"), STOCK)
        self.assertFalse(self.ns.path(KEPT).exists())
        self.assertFalse(os.path.lexists(self.ns.path(DROP_IN)))
        self.assertIn("switched off in OpenSMTPD already", self.setup_smtpd("--undo").stdout)
        self.assertEqual(list(pathlib.Path(self.ns.path("/tmp")).glob("rebuff-setup-*")), [])

    def test_what_was_changed_since_stays(self):
        self.setup_smtpd("--yes")
        changed = self.conf.read_text(encoding="ascii") + "# mine\n"
        self.write(changed)
        self.assertIn("stays", self.setup_smtpd("--undo", "--yes").stdout)
        self.assertEqual(self.conf.read_text(encoding="ascii"), STOCK + "# mine\n")
        self.assertEqual(self.ns.path(KEPT).read_text(encoding="ascii"), STOCK)

    def test_what_cannot_be_edited_safely(self):
        said = self.refused(STOCK.replace('tag "LOCAL"', 'tag "LOCAL" filter "mine"').replace(
            "listen", 'filter "mine" phase connect match !rdns disconnect "550 no"\nlisten'), "line 5 names a filter already (mine)")
        self.assertIn('filter "rebuff" proc-exec "/usr/libexec/opensmtpd/filter-rebuff" user opensmtpd', said)
        self.refused("queue ttl 2d\n" + STOCK, "line 1: queue ttl 2d: rebuff needs 14d")
        self.ns.path("/etc/more.conf").write_text("", encoding="ascii")
        self.refused('include "/etc/more.conf"\n' + STOCK, "line 1 includes another file")
        self.refused(STOCK + "nonsense\n", "smtpd refuses the configuration as it is now")
        by_hand = 'filter "rebuff" proc-exec "/usr/libexec/opensmtpd/filter-rebuff" user opensmtpd\n' + STOCK
        self.refused(by_hand, 'smtpd.conf:1: the filter "rebuff" is there already, put in by hand')

    def test_a_link_is_left_alone(self):
        self.conf.rename(self.ns.path("/etc/elsewhere.conf"))
        self.conf.symlink_to("/etc/elsewhere.conf")
        self.addCleanup(self.conf.unlink)
        done = self.setup_smtpd("--yes", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no file of its own", done.stdout)

    def test_what_is_told_of_the_mail(self):
        args = ("--postmaster", "post@sender.example", "--ips", "192.0.2.1, 2001:db8::1",
                "--streams", "news=news@*,list@sender.example; codes=code@*")
        said = self.setup_smtpd("--dry-run", *args, "--mode", "act").stdout
        self.assertIn("+ /etc/rebuff/watch.lua", said)
        self.assertFalse(self.ns.path("/etc/rebuff/watch.lua").exists())
        self.setup_smtpd("--yes", *args, "--mode", "act")
        self.assertIn('notices { mail = "post@sender.example" }\nchecks { ips = { "192.0.2.1", "2001:db8::1" } }\n',
                      self.ns.path("/etc/rebuff/watch.lua").read_text(encoding="ascii"))
        self.assertIn('rebuff.streams:add { name = "codes", sender = { "code@*" } }\n',
                      self.ns.path("/etc/rebuff/rules/streams.lua").read_text(encoding="ascii"))
        self.assertIn("the policy loads", self.ns.run(["rebuff", "policy", "check"]).stdout)
        self.assertRegex(self.ns.run(["rebuff", "mode"]).stdout, r"default +act")
        self.setup_smtpd("--undo", "--yes")
        said = self.setup_smtpd("--yes", "--postmaster", "other@sender.example").stdout
        self.assertIn("watch.lua is yours; to be added to it:\nnotices { mail = \"other@sender.example\" }", said)
        self.assertNotIn("other", self.ns.path("/etc/rebuff/watch.lua").read_text(encoding="ascii"))
        self.setup_smtpd("--undo", "--yes")
        for option, wrong in (("--ips", "192.0.2.300"), ("--postmaster", 'a"b@c'), ("--streams", "news"),
                              ("--streams", 'a=b"'), ("--mode", "guess")):
            with self.subTest(option=option, wrong=wrong):
                done = self.setup_smtpd("--yes", option, wrong, check=False)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn(option, done.stdout)
                self.assertEqual(self.conf.read_text(encoding="ascii"), STOCK)

    def test_questions(self):
        """On a terminal, what the options do not say is asked for."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        with open(slave, "rb", buffering=0) as terminal:
            asking = self.ns.popen(["/usr/bin/rebuff", "setup", "opensmtpd", "--ips", "192.0.2.1"], stdin=terminal,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        os.write(master, b"post@sender.example\n\nact\ny\n")
        said, _ = asking.communicate(timeout=60)
        self.assertEqual(asking.returncode, 0, said)
        for question in ("Whom to mail alarms to", "Kinds of mail", "observe or act", "Switch rebuff on in OpenSMTPD?"):
            self.assertIn(question, said)
        self.assertNotIn("IP addresses that you send from", said)
        self.assertIn('mail = "post@sender.example"', self.ns.path("/etc/rebuff/watch.lua").read_text(encoding="ascii"))
        self.assertFalse(self.ns.path("/etc/rebuff/rules/streams.lua").exists())
        self.assertRegex(self.ns.run(["rebuff", "mode"]).stdout, r"default +act")
        self.setup_smtpd("--undo", "--yes")

    def test_mail_flows_and_the_dead_are_refused(self):
        engine = Engine(self.ns, "smtpd")
        self.addCleanup(engine.stop_all)
        self.remote("remote.example", rcpt=lambda ask: "550 5.1.1 User unknown"
                    if ask.recipient.startswith("dead@") else None)
        self.setup_smtpd("--yes", "--mode", "act")
        engine.start()
        start_as_unit(self.mta)
        self.addCleanup(self.mta.stop)
        self.mta.submit("news@sender.example", "alive@remote.example")
        self.mta.wait_log(r'to=<alive@remote.example>.*result="Ok"')
        self.mta.submit("news@sender.example", "dead@remote.example")
        case.wait_until(lambda: engine.json("suppress", "list"), what="the dead address to be suppressed")
        done = self.mta.submit("news@sender.example", "dead@remote.example", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"suppressed", done.stdout)
        self.mta.stop()
        self.setup_smtpd("--undo", "--yes")
        self.mta.start()
        self.mta.submit("news@sender.example", "dead@remote.example")
        self.mta.wait_log(r'to=<dead@remote.example>.*result="PermFail"', number=2)
