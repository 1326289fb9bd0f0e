"""What Exim's plugin tells the engine about every outcome: with several recipients, hosts or routes too.

The engine's end of the wire is scripted here, so that each report is seen as it was sent.
"""
from harness import case, exim
from harness.sink import DROP, HANG
from harness.wire import FakeEngine

GO = {"action": "go"}
LONG = "\n".join([f"451-4.7.1 line {n} {'x' * 60}" for n in range(40)] + ["451 4.7.1 end"])
LONG_FAIL = LONG.replace("451", "550").replace("4.7.1", "5.7.1")


def joined(reply):
    """A multi-line reply as Exim hands it on."""
    return reply.replace("\n", "\\n")


def after(command, reply):
    return f"SMTP error from remote mail server after {command}: {joined(reply)}"


def rcpt(address):
    return f"RCPT TO:<{address}>"


# Two more ways for mail to leave, beside the usual one.
ROUTES = {
    "more_routers": """
behind:
  driver = manualroute
  domains = behind.example
  transport = remote_smtp
  route_list = * mx.smarthost.example
second:
  driver = manualroute
  domains = second.example
  transport = second_smtp
  route_list = * mx.elsewhere.example
""",
    "more_transports": "second_smtp:\n  driver = smtp\n" + exim.REBUFF["transport"],
}

