"""Every outcome of an attempt reaches the engine: right recipient, right kind, stage and text."""

import unittest

from harness import packages
from harness.dnsstub import SERVFAIL
from harness.namespace import wait_until
from harness.sink import DROP
from smtpd_fixture import RebuffCase

TWO = "550-5.1.1 The account that you tried\n550 5.1.1 does not exist | really"

LONG = "\n".join(f"450-4.2.0 line {i} of a reply that says very much {'x' * 60}" for i in range(40)) + "\n450 4.2.0 end"

# name, behaviours of the remote server, what a result must say; direct: the filter saw the envelope
OUTCOMES = [
    ("delivered", {}, {"kind": "delivered", "stage": "dot", "code": "250"}, True),
    ("rcpt5", {"rcpt": TWO}, {"kind": "failed", "stage": "rcpt", "code": "550", "text": TWO}, True),
    ("rcpt4", {"rcpt": "452 4.2.2 full"},
     {"kind": "rcpt-defer", "stage": "rcpt", "code": "452", "text": "452 4.2.2 full"}, True),
    ("long4", {"rcpt": LONG}, {"kind": "rcpt-defer", "stage": "rcpt", "text": LONG}, True),
    ("longbanner", {"banner": LONG}, {"kind": "rcpt-defer", "stage": "banner", "text": LONG}, False),
    ("data4", {"data": "451 4.3.0 no"},
     {"kind": "rcpt-defer", "stage": "data", "text": "451 4.3.0 no"}, True),
    ("dot5", {"dot": "554-5.7.1 spam\n554 5.7.1 away"},
     {"kind": "failed", "stage": "dot", "text": "554-5.7.1 spam\n554 5.7.1 away"}, True),
    ("dot4", {"dot": "421 4.7.28 slow"}, {"kind": "rcpt-defer", "stage": "dot", "text": "421 4.7.28 slow"}, True),
    ("bytes", {"rcpt": b"550 5.1.1 caf\xe9 \x07 \"quoted\" | stat=\"250 ok"},
     {"kind": "failed", "stage": "rcpt", "text": "550 5.1.1 caf\udce9 \x07 \"quoted\" | stat=\"250 ok"}, True),
    ("mail5", {"mail": "550-5.7.1 Sender\n550 5.7.1 refused"},
     {"kind": "failed", "stage": "mail", "text": "550-5.7.1 Sender\n550 5.7.1 refused"}, False),
    ("mail4", {"mail": "451 4.7.1 no"}, {"kind": "rcpt-defer", "text": "451 4.7.1 no"}, False),
    ("banner5", {"banner": "554-mx\n554 5.7.1 blocked"},
     {"kind": "rcpt-defer", "stage": "banner", "text": "554-mx\n554 5.7.1 blocked"}, False),
    ("banner4", {"banner": "421 4.7.0 busy"},
     {"kind": "rcpt-defer", "stage": "banner", "text": "421 4.7.0 busy"}, False),
    ("ehlo5", {"ehlo": "550 5.7.1 not you"},
     {"kind": "rcpt-defer", "stage": "ehlo", "text": "550 5.7.1 not you"}, False),
    ("dropbanner", {"banner": DROP}, {"kind": "rcpt-defer", "stage": "connect"}, False),
    ("droprcpt", {"rcpt": DROP}, {"kind": "rcpt-defer", "stage": "connect"}, False),
    ("dropdot", {"dot": DROP}, {"kind": "rcpt-defer", "stage": "connect"}, False),
    ("refused", None, {"kind": "rcpt-defer", "stage": "connect",
                       "text": "IO Error: Connection refused"}, False),
]


