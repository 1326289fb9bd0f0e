"""OpenSMTPD with the real engine, when many messages fail together: what is held, checked, told and released."""

import mailbox
import smtplib
import threading
import time
import unittest

from harness import case, engine, opensmtpd
from harness.namespace import wait_until
from smtpd_fixture import start_as_unit
from watch_story import POLICY, WatchStory, publish, watch

SESSIONS = 6
RATE = 60                               # messages a second, of all sessions


class Watch(WatchStory, case.SmtpdCase):
    staged = True
    configuration = opensmtpd.REBUFF

    @classmethod
    def prepare(cls):
        publish(cls.dns)
        cls.engine = engine.Engine(cls.ns, "smtpd", act=False)
        cls.engine.policy("defaults.lua", POLICY)
        cls.addClassCleanup(cls.engine.stop_all)
        cls.engine.start()
        super().prepare()
        cls.ns.path("/etc/aliases").write_text("postmaster: root\nnews: root\nshop: root\n", encoding="ascii")
        cls.mta.ctl("update", "table", "aliases")
        watch(cls.engine)

    def send(self, mail):
        """At a steady rate: smtpd attempts at once whatever it takes, and what is in its hands cannot be held."""
        failed = []

        def session(number):
            begun, client = time.monotonic(), self.client()
            for i, (sender, recipient) in enumerate(mail[number::SESSIONS]):
                wait = begun + i * SESSIONS / RATE - time.monotonic()
                if wait > 0:
                    time.sleep(wait)                    # the rate is what is wanted
                if i % 90 == 89:                        # smtpd takes 100 a session
                    client.quit()
                    client = self.client()
                try:
                    client.sendmail(sender, [recipient], f"To: <{recipient}>\r\nSubject: test\r\n\r\ntext\r\n")
                except (OSError, smtplib.SMTPException) as error:
                    failed.append(error)
                    return
            client.quit()
        threads = [threading.Thread(target=session, args=(number,)) for number in range(SESSIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])

    def client(self):
        client = smtplib.SMTP(local_hostname="shop.sender.example")
        client.sock = self.ns.connect("127.0.0.1", 25)
        client.file = None
        client.getreply()
        client.ehlo()
        return client

    def restart_mta(self, days):
        self.mta.stop()
        self.ns.run(["sh", "-c", f"sed -i -E 's/^(ctime|last-try): .*/\\1: '$(($(date +%s) - {days * 86400}))/ "
                     "$(find /var/spool/smtpd/queue -type f ! -name message)"])
        start_as_unit(self.mta)

    def after_restart(self):
        """Outgoing mail is on, and what waits is paused."""
        self.assertIn("MTA running", self.mta.ctl("show", "status").stdout)
        loose = [line for line in self.mta.queue() if line[2] == "mta" and line[6].endswith("@kill0.example")
                 and line[3] != "suspend"]
        self.assertEqual(loose, [])

    def notices(self):
        path = self.ns.path("/var/mail/root")
        return list(mailbox.mbox(path, create=False)) if path.exists() else []

    def tearDown(self):
        self.assertIsNone(self.mta.daemon.poll(), "smtpd has ended")
        for hold in self.holds():
            self.engine.run("release", *([hold["provider"]] if hold["provider"] else []), "--stream", hold["stream"])
        wait_until(lambda: not [line for line in self.mta.queue() if line[6].endswith(".example")], case.scale(180, 900),
                   what="an empty queue")


if __name__ == "__main__":
    unittest.main()
