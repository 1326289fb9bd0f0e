"""Each of lua/examples in a real Exim, and what a reload keeps."""

from examples import SENDER, Examples
from harness import case
from harness.case import FAILED, WAITING


class EximExamples(Examples, case.EngineCase):
    def attempted(self, sender, recipient, state):
        [row] = self.wait_row(self.mta.submit(sender, recipient, mode="-odi"), state)
        return row

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
