"""Exim with the real engine, when many messages fail together: what is held, checked, told and released."""

import hashlib
import hmac
import json
import re
import subprocess
import time
import unittest

from harness import case, exim
from harness.clock import Clock
from harness.namespace import wait_until
from watch_story import BLOCKED, POLICY, WatchStory, publish, watch

AGE = """
import glob, sys
for name in glob.glob("/var/spool/exim4/input/*-H"):
    with open(name, "r+b") as spool:
        lines = spool.read().split(b"\\n")
        received, rest = lines[3].split(b" ", 1)        # name of the file, user, sender, time
        lines[3] = b"%d %s" % (int(received) - int(sys.argv[1]) * 86400, rest)
        spool.seek(0)
        spool.write(b"\\n".join(lines))
        spool.truncate()
"""


class Watch(WatchStory, case.EngineCase):
    flavour = "heavy"
    policy = POLICY

    @classmethod
    def prepare(cls):
        publish(cls.dns)
        cls.clock = Clock(cls.ns)
        super().prepare()
        watch(cls.engine)

    def send(self, mail):
        self.mta.submit_many([(sender, [recipient], None) for sender, recipient in mail])
        runs = [self.ns.popen(["exim4", "-q"], stdout=subprocess.DEVNULL) for _ in range(4)]
        for run in runs:
            run.wait(300)

    def restart_mta(self, days):
        self.mta.stop()
        self.ns.run(["python3", "-c", AGE, str(days)])
        self.mta.start(self.queue_interval)             # whose first queue run is over now

    def after_restart(self):
        self.mta.queue_run("-q")

    def notices(self):
        return self.mta.local_mail()

    def tearDown(self):
        self.assertEqual(self.mta.paniclog(), "")
        for hold in self.holds():
            self.engine.run("release", *([hold["provider"]] if hold["provider"] else []), "--stream", hold["stream"])
        for ident in self.mta.queue():
            self.mta.run("-Mrm", ident, check=False)

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
            if reply:
                wait_until(lambda: self.engine.rows("SELECT 1 FROM notice WHERE alarm = ? AND way = 'webhook' AND tries = 1",
                                                    wanted), what="the failure to be noted")
                self.clock.set(40)                      # it is tried again after half a minute
        head, content = body["got"]
        digest = hmac.new(b"a key", content, hashlib.sha256).hexdigest()
        self.assertIn(f"x-rebuff-signature: sha256={digest}", head.decode().lower())
        tries = wait_until(lambda: self.engine.rows("SELECT * FROM notice WHERE alarm = ? AND way = 'webhook' AND "
                                                    "next_ms = 0", wanted), 30)
        self.assertEqual(tries[0]["problem"], "")


class ByAddress(case.EngineCase):
    """Two sending IPs: streams that leave from one of them are held alone."""

    policy = POLICY
    configuration = {**exim.REBUFF, "transport": exim.REBUFF["transport"]
                     + "  interface = ${if eq{$sender_address_domain}{shop.example}{192.0.2.1}{127.0.0.1}}\n"}

    def send(self, *senders):
        return self.mta.submit_many([(sender, [f"u{n}@ip.example"], None) for n, sender in enumerate(senders)],
                                    queue_only=False)

    def test_notices_are_never_held(self):
        """Nor refused: held is where they go, and their address is suppressed."""
        ops = self.remote("ops.example")
        self.engine.policy("watch.lua", 'notices { mail = "ops@ops.example" }\nchecks { automatic = false }\n')
        self.engine.reload()
        self.engine.run("suppress", "add", "ops@ops.example")
        self.engine.run("hold", "ops.example")
        self.mta.submit("news@sender.example", "other@ops.example", mode="-odi")
        server = self.remote("never.example", rcpt=BLOCKED)
        self.mta.submit_many([("news@sender.example", [f"u{n}@never.example"], None) for n in range(12)],
                             queue_only=False)
        self.sink.wait(lambda: ops.deliveries, what="the notice")
        [notice] = ops.deliveries
        self.assertEqual((notice.sender, notice.recipients), ("", ["ops@ops.example"]))
        self.assertIn("never.example", str(notice.message["subject"]))
        self.assertGreaterEqual(len([ask for ask in server.asks if ask.stage == "rcpt"]), 10)
        for name in ("ops.example", "never.example"):
            self.engine.run("release", name)

    def waiting(self):
        return self.engine.rows("SELECT stream FROM delivery WHERE state = ?", case.WAITING)

    def test_hold_by_hand(self):
        server = self.remote("ip.example")
        shop, news = "shop@shop.example", "news@sender.example"
        self.send(shop, news)
        wait_until(lambda: len(self.engine.rows("SELECT 1 FROM known_leaving")) == 2, what="both addresses to be known")
        self.sink.forget()
        self.assertIn("no IP address", self.engine.run("hold", "--source", "here", check=False,
                                                       stderr=subprocess.STDOUT).stdout)
        self.engine.run("hold", "--source", "192.0.2.1", "--reason", "listed")
        self.send(*[shop, news] * 10)
        self.sink.wait_delivered(10)
        wait_until(lambda: len(self.waiting()) == 10, what="ten to wait")
        self.assertEqual({row["stream"] for row in self.waiting()}, {"shop.example"})
        self.assertEqual({one.sender for one in server.deliveries}, {news})
        [hold] = self.engine.json("hold", "--list")
        self.assertEqual((hold["provider"], hold["stream"], hold["source_ip"], hold["waiting"]), ("", "", "192.0.2.1", 10))
        self.assertIn("every provider, from 192.0.2.1: held", self.engine.run("hold", "--list").stdout)
        self.assertIn("from 192.0.2.1 since", self.engine.run("status").stdout)
        self.assertEqual(self.engine.run("release", "--source", "192.0.2.2", check=False).returncode, 1)
        self.engine.run("release", "--source", "192.0.2.1", "--reason", "delisted")
        self.sink.wait_delivered(20)
        self.assertEqual(set(self.sink.delivered.values()), {1})
        [ended] = [one for one in self.engine.status()["state"]["released"] if one["source_ip"] == "192.0.2.1"]
        self.assertEqual((ended["released_by"], ended["note"]), ("root", "delisted"))


