"""Bounces that come as messages, in a real Exim: signed return paths, a real remote Exim that accepts and
refuses later, the pipe, and what happens while the engine is away."""

import os
import pathlib
import signal

from harness import case, exim
from harness.far import OURS, Far
from harness.namespace import wait_until

SENDER = "news@sender.example"          # its domain signs
PLAIN = "app@mail.sender.example"       # its domain does not
SIGNED = r"^rbf=[a-z2-7]{23}=news@sender\.example$"
VERP = {**exim.REBUFF,
        "main": "REBUFF_VERP = sender.example\nREBUFF_CONSUMED = *@bounces.sender.example\n"
                "REBUFF_COPIED = fbl@sender.example\nhost_lookup = *\n" + exim.REBUFF["main"]}
UNVERIFIED, PROBABLE, PROVEN = range(3)


def bounce(to, recipient, reply="550 5.1.1 no such user", returned=""):
    """A bounce as Postfix writes them."""
    return (f"From: MAILER-DAEMON@mx.remote.example\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n"
            "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            f"--b\n\nIt did not work.\n\n--b\nContent-Type: message/delivery-status\n\n"
            f"Reporting-MTA: dns; mx.remote.example\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\n"
            f"Status: 5.1.1\nDiagnostic-Code: smtp; {reply}\n\n--b\nContent-Type: text/rfc822-headers\n\n"
            f"{returned or 'Subject: hello'}\n\n--b--\n")


class Bounces(case.EngineCase):
    """What the tests share."""

    configuration = {**VERP, "interfaces": "127.0.0.1"}

    def tearDown(self):
        self.assertEqual(self.mta.paniclog(), "")

    def submit(self, *recipients, sender=SENDER, **kw):
        kw.setdefault("mode", "-odi")
        return self.mta.submit(sender, *recipients, **kw)

    def receive(self, to, data, sender=""):
        """A message from another host; the code and text at the end of data."""
        with self.mta.smtp() as client:
            client.ehlo()
            client.mail(sender)
            code, text = client.rcpt(to)
            self.assertEqual(code, 250, text)
            return client.data(data)

    def late(self, recipient, number=1, trust=None):
        """What is recorded of bounces to this recipient."""
        return wait_until(lambda: (lambda rows: rows if len(rows) >= number else None)(self.engine.rows(
            "SELECT * FROM late WHERE recipient = ? AND trust >= ? ORDER BY late", recipient, trust or 0)),
            what=f"{number} late bounces of {recipient}")

    def arrived(self, number, state=1):
        return wait_until(lambda: (lambda rows: rows if len(rows) >= number else None)(self.engine.rows(
            "SELECT * FROM arrival WHERE state = ?", state)), what=f"{number} arrivals in state {state}")

    def refused_at_submission(self, recipient, sender=SENDER):
        with self.mta.smtp() as client:
            client.ehlo()
            client.mail(sender)
            code, text = client.rcpt(recipient)
        return code == 550 and b"rebuff" in text


