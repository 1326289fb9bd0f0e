"""A real Postfix of Debian in a namespace; it writes its log itself.

    mta = Postfix(ns); mta.configure(); mta.start()
    mta.submit("news@sender.example", "b@example.net")
    mta.wait_log(r"to=<b@example.net>.*status=sent")
    with mta.session("news@sender.example") as smtp:
        smtp.rcpt("b@example.net")
"""

import re
import signal
import smtplib
import subprocess

from .namespace import PATIENCE_S, Namespace, wait_until

CONFIGURATION = """\
compatibility_level = 3.6
myhostname = {hostname}
mydestination = localhost
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {log}
alias_maps =
alias_database =
smtp_tls_security_level = none
mail_owner = postfix
setgid_group = postdrop
"""
PACKAGES = ("postfix",)
USERS = {"postfix": (64220, "/var/spool/postfix"), "rebuff-postfix": (64222, "/nonexistent")}
GROUPS = {"postfix": (64220, []), "postdrop": (64221, []), "rebuff-postfix": (64222, [])}


class Postfix:
    log_path = "/var/log/postfix.log"

    def __init__(self, ns):
        self.ns = ns
        self.daemon = None

    def configure(self, main="", master=""):
        """Debian's master.cf, of whose chroots smtpd's alone stays, and a main.cf of ours; and what is appended."""
        self.ns.path("/etc/postfix/main.cf").write_text(
            CONFIGURATION.format(hostname=self.ns.hostname, log=self.log_path) + main, encoding="ascii")
        stock = self.ns.path("/usr/share/postfix/master.cf.dist").read_text(encoding="ascii")
        services = re.sub(r"(?m)^((?!smtp +inet)\S+ +\S+ +\S+ +\S+ +)y ", r"\1n ", stock)
        self.ns.path("/etc/postfix/master.cf").write_text(services + master, encoding="ascii")
        # Postfix makes it readable for root alone.
        self.ns.run(["install", "-g", "rebuff-postfix", "-m", "0640", "/dev/null", self.log_path])
        self.ns.run(["install", "-d", "-o", "postfix", "/var/spool/postfix", "/var/lib/postfix"])
        self.ns.run(["chown", "root", "/var/spool/postfix"])
        self.ns.run(["postfix", "check"])

    def start(self):
        starts = self.log().count("daemon started")
        self.daemon = self.ns.popen(["postfix", "start-fg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_log("daemon started", starts + 1)

    def stop(self):
        if self.daemon:
            self.ns.run(["postfix", "stop"], check=False)
            self.daemon.stop(signal.SIGTERM)
            self.daemon = None

    def submit(self, sender, *recipients):
        message = f"From: <{sender}>\nSubject: test\n\nA message of the system tests.\n"
        self.ns.run(["/usr/sbin/sendmail", "-f", sender, "--", *recipients], input=message.encode())

    def session(self, sender, source="127.0.0.1"):
        """A client's connection, after MAIL FROM; replies are (code, text)."""
        smtp = self.ns.inside(lambda: smtplib.SMTP("127.0.0.1", 25, "client.example", PATIENCE_S, (source, 0)))
        smtp.ehlo()
        smtp.mail(sender)
        return smtp

    def log(self):
        path = self.ns.path(self.log_path)
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""

    def wait_log(self, pattern, number=1, timeout=PATIENCE_S):
        """Wait until so many lines of the log match and return them."""
        expression = re.compile(rf"^.*(?:{pattern}).*$", re.MULTILINE)

        def found():
            lines = expression.findall(self.log())
            return lines if len(lines) >= number else None
        return wait_until(found, timeout, f"{number} x {pattern!r} in the log of Postfix")


def namespace(*more, staged=False):
    return Namespace((*PACKAGES, *more), staged=staged, users=USERS, groups=GROUPS)
