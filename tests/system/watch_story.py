"""When many failures come together: the same story for every MTA. A provider blocks us in the middle, a list is bad,
a directory is down, engine and MTA are restarted during a hold.

A module for an MTA joins WatchStory with its case (a NamespaceCase with self.engine, self.mta) and says how mail is
handed in (`send`), how the MTA is restarted, and where its own notices end (`notices`). Each test has domains of
its own; a provider is called as its domain.
"""

import json
import time

from harness import case
from harness.namespace import wait_until

BLOCKED = "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using bl.test.example"
UNKNOWN = "550 5.1.1 The email account that you tried to reach does not exist"
DOMAINS = 5
# What goes into a block at most, messages already under way included.
WITHIN = 50
# The slow lane begins at 600 a minute: a release is no burst, and the test does not take hours.
POLICY = case.FAST.replace('start = "6000/min", floor = "6000/min"', 'start = "600/min", floor = "60/min"')

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


def publish(dns):
    """The DNS of block lists, good and bad, and of the sender."""
    for name, addresses in {
        "2.0.0.127.bl.test.example": ["127.0.0.2"],
        # Answers everything: nothing that it says counts.
        "2.0.0.127.all.test.example": ["127.0.0.2"], "1.0.0.127.all.test.example": ["127.0.0.2"],
        "1.2.0.192.all.test.example": ["127.0.0.2"],
        # Refuses our resolver: an error, not a listing.
        "2.0.0.127.shy.test.example": ["127.0.0.2"], "1.2.0.192.shy.test.example": ["127.255.255.254"],
    }.items():
        dns[name] = {"A": addresses}
    dns["1.2.0.192.bl.test.example"] = {"A": ["127.0.0.2"], "TXT": ["Spam seen, case 42"]}
    dns["1.2.0.192.in-addr.arpa"] = {"PTR": ["mail.sender.example"]}
    dns["sender.example"] = {"TXT": ["v=spf1 ip4:203.0.113.0/24 -all"]}
    dns["s1._domainkey.sender.example"] = {"TXT": ["v=DKIM1; p=MFkw"]}


def watch(engine):
    """What is checked and who is told, for a running engine."""
    engine.policy("watch.lua", WATCH)
    engine.policy("secret", "a key\n")
    engine.ns.run(["chown", "-R", "rebuff", "/etc/rebuff"])
    engine.reload()