OURS, OTHER = "192.0.2.1", "127.0.0.1"
SHOP, PROMO, NEWS = "shop@shop.example", "promo@promo.example", "news@sender.example"


class TwoAddresses(case.EngineCase):
    """Two sending IPs, one of which is refused or slowed: what leaves from it waits alone, by itself."""

    policy = POLICY + f"""
rebuff.source("{OURS}").pace = {{ start = "60/min", floor = "60/min", ceiling = "61/min" }}
"""
    configuration = {**exim.REBUFF, "local": "sender.example : shop.example : promo.example",
                     "transport": exim.REBUFF["transport"]
                     + f"  interface = ${{if eq{{$sender_address_domain}}{{sender.example}}{{{OTHER}}}{{{OURS}}}}}\n"}

    @classmethod
    def prepare(cls):
        cls.clock = Clock(cls.ns)
        cls.addClassCleanup(cls.clock.end)
        super().prepare()

    def send(self, domain, *senders):
        """Hand in a message of each, and return when all have been attempted or wait."""
        type(self).sent = getattr(self, "sent", 0) + 1
        idents = self.mta.submit_many([(sender, [f"u{self.sent}-{n}@{domain}"], None)
                                       for n, sender in enumerate(senders)], queue_only=False)
        def over():
            states = {row["id"]: row["state"] for row in self.engine.rows("SELECT id, state FROM delivery")}
            return all(states.get(ident, case.OPEN) != case.OPEN for ident in idents)
        wait_until(over, what="every message to be over or to wait")

    def known(self):
        return {row["stream"]: row["source_ip"] for row in self.engine.rows("SELECT * FROM known_leaving")}

    def test_a_provider_that_refuses_one_address(self):
        domain, server = self.domain()
        self.send(domain, SHOP, PROMO, NEWS)
        wait_until(lambda: self.known() == {"shop.example": OURS, "promo.example": OURS, "sender.example": OTHER},
                   what="the addresses to be known")
        server.rcpt = lambda ask: BLOCKED if ask.client == OURS else None
        # Whole minutes are looked at, from the first refusal on; less than a minute is no jump of the clock.
        for shift, senders in ((0, [SHOP, PROMO] * 2), (50, [SHOP, PROMO]), (100, [NEWS] * 8), (150, [SHOP, PROMO] * 2)):
            self.clock.set(shift)
            self.send(domain, *senders)
        [hold] = wait_until(lambda: self.engine.json("hold", "--list"), what="the hold")
        self.assertEqual((hold["provider"], hold["stream"], hold["source_ip"], hold["by"]), (domain, "", OURS, "rebuff"))
        self.sink.forget()
        self.send(domain, *[SHOP, PROMO, NEWS] * 5)
        self.sink.wait_delivered(5)
        self.assertEqual({(ask.sender, ask.client) for ask in server.asks if ask.stage == "rcpt"}, {(NEWS, OTHER)})
        [hold] = self.engine.json("hold", "--list")
        self.assertEqual(hold["waiting"], 10)
        self.assertEqual([one for one in self.suppressed() if one.endswith(domain)], [])
        server.rcpt = None
        self.engine.run("release", domain, "--source", OURS, "--reason", "delisted")
        self.sink.wait_delivered(15)
        self.assertEqual(set(self.sink.delivered.values()), {1})
        self.assertEqual({ask.client for ask in server.asks if ask.sender == SHOP}, {OURS})
        [ended] = [one for one in self.engine.json("hold", "--all") if one["provider"] == domain]
        self.assertEqual((ended["source_ip"], ended["released_by"], ended["note"]), (OURS, "root", "delisted"))

    def test_a_lane_of_one_address(self):
        """One message a second from the address that was asked to slow down; from the other all at once."""
        domain, server = self.domain()
        self.send(domain, SHOP, NEWS)
        server.rcpt = lambda ask: "451 4.7.1 Rate limit exceeded, try again later" if ask.client == OURS else None
        self.send(domain, SHOP, NEWS)
        [lane] = wait_until(lambda: self.engine.rows("SELECT provider, source_ip FROM pace WHERE provider = ?", domain),
                            what="a lane")
        self.assertEqual(lane["source_ip"], OURS)
        server.rcpt = None
        self.sink.wait_delivered(4)
        self.sink.forget()
        begun, number = time.time(), 6
        self.send(domain, *[SHOP, NEWS] * number)
        self.sink.wait_delivered(2 * number)
        last = {sender: max(one.time for one in server.deliveries if one.sender == sender) for sender in (SHOP, NEWS)}
        self.assertGreater(last[SHOP] - begun, (number - 2) * 0.9)
        self.assertLess(last[NEWS], last[SHOP])
        self.assertEqual(self.engine.rows("SELECT count(*) AS n FROM pace WHERE provider = ?", domain), [{"n": 1}])


if __name__ == "__main__":
    unittest.main()