# name; server: behaviours; to: local parts; want: {local part: [(kind, stage, code, text or None)]} in
# order, "-" for a recipient of whom nothing is said; delivered: local parts that were accepted.
ROWS = [
    {"name": "accepted", "to": ["a", "b"], "delivered": ["a", "b"],
     "want": {"a": [("delivered", "dot", None, "250 2.0.0 fine")],
              "b": [("delivered", "dot", None, "250 2.0.0 fine")]},
     "server": {"dot": None}},
    {"name": "5xx_at_mail", "to": ["a", "b"], "server": {"mail": "550 5.7.1 sender refused"},
     "want": {"a": [("failed", "mail", None, "550 5.7.1 sender refused")],
              "b": [("failed", "mail", None, "550 5.7.1 sender refused")]}},
    {"name": "5xx_at_rcpt", "to": ["a"], "server": {"rcpt": "550-5.1.1 no such\n550 5.1.1 user"},
     "want": {"a": [("failed", "rcpt", None, "550-5.1.1 no such\n550 5.1.1 user")]}},
    {"name": "5xx_at_data", "to": ["a"], "server": {"data": "554 5.5.1 no"},
     "want": {"a": [("failed", "data", None, "554 5.5.1 no")]}},
    {"name": "5xx_at_dot", "to": ["a", "b"], "server": {"dot": "550 5.7.1 spam"},
     "want": {"a": [("failed", "dot", None, "550 5.7.1 spam")],
              "b": [("failed", "dot", None, "550 5.7.1 spam")]}},
    {"name": "4xx_at_rcpt", "to": ["a"], "server": {"rcpt": "451-4.3.0 not\n451 4.3.0 now"},
     "want": {"a": [("host-defer", "rcpt", "451", "451-4.3.0 not\n451 4.3.0 now"),
                    ("rcpt-defer", "rcpt", "451", "451-4.3.0 not\n451 4.3.0 now")]}},
    {"name": "4xx_at_rcpt_two_hosts", "to": ["a"], "hosts": 2, "server": {"rcpt": "450 4.2.1 slow"},
     "want": {"a": [("host-defer", "rcpt", "450", None), ("host-defer", "rcpt", "450", None),
                    ("rcpt-defer", "rcpt", "450", "450 4.2.1 slow")]}},
    {"name": "452_among_accepted", "to": ["a", "full"], "delivered": ["a"],
     "server": {"rcpt": lambda ask: "452 4.2.2 full" if ask.recipient.startswith("full") else None},
     "want": {"a": [("delivered", "dot", None, None)],
              "full": [("host-defer", "rcpt", "452", "452 4.2.2 full"),
                       ("host-defer", "rcpt", "452", "452 4.2.2 full"),
                       ("rcpt-defer", "rcpt", "452", "452 4.2.2 full")]}},
    {"name": "4xx_at_mail", "to": ["a", "b"], "server": {"mail": "451 4.3.0 later"},
     "want": {"a": [("message-defer", "mail", None, "451 4.3.0 later")], "b": []}},
    {"name": "4xx_at_data", "to": ["a", "b"], "server": {"data": "451 4.3.0 later"},
     "want": {"a": [("message-defer", "data", None, "451 4.3.0 later")], "b": []}},
    {"name": "4xx_at_dot", "to": ["a", "b"], "server": {"dot": "451 4.3.0 later"},
     "want": {"a": [("message-defer", "dot", None, "451 4.3.0 later")], "b": []}},
    {"name": "421_banner", "to": ["a", "b"], "server": {"banner": "421 4.7.0 busy"},
     "want": {"a": [("host-defer", "banner", None, "421 4.7.0 busy"),
                    ("message-defer", "banner", None, "421 4.7.0 busy")], "b": []}},
    {"name": "421_ehlo", "to": ["a"], "server": {"ehlo": "421 4.7.0 busy"},
     "want": {"a": [("host-defer", "ehlo", None, "421 4.7.0 busy"),
                    ("message-defer", "ehlo", None, "421 4.7.0 busy")]}},
    {"name": "refused_connection", "to": ["a"], "refuse": True,
     "want": {"a": [("host-defer", "connect", None, None), ("message-defer", "connect", None, None)]}},
    {"name": "timeout_at_banner", "to": ["a"], "server": {"banner": HANG},
     "want": {"a": [("host-defer", "connect", None, None), ("message-defer", "connect", None, None)]}},
    {"name": "dropped_at_banner", "to": ["a"], "server": {"banner": DROP},
     "want": {"a": [("host-defer", "connect", None, None), ("message-defer", "connect", None, None)]}},
    {"name": "dropped_at_dot", "to": ["a"], "server": {"dot": DROP},
     "want": {"a": [("message-defer", "dot", None, None)]}},
    {"name": "554_banner", "to": ["a"], "server": {"banner": "554 5.7.1 blocked"},
     "want": {"a": [("host-defer", "banner", None, "554 5.7.1 blocked"),
                    ("message-defer", "banner", None, "554 5.7.1 blocked"),
                    ("failed", "banner", None, "554 5.7.1 blocked")]}},
    {"name": "handshake_fails_then_clear", "to": ["a"], "server": {"starttls": DROP}, "delivered": ["a"],
     "want": {"a": [("host-defer", "tls", None, None), ("delivered", "dot", None, None)]}},
    {"name": "starttls_refused", "to": ["a"], "server": {"starttls": "454 4.7.0 not now"}, "delivered": ["a"],
     "want": {"a": [("delivered", "dot", None, None)]}},
    {"name": "unknown_domain", "to": ["a"], "dns": None,
     "want": {"a": [("failed", "dns", None, None)]}},
    {"name": "null_mx", "to": ["a"], "dns": {"MX": [(0, "")]},
     "want": {"a": [("failed", "dns", None, None)]}},
    {"name": "servfail_raises_no_event", "to": ["a"], "dns": "SERVFAIL", "want": {"a": []}},
    {"name": "long_deferral_is_whole", "to": ["a"], "server": {"rcpt": LONG},
     "want": {"a": [("host-defer", "rcpt", "451", LONG), ("rcpt-defer", "rcpt", "451", LONG)]}},
    {"name": "eight_bit_reply", "to": ["a"], "server": {"rcpt": b"550 5.1.1 kein Empf\xe4nger \x01 \\n | = da"},
     "want": {"a": [("failed", "rcpt", None, r"550 5.1.1 kein Empf\344nger \001 \n | = da")]}},
    {"name": "upper_case_and_quoted", "to": ["John.Smith", '"x,y :fail: z"'], "delivered": ["John.Smith", '"x,y :fail: z"'],
     "want": {"john.smith": [("delivered", "dot", None, None)], '"x,y :fail: z"': [("delivered", "dot", None, None)]}},
    {"name": "different_fates", "to": ["a", "gone", "later"], "delivered": ["a"],
     "server": {"rcpt": lambda ask: {"gone": "550 5.1.1 gone", "later": "451 4.2.0 later"}.get(
         ask.recipient.split("@")[0])},
     "want": {"a": [("delivered", "dot", None, None)], "gone": [("failed", "rcpt", None, "550 5.1.1 gone")],
              "later": [("host-defer", "rcpt", "451", None), ("rcpt-defer", "rcpt", "451", "451 4.2.0 later")]}},
]


