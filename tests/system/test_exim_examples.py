"""Each of lua/examples in a real Exim, unchanged: one reload each, one message, and what became of it."""

from harness import case, packages
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


class Examples(case.EngineCase):
    policy = 'rebuff.default.mode = "act"\n'

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
        ident = self.mta.submit(example.get("sender", SENDER), example["to"], mode="-odi")
        [row] = self.wait_row(ident, example["state"])
        if "wait" in example:
            self.expect_next(row, example["wait"])
        for name in ("provider", "stream"):
            if name in example:
                self.assertEqual(row[name], example[name])
        self.assertNotIn(example["to"], self.suppressed())
        rates = self.engine.rows("SELECT rate FROM pace WHERE provider = ?", row["provider"])
        self.assertEqual([one["rate"] for one in rates], [example["rate"]] if "rate" in example else [])
        holds = self.engine.rows("SELECT * FROM hold WHERE ended_ms = 0 AND provider = ?", row["provider"])
        self.assertEqual(bool(holds), example.get("held", False))
        [event] = self.events(ident)
        self.assertEqual(event["suppressed"], example.get("event", 0))

    def test_each_example(self):
        self.assertEqual(sorted(path.name for path in EXAMPLES.glob("*.lua") if ".test" not in path.name),
                         sorted(row["name"] + ".lua" for row in ROWS))
        for example in ROWS:
            with self.subTest(example["name"]):
                self.use(example["name"])
                self.check_row(example)

    def test_a_broken_file_leaves_the_policy_in_force(self):
        self.use("partner")
        self.engine.policy("providers/example.lua", "local p = rebuff.provider 'partner'\np.lifetme = '1d'\n")
        done = self.engine.run("reload", check=False, stderr=-1)
        self.assertEqual(done.returncode, 1)
        self.assertIn('providers/example.lua:2: a provider has nothing called "lifetme"; did you mean "lifetime"?',
                      done.stderr)
        self.remote("second.partner.example", mx="mx2.partner.example", rcpt=lambda ask: "451 4.3.0 later")
        ident = self.mta.submit(SENDER, "b@second.partner.example", mode="-odi")
        [row] = self.wait_row(ident, WAITING)
        self.expect_next(row, 120)

    def test_a_hook_that_fails_is_shown_and_mail_goes_on(self):
        self.engine.policy("providers/example.lua",
                           "function rebuff.default.decide(event, decision) error('no such luck') end\n")
        self.engine.reload()
        domain, _ = self.domain(rcpt=lambda ask: "451 4.3.0 later")
        for name in "abcdef":
            ident = self.mta.submit(SENDER, f"{name}@{domain}", mode="-odi")
            [row] = self.wait_row(ident, WAITING)
            self.expect_next(row, 900)
        self.assertIn("OFF UNTIL RELOAD: decide of default", self.engine.run("status").stdout)
        [hook] = self.engine.status()["engine"]["hooks"]
        self.assertEqual((hook["off"], hook["failures"], hook["calls"]), (True, 5, 5))
        self.assertIn("no such luck", hook["problem"])
        self.use("vacation")
        self.assertEqual(self.engine.status()["engine"]["hooks"], [])

    def test_what_is_under_way_survives_a_reload(self):
        self.use("vacation")
        domain, _ = self.domain(rcpt=lambda ask: "452 4.2.2 Mailbox full" if ask.recipient.startswith("full")
                                else "550 5.1.1 User unknown")
        ident = self.mta.submit(SENDER, f"full@{domain}", mode="-odi")
        [before] = self.wait_row(ident, WAITING)
        self.wait_row(self.mta.submit(SENDER, f"gone@{domain}", mode="-odi"), FAILED)
        self.engine.run("hold", domain, "--reason", "a test")
        self.use("partner")
        [after] = self.wait_row(ident, WAITING)
        self.assertEqual({name: before[name] for name in ("due_ms", "attempts", "first_failure_ms", "category")},
                         {name: after[name] for name in ("due_ms", "attempts", "first_failure_ms", "category")})
        self.assertIn(f"gone@{domain}", self.suppressed())
        self.assertTrue(self.engine.rows("SELECT * FROM hold WHERE ended_ms = 0 AND provider = ?", domain))
