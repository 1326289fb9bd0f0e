"""Whatever the engine does or does not do: mail flows, smtpd stays up, refusals come back."""

import smtplib
import threading
import time
import unittest

from harness.namespace import wait_until
from harness.sink import DROP, HANG
from smtpd_fixture import RebuffCase

GARBAGE = [b"\n\n", b"\0" * 4000, b"action=refuse\n", b"=x\n\n", b"x" * 70000, b"action=explode\n\n",
           b"action=refuse\ntext=550 5.1.1 a\\nfilter-result|x|y|proceed\n\n" * 3]
DEADLINE = 0.29                         # of one question, somewhat less: clocks differ


class Faults(RebuffCase):
    log_reader = False

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.remote("faults.example")
        cls.number = 0

    def setUp(self):
        self.engine.answers["submit"] = self.submit
        if not self.engine.alive:
            self.engine.start()

    def smtp(self, *recipients, sender="shop@sender.example", send=True):
        """Submit over SMTP; returns {recipient: (code, text)} and the seconds that RCPT took."""
        client = smtplib.SMTP()
        client.sock = self.ns.connect("127.0.0.1")
        client.file = None
        answers = {}
        try:
            client.getreply()
            client.ehlo("client.example")
            client.mail(sender)
            start = time.monotonic()
            for recipient in recipients:
                code, text = client.rcpt(recipient)
                answers[recipient] = (code, text.decode())
            took = time.monotonic() - start
            if send and any(code == 250 for code, _ in answers.values()):
                client.data(b"Subject: test\r\n\r\ntext\r\n")
            client.quit()
        finally:
            client.close()
        return answers, took

    def address(self, name):
        type(self).number += 1
        return f"{name}{self.number}@faults.example"

    def assert_accepted(self):
        """Mail flows; returns the seconds that RCPT took."""
        who = self.address("free")
        answers, took = self.smtp(who)
        self.assertEqual(answers[who][0], 250, answers)
        self.sink.wait_asked("rcpt", recipient=who)
        self.assert_up()
        return took

    def assert_accepted_at_once(self):
        """Nobody is waited for: on a busy machine one of three shows it."""
        self.assertLess(min(self.assert_accepted() for _ in range(3)), DEADLINE)

    def assert_refuses_again(self):
        who = self.address("dead")
        self.suppressed.add(who)
        wait_until(lambda: self.smtp(who, send=False)[0][who][0] == 550,
                   what="a suppressed recipient to be refused again")

    def test_suppressed(self):
        dead, free = self.address("dead"), self.address("free")
        self.suppressed.add(dead)
        answers, _ = self.smtp(dead, free)
        self.assertEqual(answers[dead], (550, "5.1.1 recipient suppressed"))
        self.assertEqual(answers[free][0], 250)
        self.sink.wait_asked("rcpt", recipient=free)
        self.assertFalse([ask for ask in self.sink.asks if ask.recipient == dead])

    def test_suppressed_at_sendmail(self):
        dead = self.address("dead")
        self.suppressed.add(dead)
        done = self.mta.submit("shop@sender.example", dead, check=False)
        self.assertEqual(done.returncode, 70, done.stdout)
        self.assertIn("5.1.1 recipient suppressed", str(done.stdout))

    def test_empty_sender_is_never_asked_about(self):
        dead = self.address("dead")
        self.suppressed.add(dead)
        answers, _ = self.smtp(dead, sender="")
        self.assertEqual(answers[dead][0], 250)
        self.assertEqual(self.engine.of("submit", recipient=dead), [])

    def test_engine_absent(self):
        self.engine.stop()
        self.assert_accepted_at_once()
        self.engine.start()
        self.assert_refuses_again()

    def test_engine_dies_while_it_is_asked(self):
        self.engine.answers["submit"] = DROP
        self.assert_accepted_at_once()
        self.engine.answers["submit"] = self.submit
        self.assert_refuses_again()

    def test_engine_silent(self):
        self.engine.answers["submit"] = HANG
        for _ in range(2):
            self.assertGreaterEqual(self.assert_accepted(), DEADLINE)
        self.assert_accepted_at_once()                  # two timeouts: it rests for five seconds
        self.engine.answers["submit"] = self.submit
        self.assert_refuses_again()

    def test_engine_silent_at_a_commit(self):
        """Of mail that is held; two questions run out, and then none is asked for a while."""
        self.engine.answers["submit"] = {"action": "accept", "held": "1"}
        self.engine.answers["commit"] = HANG
        who = self.address("held")
        begun = time.monotonic()
        self.assertEqual(self.smtp(who)[0][who][0], 250)
        self.assertGreaterEqual(time.monotonic() - begun, DEADLINE)
        self.assertEqual(len(self.engine.wait("committed", recipient=who)), 1)
        self.smtp(self.address("held"))
        asked = len(self.engine.of("commit"))
        self.smtp(self.address("held"))
        self.assertEqual(len(self.engine.of("commit")), asked)
        self.engine.answers["submit"] = self.submit
        del self.engine.answers["commit"]
        self.assert_refuses_again()

    def test_engine_late(self):
        """An answer that comes too late is not taken for the answer of a later question."""
        dead = self.address("dead")

        def late(request):
            if request["recipient"] == dead:
                time.sleep(0.5)                         # stops the engine's whole loop
                return {"action": "refuse", "text": "late"}
            return self.submit(request)
        self.engine.answers["submit"] = late
        answers, _ = self.smtp(dead, *(self.address("free") for _ in range(3)))
        self.assertEqual({code for code, _ in answers.values()}, {250}, answers)

    def test_engine_stops_stamping(self):
        self.engine.stop()
        self.engine.start()
        self.engine.alive = False
        self.engine.stamp(age_ms=4000)
        self.engine.answers["submit"] = HANG
        self.assert_accepted_at_once()
        self.engine.stop()

    def test_garbage(self):
        for bytes_ in GARBAGE:
            with self.subTest(bytes_[:20]):
                self.engine.answers["submit"] = bytes_
                who = self.address("any")
                answers, _ = self.smtp(who)
                self.assertIn(answers[who][0], (250, 550))
                self.assert_up()
        self.engine.answers["submit"] = self.submit
        self.assert_refuses_again()

    def test_many_at_once(self):
        self.suppressed.update(f"d{i}@faults.example" for i in range(40))
        answers = {}

        def one(i):
            answers.update(self.smtp(f"d{i}@faults.example", f"f{i}@faults.example")[0])
        threads = [threading.Thread(target=one, args=(i,)) for i in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 80)
        for who, (code, text) in answers.items():
            self.assertEqual(code, 550 if who.startswith("d") else 250, (who, text))


if __name__ == "__main__":
    unittest.main()
