"""Exim with the real engine, when many messages fail together: a provider blocks us, a list is bad, a directory is
down; what is held, checked, told and released."""

import hashlib
import hmac
import json
import re
import subprocess
import time

from harness import case
from harness.namespace import wait_until

BLOCKED = "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using bl.test.example"
UNKNOWN = "550 5.1.1 The email account that you tried to reach does not exist"
DOMAINS = 5
# What goes into a block at most, messages already under way included.
WITHIN = 50

WATCH = """
checks { ips = { "192.0.2.1" }, domains = { "sender.example" }, helo = "mail.sender.example",
	selectors = { "s1._domainkey.sender.example" }, resolver = "127.0.0.1" }
blocklist { zone = "bl.test.example", name = "Test list", ipv4 = true, delist = "https://bl.test.example/remove" }
blocklist { zone = "dead.test.example", name = "Dead list", ipv4 = true }
blocklist { zone = "all.test.example", name = "Parked list", ipv4 = true }
blocklist { zone = "shy.test.example", name = "Shy list", ipv4 = true }
notices { mail = "postmaster@sender.example", command = "cat >> /var/lib/rebuff/told; echo >> /var/lib/rebuff/told",
	webhook = "http://127.0.0.1:8025/hook", secret = "/etc/rebuff/secret" }
"""