class Outcomes(RebuffCase):
    """One message to each kind of server, all at once; then each is looked at."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.addresses = {}
        for name, behaviours, _, _ in OUTCOMES:
            server = cls.remote(f"{name}.example", **(behaviours or {}))
            cls.addresses[name] = server.address
            if behaviours is None:
                server.refuse_connections()
        cls.dns["servfail.example"] = SERVFAIL
        cls.dns["nullmx.example"] = {"MX": [(0, "")]}
        for name in [row[0] for row in OUTCOMES] + ["servfail", "nullmx", "nowhere"]:
            cls.mta.submit("news@sender.example", f"a@{name}.example")

    def test_each(self):
        for name, _, want, direct in OUTCOMES:
            with self.subTest(name):
                recipient = f"a@{name}.example"
                if direct:
                    got = self.results(recipient=recipient, log=False)[0]
                    for key, value in want.items():
                        self.assertEqual(got[key], value, key)
                    self.assertEqual(got["ip"], self.addresses[name])
                log = self.results(recipient=recipient, log=True)
                self.assertEqual(len(log), 1, log)
                self.assertEqual(log[0]["kind"], want["kind"])
                if direct:
                    self.assertEqual(log[0]["id"], got["id"])
                    self.assertEqual(len(self.results_now(recipient=recipient, log=False)), 1)
                else:
                    self.assertEqual(self.results_now(recipient=recipient, log=False), [])
                    for key, value in want.items():
                        if key != "code":
                            self.assertEqual(log[0][key], value, key)
                    self.assertEqual(log[0]["ip"], self.addresses[name])
                self.assertEqual(log[0]["sender"], "news@sender.example")

    def test_dns(self):
        for name, kind, text in (("servfail", "rcpt-defer", "Temporary failure in MX lookup"),
                                 ("nullmx", "rcpt-defer", "No MX found for domain"),
                                 ("nowhere", "failed", "Domain does not exist")):
            with self.subTest(name):
                got = self.results(recipient=f"a@{name}.example")
                self.assertEqual(len(got), 1)
                self.assertEqual((got[0]["kind"], got[0]["stage"], got[0]["text"]), (kind, "dns", text))

    def test_several_recipients(self):
        replies = {"bad": "550 5.1.1 no", "later": "450 4.2.0 busy"}
        self.remote("mix.example", rcpt=lambda ask: replies.get(ask.recipient.split("@")[0]))
        people = [f"{name}@mix.example" for name in ("good", "bad", "later", "fine")]
        self.mta.submit("news@sender.example", *people)
        for person, kind, text in zip(people, ("delivered", "failed", "rcpt-defer", "delivered"),
                                      ("250 2.0.0 OK", "550 5.1.1 no", "450 4.2.0 busy", "250 2.0.0 OK")):
            with self.subTest(person):
                got = self.results(recipient=person, log=False)
                self.assertEqual(len(got), 1)
                self.assertEqual(got[0]["kind"], kind)
                self.assertTrue(got[0]["text"].startswith(text), got[0]["text"])

    def test_tls(self):
        self.remote("tls.example", starttls=True, rcpt=TWO)
        self.mta.submit("news@sender.example", "a@tls.example")
        got = self.results(recipient="a@tls.example", log=False)[0]
        self.assertEqual((got["kind"], got["stage"], got["text"]), ("failed", "rcpt", TWO))
        self.results(recipient="a@tls.example", log=True)

    def test_tls_refused(self):
        """smtpd goes on in clear, in another session."""
        self.remote("notls.example", starttls="454 4.7.0 TLS not available due to temporary reason", rcpt=TWO)
        self.mta.submit("news@sender.example", "a@notls.example")
        got = self.results(recipient="a@notls.example")
        self.assertEqual([(one["kind"], one["text"]) for one in got if not one.get("from_log")], [("failed", TWO)])

    def two_hosts(self, name, first, second):
        """A domain with two servers, and their addresses."""
        servers = [self.remote(**first), self.remote(**second)]
        addresses = [server.address for server in servers]
        self.dns[name] = {"MX": [(10, f"one.{name}"), (20, f"two.{name}")]}
        for host, address in zip(("one", "two"), addresses):
            self.dns.host(f"{host}.{name}", address, mx=f"{host}.{name}")
        self.mta.submit("news@sender.example", f"a@{name}")
        return addresses

    def test_two_hosts(self):
        """The second one decides."""
        addresses = self.two_hosts("hosts.example", {"banner": "421 4.7.0 busy"}, {"rcpt": TWO})
        got = self.results(recipient="a@hosts.example", log=False)[0]
        self.assertEqual((got["kind"], got["text"], got["ip"]), ("failed", TWO, addresses[1]))
        self.assertEqual(len(self.results(recipient="a@hosts.example", log=True)), 1)

    def test_two_hosts_that_fail(self):
        addresses = self.two_hosts("nohosts.example", {"banner": "421 4.7.0 busy"}, {"ehlo": "550 5.7.1 not you"})
        got = self.results(recipient="a@nohosts.example", log=True)
        self.assertEqual(len(got), 1)
        self.assertIn((got[0]["text"], got[0]["ip"]), {("421 4.7.0 busy", addresses[0]), ("550 5.7.1 not you", addresses[1])})

    def test_alias(self):
        """The engine is asked about the address as it was given, and told of those that it stands for."""
        self.ns.path("/etc/aliases").write_text("team: one@alias.example, two@alias.example\n", encoding="ascii")
        self.mta.ctl("update", "table", "aliases")
        self.remote("alias.example", rcpt=lambda ask: TWO if ask.recipient.startswith("two") else None)
        self.mta.submit("news@sender.example", "team@sender.example")
        for person, kind in (("one", "delivered"), ("two", "failed")):
            got = self.results(recipient=f"{person}@alias.example", log=False)
            self.assertEqual([one["kind"] for one in got], [kind])
            self.assertEqual(len(self.results(recipient=f"{person}@alias.example", log=True)), 1)
        self.assertEqual(len(self.engine.of("submit", recipient="team@sender.example")), 1)

    def test_removed_by_hand(self):
        self.remote("byhand.example", rcpt="451 4.0.0 later")
        self.mta.submit("news@sender.example", "a@byhand.example")
        got = self.results(recipient="a@byhand.example", log=True)[0]
        self.mta.ctl("remove", got["id"])
        self.results(id=got["id"], kind="complete")


class Reader(RebuffCase):
    """The log reader's own life: rotation, restart, an engine that is away."""

    def deliver(self, name):
        self.mta.submit("news@sender.example", f"{name}@reader.example")
        return {"recipient": f"{name}@reader.example", "log": True}

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.remote("reader.example")

    def test_goes_on_where_it_stopped(self):
        self.results(**self.deliver("before"))
        self.assertEqual(self.reader.stop(), 0)
        meanwhile = self.deliver("meanwhile")
        self.mta.wait_log(r"to=<meanwhile@reader.example>.*result")
        type(self).reader = self.start_reader()
        self.results(**meanwhile)
        self.assertEqual(len(self.results_now(recipient="before@reader.example", log=True)), 1)

    def test_engine_away_loses_nothing(self):
        self.engine.stop()
        away = self.deliver("away")
        self.mta.wait_log(r"to=<away@reader.example>.*result")
        self.engine.start()
        self.results(**away)
        self.assertEqual(len(self.results_now(**away)), 1)

    def test_truncated_log(self):
        self.results(**self.deliver("long"))
        self.ns.run(["truncate", "-s", "0", self.mta.log_path])
        self.results(**self.deliver("short"))