class Paths(Bounces):
    """Signed return paths with scripted servers."""

    def check_rotation(self):
        """A key is made while a greylisted message waits: its return path stays; mail after that has another."""
        domain, server = self.domain(rcpt=lambda ask: "451 4.7.1 Greylisted, come back" if ask.count == 1 else None)
        ident = self.submit(f"lucy@{domain}")
        self.wait_row(ident, case.WAITING)
        self.engine.run("rotate-key")
        self.wait_row(ident, case.DELIVERED)
        first, second = [ask.sender for ask in server.asks if ask.stage == "rcpt"]
        self.assertRegex(first, SIGNED)
        self.assertEqual(first, second)
        [row] = self.delivery(ident)
        self.assertEqual(row["attempts"], 1)
        return server, ident, first

    def test_rotation_while_greylisted(self):
        server, _, path = self.check_rotation()
        domain = server.deliveries[0].recipients[0].split("@")[1]
        # What was signed with the old key still proves itself.
        self.assertEqual(self.receive(path, bounce(path, f"lucy@{domain}"))[0], 250)
        [late] = self.late(f"lucy@{domain}")
        self.assertEqual((late["trust"], late["suppressed"]), (PROVEN, 1))

    def test_each_recipient_has_a_copy_and_a_path(self):
        domain, server = self.domain()
        ident = self.submit(f"a@{domain}", f"b@{domain}")
        self.mta.wait_completed(ident)
        paths = {one.recipients[0]: one.sender for one in server.deliveries}
        self.assertEqual(sorted(paths), [f"a@{domain}", f"b@{domain}"])
        self.assertEqual(len(set(paths.values())), 2)
        # a's token says nothing about b.
        self.receive(paths[f"a@{domain}"], bounce(SENDER, f"b@{domain}"))
        [late] = self.late(f"b@{domain}")
        self.assertEqual((late["trust"], late["suppressed"]), (PROBABLE, 0))
        self.assertFalse(self.refused_at_submission(f"b@{domain}"))

    def test_other_domains_and_bounces_are_not_signed(self):
        domain, server = self.domain()
        self.mta.wait_completed(self.submit(f"a@{domain}", sender=PLAIN))
        self.mta.wait_completed(self.submit(f"b@{domain}", sender=""))
        self.assertEqual([one.sender for one in server.deliveries], [PLAIN, ""])

    def test_bounce_reaches_its_sender(self):
        path = "rbf=aaaaaaaaaaaaaaaaaaaaaaa=news@sender.example"
        self.receive(path, bounce(SENDER, "who@nowhere.example"))
        self.mta.wait_log(rf"=> news <{path}> R=local_user")
        [late] = self.late("who@nowhere.example")
        self.assertEqual((late["trust"], late["suppressed"]), (UNVERIFIED, 0))

    def test_engine_away_return_path_is_plain(self):
        domain, server = self.domain()
        self.engine.stop()
        try:
            self.mta.wait_completed(self.submit(f"a@{domain}"))
        finally:
            self.engine.start(companions=False)
        self.assertEqual([one.sender for one in server.deliveries], [SENDER])

    def test_engine_away_bounce_is_delivered(self):
        before = len(self.mta.local_mail())
        self.engine.stop()
        try:
            self.assertEqual(self.receive("rbf=aaaaaaaaaaaaaaaaaaaaaaa=news@sender.example",
                                          bounce(SENDER, "who@away.example"))[0], 250)
            wait_until(lambda: len(self.mta.local_mail()) > before, what="the bounce in the mailbox")
        finally:
            self.engine.start(companions=False)

    def test_engine_away_the_pipe_waits(self):
        to = "x@bounces.sender.example"
        self.engine.stop()
        try:
            self.receive(to, bounce(to, "who@piped.example"))
            self.mta.wait_log(rf"== {to} R=rebuff_consumed T=rebuff_bounce defer")
        finally:
            self.engine.start(companions=False)
        [ident] = [ident for ident, one in self.mta.queue().items() if to in one["open"]]
        self.mta.run("-M", ident)
        self.mta.wait_completed(ident)
        [late] = self.late("who@piped.example")
        self.assertEqual(late["sender"], to)

    def test_copied_goes_on(self):
        to = "fbl@sender.example"
        before = len(self.mta.local_mail())
        self.receive(to, bounce(to, "who@copied.example"), sender="fbl@provider.example")
        self.late("who@copied.example")
        wait_until(lambda: len(self.mta.local_mail()) > before, what="the message in the mailbox")

    def test_death_of_the_reading_process_is_one_unread_bounce(self):
        self.receive(SENDER, bounce(SENDER, "who@before.example"))
        self.late("who@before.example")                 # now there is one
        tasks = pathlib.Path(f"/proc/{self.engine.serve.real_pid()}/task")
        [child] = [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]
        os.kill(child, signal.SIGKILL)
        self.receive(SENDER, bounce(SENDER, "who@unread.example"))
        [unread] = self.arrived(1, state=2)
        self.assertIn("reading process ended", unread["why"])
        self.mta.wait_log(rf"{unread['id']} => news <{SENDER}> R=local_user")
        self.receive(SENDER, bounce(SENDER, "who@after.example"))
        self.late("who@after.example")

    def test_backscatter_is_refused_when_asked_for(self):
        to, foreign = SENDER, bounce(SENDER, "who@foreign.example")
        self.assertEqual(self.receive(to, foreign)[0], 250)
        self.engine.policy("defaults.lua", self.policy + 'rebuff.default.backscatter = "refuse"\n')
        self.engine.reload()
        try:
            # Not before the memory of deliveries reaches back five days.
            self.assertEqual(self.receive(to, foreign)[0], 250)
            self.engine.stop()
            self.engine.execute("UPDATE token_key SET made_ms = made_ms - 6 * 86400000")
            self.engine.start(companions=False)
            code, text = self.receive(to, foreign)
            self.assertEqual(code, 550, text)
            self.assertIn(b"did not come from here", text)
            domain, _ = self.domain()
            self.mta.wait_completed(self.submit(f"a@{domain}", sender=PLAIN))
            self.assertEqual(self.receive(PLAIN, bounce(PLAIN, f"a@{domain}"))[0], 250)
        finally:
            self.engine.policy("defaults.lua", self.policy)
            self.engine.reload()


