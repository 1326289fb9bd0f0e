"""Logs that real mail servers wrote, read by rebuff report --from and rebuff import, against counts that
others make of them: grep, eximstats and pflogsumm."""

import gzip
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import case, exim, packages, postfix
from harness.sink import DROP

SENDER = "news@sender.example"
GREYLISTED = "451 4.7.1 Greylisted, try again"
NO_USER = "550-5.1.1 The account that you tried to reach\n550 5.1.1 does not exist"
# What a server may say so that it is taken for something else.
LIAR = "550 5.7.1 => a@b H=mx [1.2.3.4] status=sent (250 ok) result=\"Ok\" stat=\"250"
REBUFF = packages.TOP / "build" / "rebuff"


def rebuff(*args, check=True):
    """Run the rebuff that was built, outside, as anybody; returns the finished process."""
    return subprocess.run([REBUFF, *args, "--config", ""], check=check, text=True, capture_output=True,
                          env={"TZ": "UTC", "PATH": "/usr/bin:/bin"}, timeout=60)


def counts(*logs):
    """(accepted, put off, refused) and the whole report, of logs alone."""
    done = rebuff("report", "--json", "--from", *logs)
    told = json.loads(done.stdout)
    total = told["total"]
    return (total["accepted"], total["deferred"], total["refused"]), told, done.stderr


