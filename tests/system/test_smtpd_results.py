"""Every outcome of an attempt reaches the engine: right recipient, right kind, stage and text."""

import unittest

from harness import packages
from harness.dnsstub import SERVFAIL
from harness.sink import DROP
from smtpd_fixture import RebuffCase

TWO = "550-5.1.1 The account that you tried\n550 5.1.1 does not exist | really"

# name, behaviours of the remote server, what a result must say; direct: the filter saw the envelope
OUTCOMES = [
    ("delivered", {}, {"kind": "delivered", "stage": "dot", "code": "250"}, True),
    ("rcpt5", {"rcpt": TWO}, {"kind": "failed", "stage": "rcpt", "code": "550", "text": TWO}, True),
    ("rcpt4", {"rcpt": "452 4.2.2 full"},
     {"kind": "rcpt-defer", "stage": "rcpt", "code": "452", "text": "452 4.2.2 full"}, True),
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
