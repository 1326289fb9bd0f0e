"""Exim with the real engine: what is remembered of every outcome, once, and what the next attempt does."""


from harness import case
from harness.case import DELIVERED, FAILED, WAITING
from harness.sink import DROP, HANG

SENDER = "news@sender.example"


def once(reply):
    """A behaviour: this the first time it is asked about somebody, then the usual answer."""
    return lambda ask: reply if ask.count == 1 else None


def first_connections(number, reply):
    """A behaviour for banner and EHLO, which name nobody."""
    return lambda ask: reply if ask.count <= number else None


# A deferral that passes: name; server: behaviours; code and words that must be remembered.
DEFERRALS = [
    {"name": "greylisted", "server": {"rcpt": once("451 4.7.1 Greylisted, come back")}, "code": 451,
     "words": "Greylisted, come back", "counted": 0},
    {"name": "4xx_at_rcpt_many_lines", "server": {"rcpt": once("450-4.2.1 one\n450-4.2.1 two\n450 4.2.1 three")},
     "code": 450, "words": "one"},
    {"name": "4xx_at_mail", "server": {"mail": once("451 4.3.0 not now")}, "code": 451, "words": "not now"},
    {"name": "4xx_at_data", "server": {"data": once("451 4.3.0 not now")}, "code": 451, "words": "not now"},
    {"name": "4xx_at_dot", "server": {"dot": once("452 4.3.1 no space")}, "code": 452, "words": "no space"},
    {"name": "421_in_banner", "server": {"banner": first_connections(1, "421 4.3.2 busy")}, "code": 421,
     "words": "busy"},
    {"name": "421_at_ehlo", "server": {"ehlo": first_connections(2, "421 4.3.2 busy")}, "code": 421, "words": "busy"},
    {"name": "dropped_in_banner", "server": {"banner": first_connections(1, DROP)}, "code": 0, "words": ""},
    {"name": "dropped_at_dot", "server": {"dot": once(DROP)}, "code": 0, "words": ""},
    {"name": "hung_in_banner", "server": {"banner": first_connections(1, HANG)}, "code": 0, "words": ""},
]