class Plugged(case.EximCase):
    """Exim with rebuff's configuration and a scripted engine."""

    staged = True

    @classmethod
    def prepare(cls):
        cls.engine = FakeEngine(cls.ns)
        cls.addClassCleanup(cls.engine.close)
        cls.configuration = {"timeout": "3s", **exim.REBUFF, **ROUTES}
        super().prepare()

    def setUp(self):
        self.engine.forget()
        self.engine.answers.clear()
        self.sink.forget()


class Table(Plugged):
    def check(self, to, want, server=None, hosts=1, refuse=False, dns="server", delivered=()):
        domain = self.id().rsplit(".", 1)[-1].replace("_", "-") + ".example"
        if dns == "server":
            self.serve(domain, server or {}, hosts, refuse)
        elif dns:
            self.dns[domain] = dns
        ident = self.mta.submit("news@sender.example", *[f"{one}@{domain}" for one in to], mode="-odi")
        if delivered:
            self.sink.wait(lambda: sum(len(one.recipients) for one in self.sink.deliveries) >= len(delivered))
        # The last word of an attempt is in the log, its report went out before.
        self.mta.wait_log(rf"{ident} (Completed|==)")
        got = sorted(one for delivery in self.sink.deliveries for one in delivery.recipients)
        self.assertEqual(got, sorted(f"{one}@{domain}" for one in delivered))
        results = [one for one in self.engine.of("result") if one["kind"] != "complete"]
        for local, rows in want.items():
            with self.subTest(local):
                self.compare([one for one in results if one["recipient"] == f"{local}@{domain}"], rows, ident)
        self.assertEqual(len(results), sum(map(len, want.values())), results)
        asked = sorted(one["recipient"] for one in self.engine.of("gate"))
        self.assertEqual(asked, sorted(f"{one}@{domain}" for one in to))
        self.assertEqual(self.mta.paniclog(), "")

    def serve(self, domain, behaviours, hosts, refuse):
        names = []
        for number in range(hosts):
            server = self.remote(f"{number}.{domain}", **behaviours)
            if behaviours.get("dot") is None and "dot" in behaviours:
                server.dot = "250 2.0.0 fine"
            if refuse:
                server.refuse_connections()
            names.append((10 + number, f"mx.{number}.{domain}"))
        self.dns[domain] = {"MX": names}

    def compare(self, results, rows, ident):
        got = [(one["kind"], one["stage"], one.get("code") if row[2] else None)
               for one, row in zip(results, [*rows, *[(0, 0, 0)] * len(results)])]
        self.assertEqual(got, [row[:3] for row in rows])
        for one, (_, _, _, text) in zip(results, rows):
            self.assertEqual(one["id"], ident)
            self.assertEqual(one["sender"], "news@sender.example")
            self.assertEqual(one["mta"], "exim")
            if one["stage"] != "dns":
                self.assertTrue(one["ip"].startswith("198.51.100."), one)
            if text:
                self.assertTrue(one["text"].endswith(joined(text)), f"got {one['text']!r}, want it to end {text!r}")