class WatchStory:
    """Mixed into a case; see above."""

    def send(self, mail):
        """Hand in (sender, recipient) pairs and have the MTA attempt them, several at a time."""
        raise NotImplementedError

    def restart_mta(self):
        raise NotImplementedError

    def notices(self):
        """The mails that the postmaster got, of the email module."""
        raise NotImplementedError

    def setUp(self):
        self.sink.forget()

    def servers(self, name, number=DOMAINS):
        return [self.remote(f"{name}{n}.example") for n in range(number)]

    def alarms(self):
        return self.engine.rows("SELECT * FROM alarm ORDER BY alarm")

    def holds(self, *args):
        return self.engine.json("hold", *(args or ("--list",)))

    def listed(self, name):
        """Who is suppressed at this test's domains."""
        return {one["address"] for one in self.engine.json("suppress", "list") if f"@{name}" in one["address"]}

    def states(self, name):
        """{state: recipients} at the providers of that name and a digit, or at the one of that whole name."""
        pattern = name if "." in name else name + "[0-9].example"
        return {row["state"]: row["n"] for row in self.engine.rows(
            "SELECT state, count(*) AS n FROM delivery WHERE provider GLOB ? GROUP BY state", pattern)}

    def wait_settled(self, name, number, timeout=case.scale(180, 900)):
        """Until every one of so many recipients is over, or waits."""
        def settled():
            states = self.states(name)
            return sum(states.values()) == number and case.OPEN not in states
        try:
            wait_until(settled, timeout, "every message to be over or to wait", every=0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}: {number} wanted, states {self.states(name)}") from None

    # A provider blocks us

    def timed(self, name, number, servers):
        """Send so many messages to each of them; seconds until those of the last four are delivered."""
        begun = time.time()
        self.send([("news@sender.example", f"u{n}@{name}{n % DOMAINS}.example") for n in range(number)])
        self.wait_settled(name, number)
        return max(delivery.time for server in servers[1:] for delivery in server.deliveries) - begun

    def test_a_provider_blocks_in_the_middle(self):
        number = case.scale(400, 2000)
        calm_s = self.timed("calm", number, self.servers("calm"))
        servers = self.servers("block")
        servers[0].rcpt = lambda ask: BLOCKED if len(servers[0].deliveries) >= number // DOMAINS // 4 else None
        block_s = self.timed("block", number, servers)
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
        self.check_release(servers[0], number // DOMAINS, refused, waiting)

    def check_list(self):
        """What was checked by itself says what is wrong, and what is not."""
        [alarm] = wait_until(lambda: [row for row in self.alarms() if row["provider"] == "block0.example"
                                      and row["checks"]], what="the checks", every=0.2)
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

    def told(self, provider):
        """What the command was told of incidents at a provider."""
        path = self.ns.path("/var/lib/rebuff/told")
        lines = path.read_text().splitlines() if path.exists() else []
        return [one for one in map(json.loads, filter(str.strip, lines)) if one["provider"] == provider]

    def check_notices(self):
        """One notice, and one update with what the checks found; however many messages were refused."""
        told = wait_until(lambda: [one for one in self.told("block0.example") if one["checks"]], what="the notice's update")
        self.assertEqual((told[-1]["kind"], told[-1]["provider"]), ("blocked", "block0.example"))
        self.assertEqual({one["incident"] for one in self.told("block0.example")}, {told[-1]["incident"]})
        self.assertLessEqual(len(self.told("block0.example")), 2)
        mail = wait_until(lambda: [one for one in self.notices() if "block0.example (checked)" in str(one["subject"])],
                          30, "the notice by mail")
        self.assertIn("bl.test.example/remove", mail[-1].get_payload())
        self.assertIn(mail[-1]["return-path"], (None, "<>"))
        lines = [line for line in self.engine.log().splitlines() if "event=incident" in line
                 and "provider=block0.example" in line]
        self.assertEqual([line.split("stage=")[1].split()[0] for line in lines], ["begun", "checked"])

    def check_release(self, server, number, refused, waiting):
        """First in, first out, not all at once, each message once."""
        server.rcpt = None
        before = len(server.deliveries)
        queue = [row["recipient"] for row in self.engine.rows(
            "SELECT recipient FROM delivery WHERE provider = 'block0.example' AND state = 0 ORDER BY due_ms, delivery")]
        released = time.time()
        self.engine.run("release", "block0.example", "--reason", "delisted")
        [lane] = self.engine.rows("SELECT * FROM pace WHERE provider = 'block0.example'")
        self.assertEqual(lane["why"], "a hold was released")
        wait_until(lambda: len(server.deliveries) == before + waiting, 240, "what waited", every=0.2)
        # 600 a minute, not a burst; a busy machine makes it slower, and what was late comes together.
        self.assertGreater(server.deliveries[-1].time - released, (waiting - 2) / 10 * 0.5)
        order = [delivery.recipients[0] for delivery in server.deliveries[before:]]
        # In the order in which they came to wait, but for those that start together.
        self.assertLess(max(abs(place - order.index(one)) for place, one in enumerate(queue)), 10)
        self.wait_settled("block0.example", number)
        self.assertEqual(set(self.sink.delivered.values()), {1})
        states = self.states("block0.example")
        self.assertEqual(states, {case.DELIVERED: number - len(refused), case.FAILED: len(refused)})
        [hold] = self.holds("--all")[-1:]
        self.assertEqual((hold["released_by"], hold["note"]), ("root", "delisted"))
        self.assertIn("wrong", hold["checked"])

    # A list is bad

    def test_a_bad_list_holds_its_stream_alone(self):
        servers = self.servers("list", 4)
        for server in servers:
            server.rcpt = lambda ask: UNKNOWN if "dead" in ask.recipient else None
        number = case.scale(500, 2000)
        self.send([("promo@list.example", f"{'dead' if n % 13 == 5 else 'u'}{n}@list{n % 4}.example")
                   for n in range(number)])
        self.wait_settled("list", number)
        [alarm] = [one for one in self.alarms() if one["kind"] == "stream"]
        self.assertEqual((alarm["provider"], alarm["stream"], alarm["acted"]), ("", "list.example", 1))
        [hold] = self.holds()
        self.assertEqual((hold["provider"], hold["stream"]), ("", "list.example"))
        self.assertGreater(hold["waiting"], 0)
        # Each stream answers for itself.
        def delivered(person):
            return any(person in one.recipients for one in self.sink.deliveries)
        self.send([("news@sender.example", "other@list1.example")])
        self.sink.wait(lambda: delivered("other@list1.example"), what="another stream's message")
        self.send([("promo@list.example", "late@list1.example")])
        self.wait_settled("list", number + 2)
        self.assertFalse(delivered("late@list1.example"))
        for server in servers:
            server.rcpt = None                          # the list was cleaned
        self.engine.run("check", check=False)
        self.engine.run("release", "--stream", "list.example", "--reason", "list cleaned")
        self.sink.wait(lambda: delivered("late@list1.example"), 120, "the held message")
        self.wait_settled("list", number + 2)
        [hold] = [one for one in self.holds("--all") if one["stream"] == "list.example"]
        self.assertEqual((hold["released_by"], hold["note"]), ("root", "list cleaned"))
        self.assertIn("wrong", hold["checked"])
        self.assertEqual([one["kind"] for one in self.alarms() if one["provider"].startswith("list")], [])

    # A directory is down

    def test_a_directory_that_is_down_empties_no_list(self):
        servers = self.servers("dir", 4)
        people = [f"p{n}@dir{n % 4}.example" for n in range(case.scale(400, 2000))]
        number = len(people) // 4
        senders = ["news@sender.example", "shop@shop.example"]
        streams = ["sender.example", "shop.example"]
        self.send([(senders[n // 4 % 2], one) for n, one in enumerate(people)])
        self.wait_settled("dir", len(people))
        servers[1].rcpt = UNKNOWN
        self.send([(senders[n // 4 % 2], one) for n, one in enumerate(people)])
        self.wait_settled("dir", 2 * len(people))
        listed = self.listed("dir")
        print(f"     {number} refused by a directory that is down: {len(listed)} suppressed")
        self.assertTrue(0 < len(listed) <= 50, len(listed))
        self.assertEqual([one for one in self.holds() if one["provider"].startswith("dir") or one["stream"] in streams], [])
        self.assertEqual([one["kind"] for one in self.alarms() if "dir" in one["provider"]], ["breaker"])
        candidates = {one["address"]: one["suppressed"] for one in self.engine.json("breaker", "list", "dir1.example")}
        self.assertEqual(set(candidates), {one for one in people if "dir1" in one})
        self.assertEqual({one for one, is_listed in candidates.items() if is_listed}, listed)
        done = self.engine.run("breaker", "undo", "dir1.example")
        self.assertIn(f"{number} addresses", done.stdout)
        self.assertEqual(self.listed("dir"), set())
        self.assertEqual(self.engine.json("breaker", "list"), [])
        # It works again: everybody gets mail.
        servers[1].rcpt = None
        self.sink.forget()
        self.send([(senders[n // 4 % 2], one) for n, one in enumerate(people)])
        self.wait_settled("dir", 3 * len(people))
        self.assertEqual(len(self.sink.deliveries), len(people))

    # Restarts

    def test_refusals_before_a_crash_count_after_it(self):
        """Ten are one alarm, with the engine killed after six of them, too."""
        [server] = self.servers("crash", 1)
        server.rcpt = BLOCKED
        people = [("news@sender.example", f"u{n}@crash0.example") for n in range(10)]
        self.send(people[:6])
        self.wait_settled("crash", 6)
        self.engine.kill()
        self.engine.start(companions=False)
        self.send(people[6:9])
        self.wait_settled("crash", 9)
        self.assertEqual(self.holds(), [])
        self.send(people[9:])
        self.wait_settled("crash", 10)
        self.assertEqual([hold["provider"] for hold in self.holds()], ["crash0.example"])

    def test_restarts_during_a_hold_let_nothing_out(self):
        """An alarm holds; the engine is killed, the MTA restarted; what waits is five days old by then."""
        [server] = self.servers("kill", 1)
        server.rcpt = BLOCKED
        self.send([("news@sender.example", f"first{n}@kill0.example") for n in range(20)])
        [hold] = wait_until(lambda: self.holds(), what="the hold")
        self.assertEqual(hold["provider"], "kill0.example")
        self.send([("news@sender.example", f"u{n}@kill0.example") for n in range(40)])
        self.wait_settled("kill", 60)
        self.engine.kill()
        asked = len(server.asks)
        server.rcpt = None
        self.restart_mta(days=5)
        self.engine.start(companions=False)
        self.after_restart()
        waiting = self.states("kill0.example")[case.WAITING]
        self.assertGreaterEqual(waiting, 40)
        self.assertEqual(len(server.asks), asked, "something went out")
        [hold] = self.holds()
        self.assertEqual((hold["provider"], hold["waiting"]), ("kill0.example", waiting))
        # The operator is told: once of the incident, whatever was killed meanwhile.
        wait_until(lambda: [one for one in self.told("kill0.example") if one["checks"]], what="the notice")
        self.assertEqual(len({one["incident"] for one in self.told("kill0.example")}), 1)
        self.assertIn("kill0.example", self.engine.run("status").stdout)
        self.engine.run("release", "kill0.example")
        self.sink.wait_delivered(waiting, timeout=120)
        self.wait_settled("kill", 60)
        self.assertEqual(set(self.sink.delivered.values()), {1})
        self.assertEqual(self.states("kill0.example"), {case.DELIVERED: waiting, case.FAILED: 60 - waiting})
        self.assertEqual(len(server.deliveries), waiting)