JOURNALCTL = """#!/usr/bin/env python3
import os, sys, time
after = [a.split("=", 1)[1] for a in sys.argv if a.startswith("--after-cursor=")]
open("/run/journalctl.pid", "w").write(str(os.getpid()))
open("/run/journalctl", "a").write(" ".join(sys.argv[1:]) + "\\n")
shown = int(after[0]) if after else sum(1 for _ in open("/run/journal"))
while True:
    lines = open("/run/journal", "rb").read().split(b"\\n")[:-1]
    for number, line in list(enumerate(lines, 1))[shown:]:
        name = "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\\n" if line.startswith(b"Suppressed") else ""
        sys.stdout.buffer.write(f"__CURSOR={number}\\n{name}".encode() + b"MESSAGE=" + line + b"\\n\\n")
        sys.stdout.flush()
    shown = len(lines)
    time.sleep(0.02)
"""


class Journal(RebuffCase):
    """The log reader without a log file: a journalctl of ours shows what a real one would."""

    log_reader = False

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.ns.path("/usr/bin/journalctl").write_text(JOURNALCTL, encoding="ascii")
        cls.ns.path("/usr/bin/journalctl").chmod(0o755)
        cls.ns.path("/run/journal").write_text("an older line\n", encoding="ascii")
        for name in ("/run/journalctl", "/run/journalctl.pid"):
            cls.ns.run(["install", "-m", "0666", "/dev/null", name])
        cls.remote("journal.example")
        cls.reader = cls.start_journal_reader()

    @classmethod
    def start_journal_reader(cls):
        started = len(cls.calls())
        with open(cls.ns.path("/var/log/rebuff-smtpd-log"), "ab") as log:
            reader = cls.ns.popen(["/usr/libexec/rebuff/rebuff-smtpd-log"], user="rebuff", stdout=log, stderr=log)
        wait_until(lambda: len(cls.calls()) > started, what="journalctl to be called")
        return reader

    @classmethod
    def calls(cls):
        return cls.ns.path("/run/journalctl").read_text(encoding="ascii").splitlines()

    def happen(self, person):
        """A delivery of which only the journal tells."""
        with open(self.ns.path("/run/journal"), "a", encoding="ascii") as journal:
            journal.write(f"00000000000000ab mta delivery evpid=0123456789abcdef from=<news@sender.example> to=<{person}> "
                          f'rcpt=<-> source="192.0.2.1" relay="198.51.100.1 (mx.journal.example)" delay=1s '
                          f'result="TempFail" stat="451 4.7.1 later"\n')

    def said(self, text):
        path = self.ns.path("/var/log/rebuff-smtpd-log")
        return text in path.read_text(encoding="utf-8")

    def test_follows_and_goes_on_where_it_stopped(self):
        self.happen("a@journal.example")
        self.assertEqual(self.results(recipient="a@journal.example", log=True)[0]["text"], "451 4.7.1 later")
        self.assertIn("SYSLOG_IDENTIFIER=smtpd", self.calls()[0])
        wait_until(self.ns.path("/var/lib/rebuff-smtpd-log/place").exists, what="the place to be saved")
        self.reader.stop()
        self.happen("b@journal.example")
        type(self).reader = self.start_journal_reader()
        self.results(recipient="b@journal.example", log=True)
        self.assertEqual(len(self.results_now(recipient="a@journal.example")), 1)

    def test_a_gap_is_shown(self):
        with open(self.ns.path("/run/journal"), "a", encoding="ascii") as journal:
            journal.write("Suppressed 4711 messages from opensmtpd.service\n")
        wait_until(lambda: self.said("the journal has a gap (Suppressed 4711 messages from opensmtpd.service)"),
                   what="the gap to be shown")

    def test_journalctl_ends(self):
        """It is started again, and nothing is lost or told twice."""
        self.happen("c@journal.example")
        self.results(recipient="c@journal.example", log=True)
        started = len(self.calls())
        self.ns.run(["kill", self.ns.path("/run/journalctl.pid").read_text(encoding="ascii")])
        self.happen("d@journal.example")
        self.results(recipient="d@journal.example", log=True)
        self.assertIn("--after-cursor=", self.calls()[started])
        self.assertEqual(len(self.results_now(recipient="c@journal.example")), 1)


class AsShown(RebuffCase):
    """The configuration that is shipped, unchanged."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.mta.stop()
        shipped = (packages.TOP / "plugins/opensmtpd/conf/smtpd.conf").read_text(encoding="ascii")
        cls.ns.path("/etc/smtpd.conf").write_text(shipped, encoding="ascii")
        cls.ns.run(["smtpd", "-n", "-f", "/etc/smtpd.conf"])
        cls.mta.start()

    def test_runs(self):
        self.remote("shown.example", rcpt=TWO)
        self.mta.submit("news@sender.example", "a@shown.example")
        self.assertEqual(self.results(recipient="a@shown.example", log=False)[0]["text"], TWO)
        self.suppressed.add("b@shown.example")
        self.assertEqual(self.mta.submit("news@sender.example", "b@shown.example", check=False).returncode, 70)


if __name__ == "__main__":
    unittest.main()
