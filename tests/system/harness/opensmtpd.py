"""A real OpenSMTPD of Debian in a namespace.

    mta = Smtpd(ns); mta.configure(); mta.start()
    mta.submit("news@sender.example", "b@example.net")
    mta.wait_log(r'rcpt=<b@example.net>.*result="Ok"')
"""

import re
import subprocess

from . import packages
from .namespace import PATIENCE_S, Namespace, wait_until

CONFIGURATION = """\
{head}
table aliases file:/etc/aliases
listen on socket {listen}
listen on 127.0.0.1 {listen}
action "local" mbox alias <aliases>
{actions}
action "out" relay {relay}
{matches}
match for local action "local"
match from any for domain "sender.example" action "local"
match from local for any action "out"
"""


# What rebuff's own smtpd.conf adds, for configure(**REBUFF).
REBUFF = {
    "head": 'filter "rebuff" proc-exec "/usr/libexec/opensmtpd/filter-rebuff" user opensmtpd\n'
            "queue ttl 14d\nbounce warn-interval 100d\nmta limit task-hiwat 1000000\n",
    "listen": 'filter "rebuff"',
    "relay": 'filter "rebuff"',
}


class Smtpd:
    """smtpd -d inside a namespace made with packages.OPENSMTPD; its log goes to log_path."""

    log_path = "/var/log/smtpd.log"

    def __init__(self, ns):
        self.ns = ns
        self.daemon = None
        self.number = 0
        ns.run(["install", "-d", "-m", "0711", "/var/spool/smtpd"])
        ns.run(["install", "-d", "-m", "0755", "/var/lib/opensmtpd/empty"])
        ns.path("/etc/aliases").write_text("", encoding="ascii")

    def configure(self, **sections):
        """Write /etc/smtpd.conf. Sections: head, listen (options of both listeners), actions,
        relay (options of the relay action), matches (before ours)."""
        names = ("head", "listen", "actions", "relay", "matches")
        unknown = set(sections) - set(names)
        if unknown:
            raise TypeError(f"no such section of the configuration: {', '.join(unknown)}")
        text = CONFIGURATION.format(**{name: sections.get(name, "") for name in names})
        self.ns.path("/etc/smtpd.conf").write_text(text, encoding="utf-8")
        self.ns.run(["smtpd", "-n", "-f", "/etc/smtpd.conf"])

    def start(self, *args):
        with open(self.ns.path(self.log_path), "ab") as log:
            self.daemon = self.ns.popen(["smtpd", "-d", "-f", "/etc/smtpd.conf", *args], stdout=log, stderr=log)
        wait_until(lambda: self.ctl("show", "status", check=False).returncode == 0, what="smtpd to answer smtpctl")
        wait_until(lambda: self.ns.listens(25), what="smtpd to listen")

    def stop(self):
        if self.daemon:
            self.daemon.stop()
            self.daemon = None

    def ctl(self, *args, **kw):
        return self.ns.run(["smtpctl", *args], **kw)

    def message(self, sender, recipients, subject="", body="", headers=""):
        self.number += 1
        return (f"From: <{sender or 'MAILER-DAEMON@' + self.ns.hostname}>\nTo: {', '.join(recipients[:3])}\n"
                f"Message-ID: <m{self.number}@{self.ns.hostname}>\nSubject: {subject or f'test {self.number}'}\n"
                f"{headers}\n{body or 'A message of the system tests.'}\n").encode("utf-8", "surrogateescape")

    def submit(self, sender, *recipients, data=None, check=True, **parts):
        """Hand a message to sendmail(8); the finished process is returned."""
        data = data or self.message(sender, recipients, **parts)
        return self.ns.run(["/usr/sbin/sendmail", "-f", sender or "<>", "--", *recipients], input=data,
                           stderr=subprocess.STDOUT, check=check)

    def log(self):
        return self.ns.path(self.log_path).read_bytes().decode("utf-8", "replace")

    def wait_log(self, pattern, number=1, timeout=PATIENCE_S):
        """Wait until so many lines of the log match and return them."""
        expression = re.compile(rf"^.*(?:{pattern}).*$", re.MULTILINE)

        def found():
            lines = expression.findall(self.log())
            return lines if len(lines) >= number else None
        try:
            return wait_until(found, timeout, f"{number} x {pattern!r} in the log")
        except AssertionError as error:
            raise AssertionError(f"{error}; the log ends:\n{self.log()[-3000:]}") from None

    def queue(self):
        """Lines of smtpctl show queue, split at the bars."""
        return [line.split("|") for line in self.ctl("show", "queue").stdout.splitlines()]


def namespace(**kw):
    return Namespace(packages.OPENSMTPD, **kw)