class Logs:
    """The same mail for each server: taken, refused, put off, refused by a liar, cut off, to no domain."""

    @classmethod
    def servers(cls):
        cls.remote("ok.example")
        cls.remote("gone.example", rcpt=NO_USER)
        cls.remote("grey.example", rcpt=GREYLISTED)
        cls.remote("liar.example", dot=LIAR)
        cls.remote("drop.example", rcpt=DROP)

    def copy(self):
        """The log as it is now, outside."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "log"
        path.write_text(self.log_text(), encoding="utf-8", errors="surrogateescape")
        return path

    def check_again(self, log):
        """Compressed it says the same; imported twice it counts once; grown, only what is new."""
        want, told, _ = counts(log)
        packed = log.with_name("log.2.gz")
        packed.write_bytes(gzip.compress(log.read_bytes()))
        self.assertEqual(counts(packed)[0], want)
        state = str(log.with_name("state.db"))
        once = json.loads(rebuff("import", "--json", "--state", state, log).stdout)
        twice = json.loads(rebuff("import", "--json", "--state", state, packed).stdout)
        self.assertEqual((once["results"], once["unread"]), (sum(want), 0), once)
        self.assertEqual((twice["lines"], twice["results"]), (0, 0), twice)
        report = json.loads(rebuff("report", "--json", "--last", "7d", "--state", state).stdout)
        for name in ("accepted", "deferred", "refused"):
            self.assertEqual(report["total"][name], told["total"][name])


class EximLogs(Logs, case.EximCase):
    queue_interval = None

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.servers()

    def log_text(self):
        return self.mta.mainlog()

    def select(self, selector, more=""):
        conf = self.ns.path("/etc/exim4/exim4.conf")
        text = re.sub(r"(?m)^log_selector = .*$", f"log_selector = {selector}", conf.read_text(encoding="utf-8"))
        conf.write_text(re.sub(r"(?m)^timezone = .*$", f"timezone = UTC\n{more}", text), encoding="utf-8")
        self.mta.run("-bV")

    def send(self):
        self.mta.submit(SENDER, "a@ok.example", "b@ok.example", "c@gone.example", mode="-odi")
        self.mta.submit("shop@other.example", "d@ok.example", "e@grey.example", mode="-odi")
        self.mta.submit(SENDER, "f@liar.example", mode="-odi")
        self.mta.submit(SENDER, "g@nowhere.example", mode="-odi")
        self.mta.submit(SENDER, "h@drop.example", mode="-odi")

    def check(self, selector, more=""):
        path = self.ns.path("/var/log/exim4/mainlog")
        path.write_text("", encoding="ascii")
        for hints in self.ns.path("/var/spool/exim4/db").glob("retry*"):
            hints.unlink()                              # so that every server is tried
        self.select(selector, more)
        self.send()
        log = self.copy()
        text = self.log_text()
        # The flag stands behind the id; what looks like one further on, a server said.
        flags = re.findall(rf"(?m)^[-0-9:. ]+(?:\+0000 )?(?:\[\d+\] )?{exim.MESSAGE_ID} (=>|->|==|\*\*) (.*)$", text)
        wanted = (sum(flag in ("=>", "->") and " T=remote_smtp" in rest for flag, rest in flags),
                  sum(flag == "==" for flag, _ in flags), sum(flag == "**" for flag, _ in flags))
        self.assertEqual(wanted, (3, 2, 3), text)       # what was sent, by grep
        got, told, said = counts(log)
        self.assertEqual(got, wanted, f"{text}\n{said}")
        self.assertIn(" 0 not read", said)
        self.assertEqual({s["name"]: s["attempts"] for s in told["streams"]},
                         {"sender.example": 6, "other.example": 2}, text)
        self.assertEqual({r["category"] for r in told["reasons"] if r["provider"] == "gone.example"},
                         {"address-bad"})
        here = sum(" T=local_delivery" in line for line in text.splitlines())
        self.assertEqual(self.eximstats(log), (wanted[0] + here, wanted[2]))
        self.check_again(log)

    def eximstats(self, log):
        """The addresses that eximstats counts as delivered, here or elsewhere, and those that failed."""
        inside = self.ns.path("/var/log/exim4/copy")
        inside.write_bytes(log.read_bytes())
        out = self.ns.run(["/usr/sbin/eximstats", "-nr", "-nt", "/var/log/exim4/copy"]).stdout
        delivered = re.search(r"(?m)^\s*Delivered\s+\S+\s+\d+\s+(\d+)", out)
        failed = re.search(r"(?m)^\s*Received\s.*\s(\d+)\s+[\d.]+%$", out)
        self.assertTrue(delivered and failed, out)
        return int(delivered[1]), int(failed[1])

    def test_stock(self):
        self.check("+smtp_protocol_error +smtp_syntax_error +tls_certificate_verified")

    def test_everything(self):
        self.check("+all")

    def test_with_zone_and_more(self):
        self.check("+outgoing_interface +outgoing_port +smtp_confirmation +sender_on_delivery +received_recipients "
                   "+return_path_on_delivery +millisec +pid +queue_time +queue_time_overall +deliver_time "
                   "+delivery_size +address_rewrite +subject +8bitmime", "log_timezone = true")

    def test_html_is_one_command(self):
        self.send()
        out = rebuff("report", "--format", "html", "--from", self.copy()).stdout
        self.assertTrue(out.startswith("<!DOCTYPE html>") and out.endswith("</html>\n"))


class SmtpdLogs(Logs, case.SmtpdCase):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.servers()

    def log_text(self):
        # smtpd -d writes what it would hand to syslog, which adds this.
        return "".join(f"2026-01-02T10:00:00.000000+00:00 mail smtpd[7]: {line}\n"
                       for line in self.mta.log().splitlines())

    def test_counts(self):
        self.mta.submit(SENDER, "a@ok.example", "b@ok.example", "c@gone.example")
        self.mta.submit("shop@other.example", "e@grey.example")
        self.mta.submit(SENDER, "f@liar.example")
        self.mta.wait_log('rcpt=<-> .*result="Ok"', 2)
        self.mta.wait_log(r'mta delivery .*result="(PermFail|TempFail)"', 3)
        log = self.copy()
        lines = [line for line in log.read_text(encoding="utf-8").splitlines() if " mta delivery " in line]
        # The last of a line is smtpd's: what stands behind it the server said, and that may lie.
        wanted = tuple(sum(re.search(rf' delay=\S+ result="{word}" stat=', line) is not None for line in lines)
                       for word in ("Ok", "TempFail", "PermFail"))
        self.assertEqual(sum(wanted), len(lines))
        self.assertGreaterEqual(wanted[0], 2)
        got, told, said = counts(log)
        self.assertEqual(got, wanted, f"{lines}\n{said}")
        self.assertIn("other.example", {s["name"] for s in told["streams"]})
        self.assertEqual({r["category"] for r in told["reasons"] if r["provider"] == "gone.example"},
                         {"address-bad"})
        state = str(log.with_name("state.db"))
        self.assertEqual(json.loads(rebuff("import", "--json", "--state", state, log).stdout)["results"], sum(wanted))
        self.assertEqual(json.loads(rebuff("import", "--json", "--state", state, log).stdout)["results"], 0)


class PostfixLogs(Logs, case.NamespaceCase):
    @classmethod
    def make_namespace(cls):
        return postfix.namespace("pflogsumm", "libdate-calc-perl", "libcarp-clan-perl", "libbit-vector-perl")

    @classmethod
    def prepare(cls):
        cls.mta = postfix.Postfix(cls.ns)
        cls.mta.configure()
        cls.addClassCleanup(cls.mta.stop)
        cls.mta.start()
        cls.servers()

    def log_text(self):
        return self.mta.log()

    def pflogsumm(self):
        """(delivered, deferrals, bounced) as pflogsumm counts them."""
        out = self.ns.run(["perl", "/usr/sbin/pflogsumm", self.mta.log_path]).stdout
        found = [re.search(pattern, out) for pattern in
                 (r"(?m)^\s+(\d+)\s+delivered$", r"\((\d+)\s+deferrals\)", r"(?m)^\s+(\d+)\s+bounced$")]
        self.assertTrue(found[0] and found[2], out)
        return int(found[0][1]), int(found[1][1]) if found[1] else 0, int(found[2][1])

    def test_counts(self):
        self.mta.submit(SENDER, "a@ok.example", "b@ok.example", "c@gone.example")
        self.mta.submit("shop@ok.example", "d@ok.example", "e@grey.example")
        self.mta.submit("shop@ok.example", "f@liar.example")
        self.mta.submit("shop@ok.example", "g@nowhere.example")
        self.mta.submit("shop@ok.example", "h@drop.example")
        for name in "abcdefgh":
            self.mta.wait_log(rf"to=<{name}@\S+example>.*status=")
        # Bounces go back to their senders: to nobody, and to a server that takes them.
        self.mta.wait_log(r"to=<news@sender.example>.*status=")
        self.mta.wait_log(r"to=<shop@ok.example>.*status=sent", 2)
        self.mta.wait_log(r"qmgr.*: removed", 6)
        log = self.copy()
        text = self.log_text()
        wanted = tuple(len(re.findall(rf"(?m)/smtp\[\d+\]: \w+: to=<.*, status={word} \(", text))
                       for word in ("sent", "deferred", "bounced"))
        got, told, said = counts(log)
        self.assertEqual(got, wanted, f"{text}\n{said}")
        self.assertEqual(self.pflogsumm(), wanted, text)
        self.assertEqual(wanted, (5, 2, 4), text)
        self.assertIn(" 0 not read", said)
        self.assertEqual({r["category"] for r in told["reasons"] if r["provider"] == "gone.example"},
                         {"address-bad"})
        self.check_again(log)


class Unknown(unittest.TestCase):
    def test_log_of_an_unknown_form(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "access.log"
            log.write_text('203.0.113.9 - - [02/Jan/2026] "GET /\x1b[31m"\n', encoding="ascii")
            done = rebuff("report", "--from", log, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{log}: no log of a form that is known here; its first line is "
                          '"203.0.113.9 - - [02/Jan/2026] "GET /\\x1b[31m""', done.stderr)