class Watch(case.EngineCase):
    flavour = "heavy"
    policy = case.FAST.replace('start = "6000/min", floor = "6000/min"', 'start = "600/min", floor = "60/min"')

    @classmethod
    def prepare(cls):
        cls.lists()
        super().prepare()
        cls.engine.policy("watch.lua", WATCH)
        cls.engine.policy("secret", "a key\n")
        cls.ns.run(["chown", "-R", "rebuff", "/etc/rebuff"])
        cls.engine.reload()

    @classmethod
    def lists(cls):
        """The DNS of block lists, good and bad, and of the sender."""
        answers = {
            "2.0.0.127.bl.test.example": ["127.0.0.2"], "1.2.0.192.bl.test.example": ["127.0.0.2"],
            # Answers everything: nothing that it says counts.
            "2.0.0.127.all.test.example": ["127.0.0.2"], "1.0.0.127.all.test.example": ["127.0.0.2"],
            "1.2.0.192.all.test.example": ["127.0.0.2"],
            # Refuses our resolver: an error, not a listing.
            "2.0.0.127.shy.test.example": ["127.0.0.2"], "1.2.0.192.shy.test.example": ["127.255.255.254"],
        }
        for name, addresses in answers.items():
            cls.dns[name] = {"A": addresses}
        cls.dns["1.2.0.192.bl.test.example"] = {"A": ["127.0.0.2"], "TXT": ["Spam seen, case 42"]}
        cls.dns["1.2.0.192.in-addr.arpa"] = {"PTR": ["mail.sender.example"]}
        cls.dns["sender.example"] = {"TXT": ["v=spf1 ip4:203.0.113.0/24 -all"]}
        cls.dns["s1._domainkey.sender.example"] = {"TXT": ["v=DKIM1; p=MFkw"]}

    def servers(self, name, number=DOMAINS):
        return [self.remote(f"{name}{n}.example") for n in range(number)]

    def send(self, mail):
        """Queue (sender, recipient) pairs and have Exim work on them, several at a time."""
        idents = self.mta.submit_many([(sender, [recipient], None) for sender, recipient in mail])
        runs = [self.ns.popen(["exim4", "-q"], stdout=subprocess.DEVNULL) for _ in range(4)]
        for run in runs:
            run.wait(300)
        return idents

    def alarms(self):
        return self.engine.rows("SELECT * FROM alarm ORDER BY alarm")

    def holds(self, *args):
        return self.engine.json("hold", *(args or ("--list",)))

    def listed(self, name):
        """Who is suppressed at this test's domains."""
        return {address for address in self.suppressed() if f"@{name}" in address}

    def wait_settled(self, idents, timeout=120):
        """Until nothing is under way: every message is over, or waits."""
        marks = ",".join("?" * len(idents))

        def settled():
            rows = self.engine.rows(f"SELECT state, count(*) AS n FROM delivery WHERE id IN ({marks}) GROUP BY state",
                                    *idents)
            return sum(row["n"] for row in rows) == len(idents) and not any(row["state"] == 1 for row in rows)
        wait_until(settled, timeout, "every message to be over or to wait", every=0.2)

    def tearDown(self):
        self.assertEqual(self.mta.paniclog(), "")
        self.engine.run("release", check=False)
        for hold in self.holds():
            self.engine.run("release", *([hold["provider"]] if hold["provider"] else []), "--stream", hold["stream"])
        for ident in self.mta.queue():
            self.mta.run("-Mrm", ident, check=False)

    # A provider blocks us

    def timed(self, name, number, servers):
        """Send so many messages to each of them; seconds until those of the last four are delivered."""
        begun = time.time()
        idents = self.send([("news@sender.example", f"u{n}@{name}{n % DOMAINS}.example") for n in range(number)])
        self.wait_settled(idents)
        last = max(delivery.time for server in servers[1:] for delivery in server.deliveries)
        return idents, last - begun

    def test_a_provider_blocks_in_the_middle(self):
        number = case.scale(400, 2000)
        calm = self.servers("calm")
        _, calm_s = self.timed("calm", number, calm)
        servers = self.servers("block")
        servers[0].rcpt = lambda ask: BLOCKED if len(servers[0].deliveries) >= number // DOMAINS // 4 else None
        idents, block_s = self.timed("block", number, servers)
        refused = [ask for ask in servers[0].asks if ask.stage == "rcpt" and ask.reply == BLOCKED]
        print(f"     {number} messages: {len(refused)} went into the block; the other providers took {block_s:.1f} s, "
              f"{calm_s:.1f} s without it: {block_s / calm_s:.2f}")
        self.assertTrue(10 <= len(refused) <= WITHIN, len(refused))
        # The others: delivered, each at its first attempt.
        for server in servers[1:]:
            self.assertEqual(len(server.deliveries), number // DOMAINS)
        others = self.engine.rows("SELECT count(*) AS n FROM event WHERE provider LIKE 'block%' AND "
                                  "provider <> 'block0.example' AND (kind <> 4 OR attempt <> 1)")
        self.assertEqual(others[0]["n"], 0)
        self.assertEqual(self.listed("block"), set())
        [hold] = self.holds()
        self.assertEqual((hold["provider"], hold["stream"], hold["by"]), ("block0.example", "", "rebuff"))
        waiting = number // DOMAINS - len(servers[0].deliveries) - len(refused)
        self.assertEqual(hold["waiting"], waiting)
        self.check_list()
        self.check_notices()
        self.check_release(servers[0], idents, refused, waiting)

    def check_list(self):
        """What was checked by itself says what is wrong, and what is not."""
        [alarm] = wait_until(lambda: [row for row in self.alarms() if row["kind"] == "blocked" and row["checks"]], 60,
                             "the checks", every=0.2)
        [checks] = self.engine.rows("SELECT * FROM checks WHERE checks = ?", alarm["checks"])
        found = json.loads(checks["list"])
        wrong = {(one["area"], one["subject"]): one for one in found["findings"] if one["state"] == "wrong"}
        listed = wrong["block list", "192.0.2.1"]
        self.assertIn("bl.test.example", listed["text"])
        self.assertIn("case 42", listed["text"])
        self.assertEqual(listed["page"], "https://bl.test.example/remove")
        self.assertEqual([one for one in wrong if one[0] == "block list"], [("block list", "192.0.2.1")])
        self.assertIn(("SPF", "sender.example"), wrong)
        self.assertIn(("DMARC", "sender.example"), wrong)
        well = {(one["area"], one["subject"]) for one in found["findings"] if one["state"] == "ok"}
        for one in (("reverse name", "192.0.2.1"), ("HELO", "mail.sender.example"),
                    ("DKIM", "s1._domainkey.sender.example")):
            self.assertIn(one, well)
        left_out = " ".join(one["text"] for one in found["findings"] if one["state"] == "unknown")
        for name in ("Dead list", "Parked list", "Shy list"):
            self.assertIn(name, left_out)
        self.assertIn("192.0.2.1", found["letter"])
        self.assertIn("bl.test.example", found["letter"])

    def told(self):
        path = self.ns.path("/var/lib/rebuff/told")
        lines = path.read_text().splitlines() if path.exists() else []
        return [one for one in map(json.loads, filter(str.strip, lines)) if one["provider"] == "block0.example"]

    def check_notices(self):
        """One notice, and one update with what the checks found; however many messages were refused."""
        told = wait_until(lambda: [one for one in self.told() if one["checks"]], 30, "the notice's update")
        self.assertEqual((told[-1]["kind"], told[-1]["provider"]), ("blocked", "block0.example"))
        self.assertEqual({one["incident"] for one in self.told()}, {told[-1]["incident"]})
        self.assertLessEqual(len(self.told()), 2)
        mail = wait_until(lambda: [one for one in self.mta.local_mail()
                                   if "block0.example (checked)" in str(one["subject"])], 30, "the notice by mail")
        self.assertIn("bl.test.example/remove", mail[-1].get_payload())
        self.assertEqual(mail[-1]["return-path"] or "<>", "<>")

    def check_release(self, server, idents, refused, waiting):
        """First in, first out, not all at once, each message once."""
        server.rcpt = None
        before = len(server.deliveries)
        queue = [row["recipient"] for row in self.engine.rows(
            "SELECT recipient FROM delivery WHERE provider = 'block0.example' AND state = 0 ORDER BY due_ms, delivery")]
        self.engine.run("release", "block0.example", "--reason", "delisted")
        [lane] = self.engine.rows("SELECT * FROM pace WHERE provider = 'block0.example'")
        self.assertEqual(lane["why"], "a hold was released")
        wait_until(lambda: len(server.deliveries) == before + waiting, 120, "what waited", every=0.2)
        times = [delivery.time for delivery in server.deliveries[before:]]
        self.assertGreater(times[-1] - times[0], (waiting - 2) / 10 * 0.5)      # 600 a minute, not a burst
        order = [delivery.recipients[0] for delivery in server.deliveries[before:]]
        # In the order in which they came to wait, but for those that start together.
        self.assertLess(max(abs(place - order.index(one)) for place, one in enumerate(queue)), 10)
        self.wait_settled(idents)
        self.assertEqual(set(self.sink.delivered.values()), {1})
        delivered = len(self.engine.rows("SELECT 1 FROM delivery WHERE provider = 'block0.example' AND state = 2"))
        failed = len(self.engine.rows("SELECT 1 FROM delivery WHERE provider = 'block0.example' AND state = 3"))
        self.assertEqual((delivered + failed, failed), (len(idents) // DOMAINS, len(refused)))
        [hold] = self.holds("--all")[-1:]
        self.assertEqual((hold["released_by"], hold["note"]), ("root", "delisted"))
        self.assertIn("wrong", hold["checked"])

    # A list is bad

    def test_a_bad_list_holds_its_stream_alone(self):
        servers = self.servers("list", 4)
        for server in servers:
            server.rcpt = lambda ask: UNKNOWN if "dead" in ask.recipient else None
        number = case.scale(500, 2000)
        mail = [("promo@list.example", f"{'dead' if n % 13 == 5 else 'u'}{n}@list{n % 4}.example") for n in range(number)]
        idents = self.send(mail)
        self.wait_settled(idents)
        [alarm] = [one for one in self.alarms() if one["kind"] == "stream"]
        self.assertEqual((alarm["provider"], alarm["stream"], alarm["acted"]), ("", "list.example", 1))
        [hold] = self.holds()
        self.assertEqual((hold["provider"], hold["stream"]), ("", "list.example"))
        self.assertGreater(hold["waiting"], 0)
        # Each stream answers for itself.
        ident = self.mta.submit("news@sender.example", "other@list1.example", mode="-odi")
        self.wait_row(ident, case.DELIVERED)
        held = self.mta.submit("promo@list.example", "late@list1.example", mode="-odi")
        self.wait_row(held, case.WAITING)
        self.engine.run("check", check=False)
        self.engine.run("release", "--stream", "list.example", "--reason", "list cleaned")
        self.wait_row(held, case.DELIVERED, timeout=90)
        self.wait_settled(idents)
        [hold] = [one for one in self.holds("--all") if one["stream"] == "list.example"]
        self.assertEqual((hold["released_by"], hold["note"]), ("root", "list cleaned"))
        self.assertIn("wrong", hold["checked"])
        self.assertEqual([one["kind"] for one in self.alarms() if one["provider"].startswith("list")], [])

    # A directory is down

    def test_a_directory_that_is_down_empties_no_list(self):
        servers = self.servers("dir", 4)
        people = [f"p{n}@dir{n % 4}.example" for n in range(400)]
        senders = ["news@sender.example", "shop@shop.example"]
        self.wait_settled(self.send([(senders[n % 2], one) for n, one in enumerate(people)]))
        servers[1].rcpt = UNKNOWN
        idents = self.send([(senders[n // 4 % 2], one) for n, one in enumerate(people)])
        self.wait_settled(idents)
        listed = self.listed("dir")
        print(f"     100 refused by a directory that is down: {len(listed)} suppressed")
        self.assertTrue(0 < len(listed) <= 50, len(listed))
        self.assertEqual(self.holds(), [])
        self.assertEqual([one["kind"] for one in self.alarms() if "dir" in one["provider"]], ["breaker"])
        candidates = {one["address"]: one["suppressed"] for one in self.engine.json("breaker", "list", "dir1.example")}
        self.assertEqual(set(candidates), {one for one in people if "dir1" in one})
        self.assertEqual({one for one, is_listed in candidates.items() if is_listed}, listed)
        done = self.engine.run("breaker", "undo", "dir1.example")
        self.assertIn("100 addresses", done.stdout)
        self.assertEqual(self.listed("dir"), set())
        self.assertEqual(self.engine.json("breaker", "list"), [])
        # It works again: everybody gets mail.
        servers[1].rcpt = None
        self.sink.forget()
        self.wait_settled(self.send([(senders[n % 2], one) for n, one in enumerate(people)]))
        self.assertEqual(len(self.sink.deliveries), 400)

    # Restarts

    def test_restarts_during_a_hold_let_nothing_out(self):
        [server] = self.servers("kill", 1)
        self.engine.run("hold", "kill0.example", "--reason", "to see")
        idents = self.send([("news@sender.example", f"u{n}@kill0.example") for n in range(40)])
        self.wait_settled(idents)
        self.engine.kill()
        self.mta.stop()
        self.mta.start(self.queue_interval)             # whose first queue run is over now
        self.assertEqual(server.connections, 0)
        self.engine.start(companions=False)
        self.mta.queue_run("-q")
        self.assertEqual(server.connections, 0)
        [hold] = self.holds()
        self.assertEqual((hold["provider"], hold["waiting"]), ("kill0.example", 40))
        self.assertEqual(len(self.mta.queue()), 40)
        self.engine.run("release", "kill0.example")
        self.sink.wait_delivered(40, timeout=90)
        self.wait_settled(idents)
        self.assertEqual(set(self.sink.delivered.values()), {1})
        bounces = [one for one in self.mta.local_mail() if "Undelivered" in (one["subject"] or "")]
        self.assertEqual([one for one in bounces if "kill0" in str(one)], [])

    # Telling

    def test_a_webhook_is_signed_and_tried_again(self):
        body = {"got": None}
        listener = self.ns.socket()
        listener.bind(("127.0.0.1", 8025))
        listener.listen(4)
        self.addCleanup(listener.close)
        [server] = self.servers("hook", 1)
        server.rcpt = BLOCKED
        self.send([("news@sender.example", f"u{n}@hook0.example") for n in range(20)])
        wanted = wait_until(lambda: [one for one in self.alarms() if one["provider"] == "hook0.example"], 30)[0]["alarm"]
        replies = iter([b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"])
        listener.settimeout(120)
        while body["got"] is None:
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(10)
                raw = b""
                while b"\r\n\r\n" not in raw:
                    raw += peer.recv(65536)
                head, _, content = raw.partition(b"\r\n\r\n")
                length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])
                while len(content) < length:
                    content += peer.recv(65536)
                told = json.loads(content)
                mine = told["incident"] == wanted
                reply = next(replies, None) if mine else None
                peer.sendall(reply or b"HTTP/1.1 204 OK\r\n\r\n")
                if mine and not reply:
                    body["got"] = head, content
        head, content = body["got"]
        digest = hmac.new(b"a key", content, hashlib.sha256).hexdigest()
        self.assertIn(f"x-rebuff-signature: sha256={digest}", head.decode().lower())
        tries = wait_until(lambda: self.engine.rows("SELECT * FROM notice WHERE alarm = ? AND way = 'webhook' AND "
                                                    "next_ms = 0", wanted), 30)
        self.assertEqual(tries[0]["problem"], "")