class PathsLight(Bounces):
    """The same questions asked by the helper."""

    flavour = "light"
    check_rotation = Paths.check_rotation

    def test_rotation_while_greylisted(self):
        self.check_rotation()


class Remote(Bounces):
    """Accepted by a real remote Exim, which bounces it later (harness/far.py)."""

    configuration = {**VERP, "interfaces": f"127.0.0.1, {OURS}"}
    signs = False

    @classmethod
    def prepare(cls):
        far = Far(cls.ns, cls.dns, ("sender.example", "mail.sender.example"), cls.signs)
        cls.addClassCleanup(far.close)
        super().prepare()

    # What Exim's log says of the host that the bounce comes from.
    client = r"<= <> H=mx\.remote\.example \["

    def bounced(self, recipient, sender):
        ident = self.submit(recipient, sender=sender)
        self.mta.wait_completed(ident)
        self.wait_row(ident, case.DELIVERED)
        before = len(self.mta.local_mail())
        self.mta.wait_log(self.client)
        [late] = self.late(recipient)
        self.assertEqual((late["trust"], late["suppressed"], late["id"], late["code"]), (PROVEN, 1, ident, 550),
                         dict(late))
        wait_until(lambda: len(self.mta.local_mail()) > before or self.mta.local_mail(), what="the bounce")
        self.assertTrue(self.refused_at_submission(recipient, sender))
        self.told(recipient, ident)
        return late

    def told(self, recipient, ident):
        """The commands show it beside the acceptance."""
        [known] = self.engine.json("explain", recipient)
        met = known["met"]
        self.assertEqual([(one["message"], one["what"], one["id"]) for one in met],
                         [(True, "bounce", ident), (False, "delivered", ident)])
        self.assertEqual((met[0]["trust"], met[0]["suppressed"], met[1]["trust"]), ("proven", True, None))
        self.assertIn("bounce by message, proven", self.engine.run("explain", recipient).stdout)
        [report] = self.engine.json("report")
        [said] = [one for one in report["late"] if one["recipient"] == recipient]
        self.assertEqual((said["trust"], said["outcome"], said["id"]), ("proven", "suppressed", ident))
        self.assertIn("came as messages", self.engine.run("status").stdout)

    def test_proven_by_its_token(self):
        late = self.bounced("lucy@remote.example", SENDER)
        self.assertIn("token", late["why"])

    def test_proven_by_their_servers(self):
        late = self.bounced("bob@remote.example", PLAIN)
        self.assertIn("own servers", late["why"])


class RemoteSigned(Remote):
    """The same when their address has no name: their signature proves it. Exim has verified that, not we."""

    signs = True
    client = r"<= <> H=\(mx\.remote\.example\) \["


del Bounces
