"""The harness itself: stock MTAs deliver, defer and bounce inside it, and nothing is left behind."""

import os
import pathlib
import signal
import subprocess
import sys
import textwrap

from harness import case, namespace


class StockExim:
    def test_delivers_defers_and_bounces(self):
        remote = self.remote("stock.example")
        remote.rcpt = {"later@stock.example": "451 4.3.0 not now",
                       "gone@stock.example": "550-5.1.1 no such\n550 5.1.1 user"}.get
        remote.rcpt = lambda ask, table=remote.rcpt: table(ask.recipient)
        self.mta.submit("news@sender.example", "ok@stock.example", mode="-odi")
        delivery = self.sink.wait_delivered(1)[0]
        self.assertEqual(delivery.recipients, ["ok@stock.example"])
        self.assertEqual(delivery.message["from"], "news@sender.example")
        later = self.mta.submit("news@sender.example", "later@stock.example", mode="-odi")
        self.mta.wait_log(rf"{later} == later@stock.example .*451 4.3.0 not now")
        self.assertEqual(self.mta.queue()[later]["open"], ["later@stock.example"])
        self.mta.submit("news@sender.example", "gone@stock.example")
        self.mta.wait_log(r"\*\* gone@stock.example .*550-5.1.1 no such\\n550 5.1.1 user")
        self.mta.wait_log("=> news ")
        bounce = self.mta.local_mail()[-1]
        self.assertEqual(bounce["Envelope-to"], "news@sender.example")
        self.assertEqual(bounce["X-Failed-Recipients"], "gone@stock.example")
        self.assertEqual(self.mta.paniclog(), "")

    def test_version_and_flavour(self):
        self.assertEqual("dlfunc" in self.mta.run("-bV").stdout, self.flavour == "heavy")


class Heavy(StockExim, case.EximCase):
    flavour = "heavy"


class Light(StockExim, case.EximCase):
    flavour = "light"


class StockSmtpd(case.SmtpdCase):
    def test_delivers_and_bounces(self):
        remote = self.remote("stock.example")
        remote.rcpt = lambda ask: "550 5.1.1 no such user" if ask.recipient.startswith("gone") else None
        self.mta.submit("news@sender.example", "ok@stock.example")
        self.assertEqual(self.sink.wait_delivered(1)[0].recipients, ["ok@stock.example"])
        self.mta.wait_log(r'to=<ok@stock.example>.*result="Ok"')
        self.mta.submit("news@sender.example", "gone@stock.example")
        self.mta.wait_log(r'to=<gone@stock.example>.*result="PermFail" stat="550 5.1.1 no such user"')


def alive(pid):
    """Whether a process runs; a zombie that the host's init has not reaped yet does not."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


class CleanUp(case.unittest.TestCase):
    def test_nothing_survives_a_killed_test(self):
        script = textwrap.dedent("""\
            import sys, time
            sys.path.insert(0, sys.argv[1])
            from harness import namespace
            ns = namespace.Namespace()
            inside = ns.popen(["sleep", "1000"])
            print(ns.pid, inside.real_pid(), flush=True)
            time.sleep(1000)
            """)
        here = os.path.dirname(os.path.abspath(__file__))
        for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                test = subprocess.Popen([sys.executable, "-c", script, here], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
                pids = test.stdout.readline().split()
                self.assertEqual(len(pids), 2)
                test.send_signal(number)
                test.wait()
                test.stdout.close()
                namespace.wait_until(lambda pids=pids: not any(map(alive, pids)), 10,
                                     "the processes inside to end")
        self.assertFalse(os.path.exists("/mnt/overlay"))
