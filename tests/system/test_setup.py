"""rebuff setup exim in front of Debian's own configuration: shown, checked, switched on and off."""

import pathlib
import re
import shutil

from harness import case, exim, packages

CONF_D = packages.TOP / "packaging" / "debian" / "conf.d"
LINK = "/etc/exim4/rebuff"
DEBCONF = """\
dc_eximconfig_configtype='internet'
dc_other_hostnames='sender.example'
dc_local_interfaces='127.0.0.1'
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='{split}'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""


class Setup(case.NamespaceCase):
    flavour = "heavy"
    own_tmp = True

    @classmethod
    def make_namespace(cls):
        return exim.namespace(cls.flavour, staged=True)

    def setUp(self):
        """Debian's Exim as it is after installing exim4-rebuff, unconfigured otherwise."""
        self.configure(split="true")
        self.ns.path("/etc/mailname").write_text("sender.example\n", encoding="ascii")
        self.ns.run(["install", "-d", "-o", "Debian-exim", "/var/lib/exim4", "/var/spool/exim4", "/var/log/exim4"])
        for source in CONF_D.glob("*/*"):
            shutil.copy(source, self.ns.path(f"/etc/exim4/conf.d/{source.parent.name}/{source.name}"))
        self.addCleanup(self.ns.path(LINK).unlink, missing_ok=True)
        self.before = self.files()

    def configure(self, split):
        self.ns.path("/etc/exim4/update-exim4.conf.conf").write_text(DEBCONF.format(split=split), encoding="ascii")

    def files(self):
        """Everything below /etc/exim4 that is no link, with what is in it."""
        top = pathlib.Path(self.ns.path("/etc/exim4"))
        return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*")
                if path.is_file() and not path.is_symlink() and "rebuff/" not in str(path.relative_to(top))}

    def setup_exim(self, *args, check=True):
        return self.ns.run(["/usr/bin/rebuff", "setup", "exim", *args], check=check)

    def runs(self):
        """Exim's configuration as it would run now."""
        self.ns.run(["update-exim4.conf"])
        return self.ns.run(["/usr/sbin/exim4", "-bP", "config"]).stdout

    def linked(self):
        return self.ns.path(LINK).is_symlink()

    def test_on_and_off(self):
        stock = self.runs()
        said = self.setup_exim("--dry-run").stdout
        self.assertIn("--- Exim's configuration now", said)
        self.assertRegex(said, r"(?m)^\+ *local_scan_path = ")
        self.assertRegex(said, r"(?m)^\+ *rebuff_gate:")
        # All that goes is whom Exim asked about recipients before: rebuff's ACL asks that one first; and what is
        # logged: an item more.
        logged = "+smtp_protocol_error +smtp_syntax_error +tls_certificate_verified +tls_peerdn"
        self.assertEqual(set(re.findall(r"(?m)^- ?(?!-- Exim)(.*)$", said)),
                         {"MAIN_ACL_CHECK_RCPT = acl_check_rcpt", "acl_smtp_rcpt = acl_check_rcpt",
                          f"MAIN_LOG_SELECTOR = {logged}", f"log_selector = {logged}"})
        self.assertIn(f"log_selector = {logged} +incoming_interface", said)
        self.assertFalse(self.linked())
        self.assertEqual(self.runs(), stock)

        said = self.setup_exim().stdout                 # no terminal, no --yes
        self.assertIn("--yes does it", said)
        self.assertFalse(self.linked())

        self.assertIn("rebuff is switched on in Exim", self.setup_exim("--yes").stdout)
        self.assertTrue(self.linked())
        self.assertIn("rebuff_gate:", self.runs())
        self.ns.run(["/usr/sbin/exim4", "-bV"])
        self.assertIn("switched on in Exim already", self.setup_exim("--yes").stdout)

        self.assertIn("rebuff is switched off in Exim", self.setup_exim("--undo", "--yes").stdout)
        self.assertFalse(self.linked())
        self.assertEqual(self.runs(), stock)
        self.assertIn("switched off in Exim already", self.setup_exim("--undo").stdout)
        self.assertEqual(self.files(), self.before, "a file of the administrator's was written")
        self.assertEqual(list(pathlib.Path(self.ns.path("/tmp")).glob("rebuff-setup-*")), [])

    def test_options_that_are_set_already_are_named(self):
        for option, folder in (("local_scan_path = /usr/lib/mine.so", "main"), ("event_action = mine", "main")):
            with self.subTest(option):
                mine = self.ns.path(f"/etc/exim4/conf.d/{folder}/99_mine")
                mine.write_text(f"# mine\n{option}\n", encoding="ascii")
                self.addCleanup(mine.unlink, missing_ok=True)
                done = self.setup_exim("--yes", check=False)
                self.assertEqual(done.returncode, 1, done.stdout)
                name = option.split(" ", maxsplit=1)[0]
                self.assertIn(f"{name} is set already (/etc/exim4/conf.d/{folder}/99_mine:2)", done.stdout)
                self.assertFalse(self.linked())
                mine.unlink()

    def test_what_exim_refuses_is_not_switched_on(self):
        mine = self.ns.path("/etc/exim4/conf.d/main/99_mine")
        mine.write_text("nonsense = 1\n", encoding="ascii")
        self.addCleanup(mine.unlink)
        done = self.setup_exim("--yes", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing was changed", done.stdout)
        self.assertFalse(self.linked())

    def test_unsplit(self):
        self.configure(split="false")
        done = self.setup_exim("--yes", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("update-exim4.conf.template -r", done.stdout)
        self.assertFalse(self.linked())
        template = self.ns.path("/etc/exim4/exim4.conf.template")
        stock = template.read_bytes()
        self.addCleanup(template.write_bytes, stock)
        self.ns.run(["update-exim4.conf.template", "-r"])
        self.assertIn("rebuff is switched on in Exim", self.setup_exim("--yes").stdout)
        self.assertIn("rebuff_gate:", self.runs())
        self.setup_exim("--undo", "--yes")
        self.assertNotIn("rebuff_gate:", self.runs())

    def test_a_configuration_of_ones_own(self):
        own = self.ns.path("/etc/exim4/exim4.conf")
        own.write_text("primary_hostname = x.example\n", encoding="ascii")
        self.addCleanup(own.unlink)
        done = self.setup_exim("--yes", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("docs/exim.md", done.stdout)
        self.assertFalse(self.linked())

    def test_a_link_that_is_not_ours(self):
        self.ns.path(LINK).symlink_to("/somewhere")
        done = self.setup_exim("--yes", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("it is yours", done.stdout)



class Light(Setup):
    flavour = "light"
