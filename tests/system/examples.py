"""Each of lua/examples in a real mail server, unchanged: one reload each, one message, and what became of it.

A mixin for a case with `engine`, `remote` and `attempted`.
"""

from harness import packages
from harness.case import FAILED, WAITING

EXAMPLES = packages.TOP / "lua" / "examples"
SENDER = "news@sender.example"
TOO_FAST = ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n"
            "421 4.7.28 from your IP address.")

# name: the example; what the server answers at RCPT; then what must be true: state of the recipient, seconds
# to the next attempt (without jitter), provider, stream, suppressed, messages a minute, held, and suppressed as
# the event has it (2: would have been).
ROWS = [
    {"name": "french-isp", "to": "a@orange.fr", "mx": "smtp-in.orange.fr",
     "reply": "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. OFR004_104 [104]",
     "state": WAITING, "wait": 600, "provider": "orange", "rate": 6},
    {"name": "hosted-domain", "to": "a@hosted.example", "mx": "mx1.mail.hosted.example",
     "reply": "451 4.3.0 Temporary system problem", "state": WAITING, "wait": 900, "provider": "gmail"},
    {"name": "gmail-strict", "to": "a@gmail.com", "mx": "gmail-smtp-in.l.google.com", "reply": TOO_FAST,
     "state": WAITING, "wait": 1800, "provider": "gmail", "rate": 20},
    {"name": "partner", "to": "orders@partner.example", "mx": "mx.partner.example",
     "reply": "451 4.3.0 Temporary system problem", "state": WAITING, "wait": 120, "provider": "partner"},
    {"name": "never-suppress", "to": "a@customer.example", "mx": "mx.customer.example",
     "sender": "invoices@sender.example", "reply": "550 5.1.1 User unknown", "state": FAILED, "stream": "invoices"},
    {"name": "one-time-codes", "to": "b@shopper.example", "mx": "mx.shopper.example",
     "sender": "code@sender.example", "reply": "451 4.7.1 Greylisted, please try again later", "state": WAITING,
     "wait": 60, "stream": "codes"},
    {"name": "qq", "to": "a@qq.com", "mx": "mx1.qq.com",
     "reply": "550 Ip frequency limited. https://service.mail.qq.com/detail/122", "state": FAILED, "provider": "qq",
     "rate": 4, "held": True},
    {"name": "vacation", "to": "a@holiday.example", "mx": "mx.holiday.example", "reply": "452 4.2.2 Mailbox full",
     "state": WAITING, "wait": 43200},
    {"name": "observe-one", "to": "a@yahoo.com", "mx": "mta5.am0.yahoodns.net", "reply": "550 5.1.1 User unknown",
     "state": FAILED, "provider": "yahoo", "event": 2},
    {"name": "new-provider", "to": "a@townnet.example", "mx": "mx1.mx.townnet.example",
     "reply": "451 TN-301 see our page", "state": WAITING, "wait": 1200, "provider": "townnet", "rate": 0.5},
]


class Examples:
    policy = 'rebuff.default.mode = "act"\n'

    def attempted(self, sender, recipient, state):
        """Hand in a message and return its row in the engine's memory once it is in that state."""
        raise NotImplementedError

    def use(self, name):
        """The example is all that the operator has beside the mode."""
        text = (EXAMPLES / f"{name}.lua").read_text(encoding="utf-8")
        self.engine.policy("providers/example.lua", text)
        self.engine.reload()

    def expect_next(self, row, wait):
        got = (row["due_ms"] - row["closed_ms"]) / 1000
        self.assertTrue(0.79 * wait <= got <= 1.21 * wait, f"the next attempt is {got} s away, expected about {wait}")

    def check_row(self, example):
        domain = example["to"].split("@")[1]
        self.remote(domain, mx=example["mx"], rcpt=lambda ask: example["reply"])
        row = self.attempted(example.get("sender", SENDER), example["to"], example["state"])
        if "wait" in example:
            self.expect_next(row, example["wait"])
        for name in ("provider", "stream"):
            if name in example:
                self.assertEqual(row[name], example[name])
        self.assertNotIn(example["to"], [entry["address"] for entry in self.engine.json("suppress", "list")])
        rates = self.engine.rows("SELECT rate FROM pace WHERE provider = ?", row["provider"])
        self.assertEqual([one["rate"] for one in rates], [example["rate"]] if "rate" in example else [])
        holds = self.engine.rows("SELECT * FROM hold WHERE ended_ms = 0 AND provider = ?", row["provider"])
        self.assertEqual(bool(holds), example.get("held", False))
        [event] = self.engine.rows("SELECT * FROM event WHERE id = ?", row["id"])
        self.assertEqual(event["suppressed"], example.get("event", 0))

    def test_each_example(self):
        self.assertEqual(sorted(path.name for path in EXAMPLES.glob("*.lua") if ".test" not in path.name),
                         sorted(row["name"] + ".lua" for row in ROWS))
        for example in ROWS:
            with self.subTest(example["name"]):
                self.use(example["name"])
                self.check_row(example)
