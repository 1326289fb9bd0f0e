"""rebuff doctor beside a real Exim, smtpd and Postfix: silent where all is well, and each fault named."""

import ctypes
import json
import os
import re

from harness import case, exim, opensmtpd
from harness.engine import Engine
from harness.namespace import wait_until
from test_postfix import PostfixCase

SENDER = "news@sender.example"
# A copy of the database, and where in it the root of an index is.
COPY = """
import sqlite3
sqlite3.connect("/var/lib/rebuff/state.db").execute("VACUUM INTO '/mnt/copy.db'")
db = sqlite3.connect("/mnt/copy.db")
page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'suppression'").fetchone()[0]
size = db.execute("PRAGMA page_size").fetchone()[0]
open("/mnt/where", "w").write(f"{page} {size}")
"""


def clock_is_synchronised():
    """The host's: it is the same inside."""
    return ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) != 5


class Doctor:
    """What both classes share; they have self.ns, self.engine, self.mta."""

    mta_name = ""

    def doctor(self, *args):
        done = self.ns.run(["rebuff", "doctor", *args, "--json"], check=False)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, {"ok": 0, "warning": 1, "error": 2}[report["state"]], done.stdout)
        return report

    def findings(self, *args):
        """(state, area, text) of what is not well; the host's own clock is not ours to set."""
        found = [check for check in self.doctor(*args)["checks"] if check["state"] != "ok"]
        self.assertTrue(all(check["mend"] for check in found), found)
        return [(check["state"], check["area"], check["text"]) for check in found
                if clock_is_synchronised() or check["area"] != "clock"]

    def assert_found(self, state, area, pattern, *args):
        found = self.findings(*args)
        self.assertTrue(any((s, a) == (state, area) and re.search(pattern, text) for s, a, text in found), found)
        return found

    def assert_well(self):
        self.assertEqual(self.findings(), [])

    def test_all_is_well(self):
        self.assert_well()
        report = self.doctor(self.mta_name)
        self.assertGreater(len(report["checks"]), 12)
        said = self.ns.run(["rebuff", "doctor"], check=False).stdout
        self.assertRegex(said, r"\AREBUFF (OK: \d+ checks, nothing found|WARNING: clock: the clock is not synchronised)")

    def test_engine_is_away(self):
        self.engine.stop()
        self.addCleanup(self.engine.start, companions=False)
        self.assert_found("error", "engine", "no engine runs")
        self.assertIn("REBUFF CRITICAL: engine: ", self.ns.run(["rebuff", "doctor"], check=False).stdout)

    def test_socket_of_the_wrong_mode(self):
        path = self.ns.path(f"/run/rebuff/{self.socket}")
        path.chmod(0o600)
        self.addCleanup(path.chmod, 0o660)
        self.assert_found("error", "socket", f"{self.socket} is 0600 .*expected 0660")

    def test_socket_of_the_wrong_group(self):
        path = self.ns.path(f"/run/rebuff/{self.socket}")
        before = path.stat().st_gid
        os.chown(path, -1, 0)
        self.addCleanup(os.chown, path, -1, before)
        self.assert_found("error", "socket", "is 0660 of group 0")

    def test_the_way_to_the_sockets_is_closed(self):
        path = self.ns.path("/run/rebuff")
        path.chmod(0o750)
        self.addCleanup(path.chmod, 0o755)
        self.assert_found("error", "socket", "may not be passed through")

    def test_policy(self):
        self.addCleanup(self.mend_policy)
        path = self.ns.path("/etc/rebuff/rules/doctor.lua")
        self.engine.policy("rules/doctor.lua", "-- newer\n")
        os.utime(path, (path.stat().st_mtime + 5,) * 2)
        self.assert_found("warning", "policy", "changed after the policy was read")
        self.engine.policy("rules/doctor.lua", "nonsense here\n")
        self.engine.reload(check=False)
        self.assert_found("error", "policy", r"doctor\.lua:1")

    def mend_policy(self):
        self.ns.path("/etc/rebuff/rules/doctor.lua").unlink()
        self.engine.reload()

    def test_log_is_not_followed(self):
        self.engine.follower.stop()
        self.addCleanup(self.follow)
        self.assert_found("error", "log", f"rebuff-{self.engine.mta}-log does not run")

    def follow(self):
        self.engine.start_follower()
        wait_until(lambda: not [f for f in self.findings("--quick") if f[1] == "log"], what="the log to be followed")

    def test_log_lags(self):
        self.engine.follower.send(19)                   # SIGSTOP
        self.addCleanup(self.engine.follower.send, 18)  # SIGCONT
        with open(self.ns.path(self.log_path), "ab") as log:
            log.write(b"2026-11-28 12:00:00 a line that nobody reads\n")
        self.assert_found("warning", "log", r"\d+ bytes behind")

    def test_dns_is_away(self):
        with open(self.ns.path("/etc/resolv.conf"), "r+", encoding="ascii") as conf:
            before = conf.read()
            conf.seek(0)
            conf.truncate()
            conf.write("nameserver 127.0.0.99\noptions timeout:1 attempts:1\n")
        self.addCleanup(self.ns.path("/etc/resolv.conf").write_text, before, encoding="ascii")
        self.assert_found("error", "dns", "no resolver")

    def test_dns_that_knows_everything(self):
        self.dns["doctor.rebuff.invalid"] = {"MX": [(10, "mx.example.net")]}
        self.addCleanup(self.dns.__delitem__, "doctor.rebuff.invalid")
        self.assert_found("warning", "dns", "a name that does not exist")

    def test_disk_and_database(self):
        small = self.ns.path("/mnt/small")
        small.mkdir()
        self.addCleanup(self.ns.run, ["umount", "/mnt/small"])
        self.ns.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", "/mnt/small"])
        small.joinpath("state.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
        found = self.assert_found("warning", "disk", r"\d+ MiB are free in /mnt/small; expected", "--state",
                                  "/mnt/small/state.db")
        self.assertIn(("error", "database"), [f[:2] for f in found])
        small.joinpath("big").write_bytes(b"\0" * (80 << 20))
        self.assert_found("error", "disk", "MiB are free", "--state", "/mnt/small/state.db")

    def test_a_damaged_page(self):
        """A database that opens, with a page in it that is not what it was."""
        self.engine.stop()
        self.ns.run(["python3", "-c", COPY])
        self.addCleanup(self.engine.start, companions=False)
        copy = sqlite_copy(self.ns)
        self.assert_found("error", "database", "copy.db: ", "--state", copy)

    def test_silence(self):
        self.assert_found("warning", "events", "the newest attempt that was recorded is of", "--silence", "0s")

    def test_mtactl_is_away(self):
        self.engine.mtactl.stop()
        self.addCleanup(self.back)
        self.assert_found("error", "mtactl", "does not answer")

    def back(self):
        self.engine.start_mtactl()
        wait_until(lambda: not [f for f in self.findings("--quick") if f[1] == "mtactl"], what="rebuff-mtactl")

    def test_wrong_use(self):
        for args in (["sendmail"], ["--silence", "long"]):
            self.assertEqual(self.ns.run(["rebuff", "doctor", *args], check=False).returncode, 2)
        self.assertIn("needs root", self.ns.run(["rebuff", "doctor"], user="alice", check=False).stdout)


def sqlite_copy(ns):
    """The copy, with the root page of an index overwritten."""
    page, size = map(int, ns.path("/mnt/where").read_text(encoding="ascii").split())
    path = ns.path("/mnt/copy.db")
    with open(path, "r+b") as db:
        db.seek((page - 1) * size)
        db.write(b"\xaa" * (size // 2))
    ns.run(["chown", "rebuff:", "/mnt", "/mnt/copy.db"])
    return "/mnt/copy.db"


class Exim(Doctor, case.EngineCase):
    mta_name, socket, log_path = "exim", "exim.sock", "/var/log/exim4/mainlog"

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.remote("remote.example")
        cls.mta.submit(SENDER, "a@remote.example", mode="-odi")
        wait_until(lambda: cls.engine.rows("SELECT * FROM event"), what="the engine to have recorded it")

    def reconfigure(self, **sections):
        self.mta.configure(**{**self.configuration, **sections})
        self.addCleanup(self.mta.configure, **self.configuration)

    def test_transport_without_the_event(self):
        self.reconfigure(more_transports=self.configuration["more_transports"]
                         + "second:\n  driver = smtp\nthird:\n  driver = smtp\n")
        self.assert_found("error", "transports", "2 of 3 transports .*: second, third")

    def test_retry_rule_behind_another(self):
        self.reconfigure(retry="* * F,2h,5m\n" + self.configuration["retry"])
        self.assert_found("error", "retry", "another retry rule comes before")

    def test_a_router_before_the_gate(self):
        self.reconfigure(router="first:\n  driver = manualroute\n  route_list = * 127.0.0.2\n  self = send\n"
                         "  transport = remote_smtp\n" + self.configuration["router"])
        self.assert_found("error", "gate", "did not ask")

    def test_main_options_of_somebody_else(self):
        # As included, but for the two options.
        self.ns.run(["sh", "-c", "grep -v '^local_scan_path\\|^event_action' /usr/lib/exim4-rebuff/conf/main"
                     " > /etc/exim4/main-without"])
        self.reconfigure(main=".include /etc/exim4/main-without\nevent_action = ${lookup{x}lsearch{/etc/aliases}}\n")
        found = self.assert_found("error", "plugin", "event_action .* is not rebuff's|event_action is not rebuff's")
        self.assertTrue(any("local_scan_path" in text and "is not set" in text for _, _, text in found), found)

    def test_not_switched_on(self):
        self.mta.configure()
        self.addCleanup(self.mta.configure, **self.configuration)
        self.assert_found("error", "switched-on", "it is not switched on")


class EximLight(Exim):
    flavour = "light"


class Smtpd(Doctor, case.NamespaceCase):
    mta_name, socket, log_path = "opensmtpd", "smtpd.sock", opensmtpd.Smtpd.log_path

    @classmethod
    def make_namespace(cls):
        return opensmtpd.namespace(staged=True)

    @classmethod
    def prepare(cls):
        cls.engine = Engine(cls.ns, "smtpd", act=False)
        cls.engine.policy("defaults.lua", case.FAST)
        cls.addClassCleanup(cls.engine.stop_all)
        cls.engine.start()
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(**opensmtpd.REBUFF)
        cls.mta.start()
        cls.addClassCleanup(cls.mta.stop)
        cls.remote("remote.example")
        cls.mta.submit(SENDER, "a@remote.example")
        wait_until(lambda: cls.engine.rows("SELECT * FROM event"), what="the engine to have recorded it")

    def edit(self, old, new):
        path = self.ns.path("/etc/smtpd.conf")
        before = path.read_text(encoding="ascii")
        self.assertIn(old, before)
        path.write_text(before.replace(old, new), encoding="ascii")
        self.addCleanup(path.write_text, before, encoding="ascii")

    def start_again(self):
        """smtpctl is answered before the filter runs."""
        self.mta.start()
        wait_until(lambda: not [f for f in self.findings("--quick") if f[1] == "plugin"], what="the filter to run")

    def test_listener_without_the_filter(self):
        self.edit('listen on 127.0.0.1 filter "rebuff"', "listen on 127.0.0.1")
        self.assert_found("error", "filter", r"smtpd\.conf:\d+: .*1 of 2 listeners and 1 of 1 relays")

    def test_relay_without_the_filter(self):
        self.edit('relay filter "rebuff"', "relay")
        self.assert_found("error", "filter", r"2 of 2 listeners and 0 of 1 relays")

    def test_ttl(self):
        self.edit("queue ttl 14d", "queue ttl 4d")
        self.assert_found("error", "ttl", "too short")
        self.edit("queue ttl 4d\n", "")
        self.assert_found("error", "ttl", "not set")

    def test_smtpd_does_not_ask(self):
        """It runs with another configuration than the one that is there."""
        self.mta.stop()
        conf = self.ns.path("/etc/smtpd.conf")
        ours = conf.read_text(encoding="ascii")
        self.mta.configure()
        self.mta.start()
        conf.write_text(ours, encoding="ascii")
        try:
            found = self.assert_found("error", "gate", "takes mail for probe@doctor.rebuff.invalid")
            self.assertIn(("error", "plugin"), [f[:2] for f in found])
        finally:
            self.mta.stop()
            self.start_again()
        self.assert_well()

    def test_smtpd_is_away(self):
        self.mta.stop()
        try:
            found = [f[:2] for f in self.findings()]
            self.assertIn(("warning", "gate"), found)
            self.assertIn(("error", "plugin"), found)
        finally:
            self.start_again()

    def test_paused_for_nobody(self):
        self.remote("later.example", rcpt="451 4.7.1 later")
        self.engine.mtactl.send(19)                     # so that nothing gives it back
        self.addCleanup(self.engine.mtactl.send, 18)
        self.engine.follower.send(19)
        self.addCleanup(self.engine.follower.send, 18)
        self.mta.ctl("pause", "mta")
        self.addCleanup(self.mta.ctl, "resume", "mta")
        self.mta.submit(SENDER, "b@later.example")
        ident = wait_until(lambda: [row[0] for row in self.mta.queue() if "b@later.example" in "|".join(row)],
                           what="the envelope")[0]
        self.mta.ctl("pause", "envelope", ident)
        self.addCleanup(self.mta.ctl, "remove", ident)
        self.assert_found("warning", "paused", f"1 of 1 paused envelopes are nobody's.*{ident}")


class Postfix(Doctor, PostfixCase):
    mta_name, socket, log_path = "postfix", "postfix.sock", "/var/log/postfix.log"
    test_mtactl_is_away = None                          # it has none

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.remote("remote.example")
        cls.mta.submit(SENDER, "a@remote.example")
        wait_until(lambda: cls.engine.rows("SELECT * FROM event"), what="the engine to have recorded it")

    def postconf(self, *args):
        """Change the configuration for one test."""
        paths = [self.ns.path(f"/etc/postfix/{name}") for name in ("main.cf", "master.cf")]
        self.addCleanup(self.back_to, [(path, path.read_text(encoding="ascii")) for path in paths])
        for one in args:
            self.ns.run(["postconf", *one])
        self.ns.run(["postfix", "reload"])

    def back_to(self, files):
        for path, text in files:
            path.write_text(text, encoding="ascii")
        self.ns.run(["postfix", "reload"])
        wait_until(lambda: not self.findings("--quick"), what="Postfix to have read the files")

    def wait_found(self, state, area, pattern):
        """Until no smtpd from before the reload is left."""
        def found():
            return [f for f in self.findings("--quick") if f[:2] == (state, area) and re.search(pattern, f[2])]
        wait_until(found, what=f"the finding {state} {area} {pattern}")

    def test_list_without_the_service(self):
        self.postconf(["-e", "smtpd_recipient_restrictions=permit_mynetworks"])
        self.assert_found("error", "restriction", r"does not name rebuff's service .*\"permit_mynetworks\"")
        self.wait_found("error", "gate", "takes mail for probe@doctor.rebuff.invalid")

    def test_list_that_is_never_reached(self):
        before = self.ns.run(["postconf", "-h", "smtpd_recipient_restrictions"]).stdout.strip()
        self.postconf(["-e", f"smtpd_recipient_restrictions=permit_mynetworks, {before}"])
        self.wait_found("error", "gate", "takes mail for probe@doctor.rebuff.invalid")
        self.assertNotIn("restriction", [f[1] for f in self.findings("--quick")])

    def test_mail_that_would_be_put_off(self):
        self.postconf(["-e", "smtpd_recipient_restrictions=permit_auth_destination, "
                       "check_policy_service unix:private/rebuff"])
        self.assert_found("error", "restriction", "without default_action=DUNNO")

    def test_who_may_not_relay(self):
        self.postconf(["-e", "smtpd_relay_before_recipient_restrictions=no"])
        self.assert_found("error", "relay", "smtpd_relay_before_recipient_restrictions is no")

    def test_nobody_is_turned_away(self):
        before = self.ns.run(["postconf", "-h", "smtpd_recipient_restrictions"]).stdout.strip()
        # Without any such word an smtpd does not start.
        self.postconf(["-e", "smtpd_relay_restrictions=",
                       f"smtpd_recipient_restrictions={before}, permit_mynetworks, reject_unauth_destination"])
        self.assert_found("error", "relay", "smtpd_relay_restrictions turns nobody away")

    def test_service_with_a_list_of_its_own(self):
        self.postconf(["-M", "-e", "submission/inet=submission inet n - n - - smtpd"],
                      ["-P", "submission/inet/smtpd_recipient_restrictions=reject"])
        self.assert_found("warning", "restriction", "the service submission/inet has a list of its own")

    def test_short_lifetime(self):
        self.postconf(["-e", "maximal_queue_lifetime=48h"])
        self.assert_found("warning", "lifetime", "maximal_queue_lifetime is 48h")

    def test_service_that_cannot_start(self):
        """Postfix cannot run it, and closes the connection."""
        program = self.ns.path("/usr/libexec/rebuff/rebuff-postfix-policy")
        program.rename(program.with_suffix(".away"))
        self.addCleanup(program.with_suffix(".away").rename, program)
        self.assert_found("error", "service", "nobody answers on /var/spool/postfix/private/rebuff")

    def test_service_that_does_not_reach_the_engine(self):
        self.postconf(["-M", "-e", "rebuff/unix=rebuff unix - n n - 0 spawn user=rebuff-postfix "
                       "argv=/usr/libexec/rebuff/rebuff-postfix-policy -s /nowhere"])
        self.wait_found("error", "service", "does not reach the engine: .* it says action=DUNNO")

    def test_postfix_is_away(self):
        self.mta.stop()
        try:
            found = [f[:2] for f in self.findings()]
            self.assertIn(("error", "postfix"), found)
            self.assertIn(("error", "service"), found)
            self.assertIn(("warning", "gate"), found)
        finally:
            self.mta.start()

    def test_log_that_goes_elsewhere(self):
        self.postconf(["-e", "maillog_file=/var/log/other.log"])
        self.assert_found("error", "log", "writes its log to /var/log/other.log .* reads /var/log/postfix.log")

    def test_not_switched_on(self):
        self.postconf(["-X", "smtpd_recipient_restrictions"], ["-M", "-X", "rebuff/unix"])
        self.assert_found("error", "switched-on", "it is not switched on")