@case.table(ROWS)
class Heavy(Table):
    flavour = "heavy"


@case.table(ROWS)
class Light(Table):
    flavour = "light"


class Others(Plugged):
    """Mail that takes another way."""

    def submit(self, *recipients, sender="news@sender.example"):
        return self.mta.submit(sender, *recipients, mode="-odi")

    def test_alias_is_asked_and_told_by_its_targets(self):
        self.remote("target.example")
        self.mta.aliases(team="a@target.example, b@target.example")
        self.submit("team@sender.example")
        self.sink.wait(lambda: sum(len(one.recipients) for one in self.sink.deliveries) == 2)
        targets = ["a@target.example", "b@target.example"]
        self.assertEqual(sorted(one["recipient"] for one in self.engine.of("gate")), targets)
        self.engine.wait("result", 2, kind="delivered")
        self.assertEqual(sorted(one["recipient"] for one in self.engine.of("result", kind="delivered")), targets)

    def test_null_sender_failure_is_told_and_frozen(self):
        self.remote("frozen.example", rcpt="550 5.1.1 no")
        ident = self.submit("a@frozen.example", sender="")
        self.mta.wait_log(rf"{ident} Frozen")
        [result] = self.engine.of("result", recipient="a@frozen.example")
        self.assertEqual((result["sender"], result["kind"]), ("", "failed"))

    def test_list_message(self):
        self.remote("list.example")
        recipients = [f"u{number}@list.example" for number in range(self.list_size)]
        ident = self.mta.submit_many([("news@sender.example", recipients, None)])[0]
        self.mta.run("-M", ident, timeout=240)
        self.mta.wait_completed(ident)
        for kind, want in (("submit", {}), ("gate", {}), ("result", {"kind": "delivered"})):
            self.assertEqual(sorted(one["recipient"] for one in self.engine.of(kind, **want)), sorted(recipients))
        self.assertEqual(max(self.sink.delivered.values()), 1)
        self.assertEqual(len(self.sink.delivered), self.list_size)

    def test_second_transport_reports_too(self):
        server = self.remote("elsewhere.example")
        ident = self.submit("a@second.example", "b@second.example")
        self.mta.wait_completed(ident)
        self.assertEqual(len(server.deliveries), 1)
        self.assertEqual([(one["transport"], one["host"]) for one in self.engine.of("result", kind="delivered")],
                         [("second_smtp", "mx.elsewhere.example")] * 2)

    def test_smarthost_is_told_and_the_recipients_own_mx_asked(self):
        self.remote("smarthost.example", rcpt="550 5.1.1 no")
        self.dns.host("behind.example", "198.51.100.250")
        self.submit("a@behind.example")
        [ask] = self.engine.of("gate")
        self.assertEqual(ask["mx"], "mx.behind.example")
        [result] = self.engine.of("result", kind="failed")
        self.assertEqual(result["host"], "mx.smarthost.example")


class OthersHeavy(Others):
    flavour = "heavy"
    list_size = 5000

    def test_smtputf8_recipient(self):
        self.remote("utf8.example")
        with self.mta.smtp() as client:
            client.ehlo()
            client.sendmail("news@sender.example", ["j\u00f6rg@utf8.example"], b"Subject: x\r\n\r\nx\r\n",
                            mail_options=["SMTPUTF8"])
        self.assertEqual(self.sink.wait_delivered(1)[0].recipients, ["j\u00f6rg@utf8.example"])
        # Exim's quote_local_part quotes what is beyond ASCII: the same address, and one form in both.
        self.assertEqual(self.engine.of("gate")[0]["recipient"], '"j\u00f6rg"@utf8.example')
        self.assertEqual(self.engine.wait("result")[0]["recipient"], '"j\u00f6rg"@utf8.example')


class OthersLight(Others):
    flavour = "light"
    list_size = case.scale(500, 5000)


del Others, Table, Plugged