class Spine(case.EngineCase):
    """The tests; a subclass says which Exim."""

    configuration = {"timeout": "4s", **case.EngineCase.configuration}

    def submit(self, *recipients, sender=SENDER, **kw):
        kw.setdefault("mode", "-odi")
        return self.mta.submit(sender, *recipients, **kw)

    def tearDown(self):
        self.assertEqual(self.mta.paniclog(), "")
        self.assertFalse([ident for ident, one in self.mta.queue().items() if one["frozen"] and one["sender"]])

    # Deferrals

    def check(self, server, code, words, counted=1):
        """counted: 0 for a deferral that is no attempt that counts."""
        domain, server = self.domain(**server)
        ident = self.submit(f"a@{domain}")
        [row] = self.wait_row(ident, WAITING)
        self.assertEqual((row["attempts"], row["recipient"], row["sender"]), (counted, f"a@{domain}", SENDER))
        [row] = self.wait_row(ident, DELIVERED)
        self.assertEqual(row["attempts"], counted + 1)
        events = self.events(ident)
        self.assertEqual([event["code"] for event in events], [code, 250])
        self.assertIn(words, events[0]["text"])
        [delivery] = server.deliveries
        self.assertGreater(delivery.time, (events[0]["time_ms"] + 1900) / 1000)

    def test_every_recipient_of_a_deferred_message_is_known(self):
        domain, server = self.domain(dot=once("451 4.3.0 not now"))
        recipients = [f"{name}@{domain}" for name in "abc"]
        ident = self.submit(*recipients)
        rows = self.wait_row(ident, WAITING, 3)
        self.assertEqual(sorted(row["recipient"] for row in rows), recipients)
        self.wait_row(ident, DELIVERED, 3)
        self.assertEqual(sorted(self.sink.delivered.values()), [1, 1, 1])

    def test_different_fates_in_one_message(self):
        answers = {"gone": "550 5.1.1 no such user", "later": "451 4.2.0 later", "spam": "550 5.7.1 policy"}
        domain, _ = self.domain(rcpt=lambda ask: None if ask.count > 1 and ask.recipient.startswith("later")
                                else answers.get(ask.recipient.split("@")[0]))
        ident = self.submit(*[f"{name}@{domain}" for name in ("ok", "gone", "later", "spam")])
        self.mta.wait_completed(ident)
        self.wait_row(ident, DELIVERED, 2)
        self.wait_row(ident, FAILED, 2)
        self.assertEqual(sorted(one for delivery in self.sink.deliveries for one in delivery.recipients),
                         [f"later@{domain}", f"ok@{domain}"])
        listed = self.suppressed()
        self.assertIn(f"gone@{domain}", listed)
        self.assertNotIn(f"spam@{domain}", listed)

    def test_refused_connection_then_accepted(self):
        domain, server = self.domain()
        server.refuse_connections()
        ident = self.submit(f"a@{domain}")
        self.wait_row(ident, WAITING)
        server.listen_again()
        self.sink.wait_delivered(1)
        [row] = self.wait_row(ident, DELIVERED)
        self.assertGreaterEqual(row["attempts"], 2)

    def test_second_host_takes_what_the_first_refused(self):
        domain, server = self.domain()
        first = self.remote(f"first.{domain}", banner="421 4.3.2 busy")
        self.dns[domain] = {"MX": [(5, f"mx.first.{domain}"), (10, f"mx.{domain}")]}
        ident = self.submit(f"a@{domain}")
        self.wait_row(ident, DELIVERED)
        self.assertEqual((first.connections, len(server.deliveries)), (1, 1))
        [row] = self.delivery(ident)
        self.assertEqual(row["attempts"], 1)

    def test_servfail_is_learnt_from_the_log(self):
        domain, _ = self.domain()
        answer = self.dns.records[domain]
        self.dns[domain] = "SERVFAIL"
        ident = self.submit(f"a@{domain}")
        [row] = self.wait_row(ident, WAITING)
        self.assertEqual(row["attempts"], 1)
        self.dns[domain] = answer
        self.sink.wait_delivered(1)
        self.wait_row(ident, DELIVERED)

    # Failures

    def failed(self, reply, stage="rcpt"):
        domain, server = self.domain(**{stage: reply})
        ident = self.submit(f"a@{domain}")
        self.mta.wait_completed(ident)
        self.wait_row(ident, FAILED)
        return domain, ident, server

    def test_unknown_user_is_suppressed_and_refused(self):
        reply = "550-5.1.1 The email account that you tried to reach\n550 5.1.1 does not exist"
        domain, ident, server = self.failed(reply)
        entry = self.suppressed()[f"a@{domain}"]
        self.assertEqual((entry["class"], entry["category"]), ("bounce", "address-bad"))
        self.assertIn("that you tried to reach", entry["evidence"])
        self.assertEqual(len(self.events(ident)), 1)
        asked = len(server.asks)
        with self.mta.smtp() as client:
            client.ehlo()
            client.mail(SENDER)
            code, text = client.rcpt(f"A@{domain.upper()}")
            self.assertEqual(code, 550)
            self.assertIn(b"does not exist", b" ".join(text.split()))
            self.assertEqual(client.rcpt(f"b@{domain}")[0], 250)
        again = self.submit(f"a@{domain}")
        self.mta.wait_log(rf"{again} \*\* a@{domain} R=rebuff_gate")
        self.mta.wait_completed(again)
        self.assertEqual(len(server.asks), asked)

    def test_null_sender_mail_to_a_suppressed_address_goes_out(self):
        domain, _, server = self.failed("550 5.1.1 no such user")
        server.rcpt = None
        with self.mta.smtp() as client:
            client.ehlo()
            client.mail("")
            self.assertEqual(client.rcpt(f"a@{domain}")[0], 250)
        self.submit(f"a@{domain}", sender="")
        self.assertEqual(self.sink.wait_delivered(1)[0].sender, "")

    def test_policy_refusal_suppresses_nobody(self):
        for stage, reply in (("rcpt", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
                              "zen.spamhaus.org"), ("dot", "550 5.7.1 message content rejected as spam"),
                             ("mail", "550 5.7.1 sender refused")):
            with self.subTest(stage):
                domain = f"policy-{stage}.example"
                self.remote(domain, **{stage: reply})
                ident = self.submit(f"a@{domain}")
                self.mta.wait_completed(ident)
                self.wait_row(ident, FAILED)
                self.assertNotIn(f"a@{domain}", self.suppressed())

    def test_554_banner_is_one_attempt_and_suppresses_nobody(self):
        domain, ident, _ = self.failed("554 5.7.1 you are blocked", stage="banner")
        self.assertEqual([(event["code"], event["attempt"]) for event in self.events(ident)], [(554, 1)])
        self.assertNotIn(f"a@{domain}", self.suppressed())

    def test_full_mailbox_is_soft(self):
        domain, _, _ = self.failed("552 5.2.2 mailbox is over quota")
        self.assertNotIn(f"a@{domain}", self.suppressed())

    def test_null_mx_is_suppressed_and_a_dead_domain_not_yet(self):
        self.dns["null-mx.example"] = {"MX": [(0, "")]}
        for domain, listed in (("null-mx.example", True), ("no-such-domain.example", False)):
            with self.subTest(domain):
                ident = self.submit(f"a@{domain}")
                self.mta.wait_completed(ident)
                self.wait_row(ident, FAILED)
                self.assertEqual(f"a@{domain}" in self.suppressed(), listed)

    def test_handshake_that_fails_is_no_failure(self):
        domain, _ = self.domain(starttls=DROP)
        ident = self.submit(f"a@{domain}")
        [row] = self.wait_row(ident, DELIVERED)
        self.assertEqual(row["attempts"], 1)
        self.assertEqual([event["code"] for event in self.events(ident)], [250])

    # Whom it is about

    def test_forms_of_one_address_are_one(self):
        domain, _, _ = self.failed("550 5.1.1 no such user")
        with self.mta.smtp() as client:
            client.ehlo()
            client.mail(SENDER)
            self.assertEqual([client.rcpt(form)[0] for form in (f'"a"@{domain}', f"A@{domain}", f'"A"@{domain.upper()}')],
                             [550, 550, 550])

    def test_aliases_are_remembered_by_their_targets(self):
        domain, _ = self.domain(rcpt=lambda ask: "550 5.1.1 no such user" if ask.recipient.startswith("x") else None)
        self.mta.aliases(**{"everybody": f"x@{domain}, y@{domain}"})
        ident = self.submit("everybody@sender.example")
        self.mta.wait_completed(ident)
        self.assertEqual(len(self.delivery(ident, 2)), 2)
        self.assertIn(f"x@{domain}", self.suppressed())
        self.assertNotIn("everybody@sender.example", self.suppressed())

    def test_wakes_are_not_early_and_none_twice(self):
        domain, _ = self.domain(rcpt=once("451 4.7.1 greylisted"))
        idents = self.mta.submit_many([(SENDER, [f"u{n}@{domain}"], None) for n in range(30)], queue_only=False)
        self.sink.wait_delivered(30)
        for ident in idents:
            self.wait_row(ident, DELIVERED)
            self.assertEqual(len(self.events(ident)), 2)
        self.assertEqual(set(self.sink.delivered.values()), {1})
        first = {ask.recipient: ask.time for ask in self.sink.asks if ask.stage == "rcpt" and ask.count == 1}
        for delivery in self.sink.deliveries:
            self.assertGreater(delivery.time - first[delivery.recipients[0]], 1.9)

    def test_stock_queue_run_leaves_what_waits_alone(self):
        domain, server = self.domain(rcpt="451 4.7.1 greylisted")
        self.retry(domain, "greylisted", "1h")
        ident = self.submit(f"a@{domain}")
        self.wait_row(ident, WAITING)
        for args in (("-q",), ("-qf",), ("-Mc", ident)):
            self.mta.queue_run(*args)
        self.assertEqual(len([ask for ask in server.asks if ask.stage == "rcpt"]), 1)
        self.mta.run("-Mrm", ident)


@case.table(DEFERRALS)
class Heavy(Spine):
    flavour = "heavy"


@case.table(DEFERRALS)
class Light(Spine):
    flavour = "light"


del Spine
