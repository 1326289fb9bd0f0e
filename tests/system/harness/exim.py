"""A real Exim of Debian (heavy or light) in a namespace.

    mta = Exim(ns, "heavy"); mta.configure(); mta.start()
    mta.submit("a@example.org", "b@example.net")        # the id of the queued message
    mta.wait_log(r"=> b@example.net")
"""

import calendar
import mailbox
import pathlib
import re
import smtplib
import subprocess
import time

from . import packages
from .namespace import PATIENCE_S, Namespace, wait_until

CONFIGURATION = r"""
primary_hostname = {hostname}
qualify_domain = {hostname}
domainlist local_domains = @ : {local}
domainlist relay_to_domains =
hostlist relay_from_hosts = 127.0.0.1
local_interfaces = <, {interfaces}
daemon_smtp_ports = 25
never_users = root
trusted_users = alice : rebuff
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
timezone = UTC
prdr_enable = false
remote_max_parallel = 20
smtp_accept_max = 200
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
queue_run_max = 20
recipients_max = 50000
check_spool_space = 0
check_log_space = 0
acl_not_smtp = acl_check_not_smtp
MAIN_ACL_CHECK_RCPT_DEFAULT = acl_check_rcpt
keep_environment =
tls_advertise_hosts =
{smtputf8}
{main}
.ifndef MAIN_LOG_SELECTOR
MAIN_LOG_SELECTOR = +smtp_protocol_error +smtp_syntax_error +tls_certificate_verified
.endif
log_selector = MAIN_LOG_SELECTOR
.ifdef MAIN_ACL_CHECK_RCPT
acl_smtp_rcpt = MAIN_ACL_CHECK_RCPT
.else
acl_smtp_rcpt = MAIN_ACL_CHECK_RCPT_DEFAULT
.endif

begin acl
acl_check_rcpt:
  accept hosts = : +relay_from_hosts
  accept domains = +local_domains : +relay_to_domains
  deny message = relay not permitted
acl_check_not_smtp:
  accept
{acl}

begin routers
{router}
{more_routers}
dnslookup:
  debug_print = "R: dnslookup for $local_part@$domain"
  driver = dnslookup
  domains = ! +local_domains
  transport = remote_smtp
  same_domain_copy_routing = yes
  no_more
system_aliases:
  driver = redirect
  allow_fail
  allow_defer
  data = ${{lookup{{$local_part}}lsearch{{/etc/aliases}}}}
local_user:
  driver = accept
  transport = local_delivery

begin transports
remote_smtp:
  driver = smtp
  connect_timeout = 5s
  command_timeout = {timeout}
  data_timeout = {timeout}
  final_timeout = {timeout}
{transport}
{more_transports}
local_delivery:
  driver = appendfile
  file = /var/mail/local
  envelope_to_add
  user = mail
  group = mail
  mode = 0660

begin retry
{retry}
* * F,2h,15m; G,16h,1h,1.5; F,4d,6h

begin rewrite

begin authenticators
"""

# The sections as the package's configuration has them, for configure(**REBUFF).
REBUFF = {name: f".include_if_exists /usr/lib/exim4-rebuff/conf/{name}\n"
          for name in ("main", "acl", "router", "transport", "retry")}
REBUFF["more_transports"] = ".include_if_exists /usr/lib/exim4-rebuff/conf/transport_bounce\n"

STARTED = r"exim 4\S+ daemon started"
MESSAGE_ID = r"\b[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}\b"


class Exim:
    """Exim inside a namespace that was made with the packages of its flavour."""

    spool, logs = "/var/spool/exim4", "/var/log/exim4"

    def __init__(self, ns, flavour="heavy"):
        self.ns, self.flavour = ns, flavour
        self.daemon = None
        self.number = 0
        for name, mode in ((self.spool, "0750"), (self.logs, "2750")):
            ns.run(["install", "-d", "-o", "Debian-exim", "-g", "Debian-exim", "-m", mode, name])
        ns.run(["install", "-d", "-g", "mail", "-m", "2775", "/var/mail"])
        self.aliases()

    def configure(self, timeout="10s", interfaces="127.0.0.1", local="sender.example", **sections):
        """Write /etc/exim4/exim4.conf. timeout: of remote_smtp's commands. interfaces: where the daemon
        listens, separated by commas. local: domains that are its own. Sections: main, acl, router (first), more_routers, transport
        (lines of remote_smtp), more_transports, retry (first). The file is checked with exim4 -bV."""
        names = ("main", "acl", "router", "more_routers", "transport", "more_transports", "retry")
        unknown = set(sections) - set(names)
        if unknown:
            raise TypeError(f"no such section of the configuration: {', '.join(unknown)}")
        values = {name: sections.get(name, "") for name in names}
        smtputf8 = "smtputf8_advertise_hosts = *" if self.flavour == "heavy" else ""
        text = CONFIGURATION.format(hostname=self.ns.hostname, smtputf8=smtputf8,
                                    timeout=timeout, interfaces=interfaces, local=local, **values)
        self.ns.path("/etc/exim4/exim4.conf").write_text(text, encoding="utf-8")
        self.run("-bV")

    def aliases(self, **entries):
        lines = "".join(f"{name}: {target}\n" for name, target in entries.items())
        self.ns.path("/etc/aliases").write_text(lines, encoding="utf-8")

    def run(self, *args, **kw):
        """Run exim4 with these arguments (as root) and return the finished process."""
        return self.ns.run(["/usr/sbin/exim4", *args], **kw)

    # The daemon

    def start(self, queue_interval="30m", *args):
        """Start the daemon (-bd), with a queue runner unless queue_interval is None. A queue runner
        makes its first run at once: that is over when this returns."""
        runner = [f"-q{queue_interval}"] if queue_interval else []
        ready = "End queue run" if queue_interval else STARTED
        before = len(re.findall(ready, self.mainlog()))
        self.daemon = self.ns.popen(["/usr/sbin/exim4", "-bdf", *runner, *args], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        wait_until(lambda: len(re.findall(ready, self.mainlog())) > before, what="the daemon to start")

    def stop(self):
        if self.daemon:
            self.daemon.stop()
            self.daemon = None

    # Submission

    def message(self, sender, recipients, subject="", body="", headers=""):
        """A complete message as bytes, with a Message-ID of its own."""
        self.number += 1
        to = ", ".join(recipients[:3])
        return (f"From: <{sender or 'MAILER-DAEMON@' + self.ns.hostname}>\nTo: {to}\n"
                f"Message-ID: <m{self.number}@{self.ns.hostname}>\nSubject: {subject or f'test {self.number}'}\n"
                f"{headers}\n{body or 'A message of the system tests.'}\n").encode("utf-8", "surrogateescape")

    def submit(self, sender, *recipients, mode="-odb", data=None, **parts):
        """Hand a message to sendmail and return its queue id. mode: -odb background, -odi wait for the
        delivery attempt, -odq queue only, -odf foreground."""
        data = data or self.message(sender, recipients, **parts)
        before = len(self.mainlog())
        self.ns.run(["/usr/sbin/exim4", mode, "-oi", "-f", sender or "<>", "--", *recipients], input=data)
        found = wait_until(lambda: re.search(rf"^.*?({MESSAGE_ID}) <= ", self.mainlog()[before:], re.MULTILINE),
                           what="the message's line in mainlog")
        return found.group(1)

    def submit_many(self, messages, queue_only=True):
        """Hand many (sender, recipients, data or None) to one exim4 -bs; nothing is attempted yet."""
        lines = [b"EHLO localhost\r\n"]
        for sender, recipients, data in messages:
            data = data or self.message(sender, recipients)
            lines.append(f"MAIL FROM:<{sender}>\r\n".encode())
            lines += [f"RCPT TO:<{one}>\r\n".encode() for one in recipients]
            text = data.replace(b"\r\n", b"\n").replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
            lines += [b"DATA\r\n", text, b".\r\n"]
        lines.append(b"QUIT\r\n")
        mode = "-odq" if queue_only else "-odb"
        done = self.ns.run(["/usr/sbin/exim4", mode, "-oMa", "127.0.0.1", "-bs"], input=b"".join(lines),
                           timeout=300)
        return re.findall(rf"250 OK id=({MESSAGE_ID})", done.stdout.decode("utf-8", "replace"))

    def smtp(self):
        """An smtplib client connected to the daemon."""
        client = smtplib.SMTP(local_hostname="client.example")
        client.sock = self.ns.connect("127.0.0.1", 25)
        client.file = None
        code, _ = client.getreply()
        if code != 220:
            raise AssertionError(f"the daemon said {code}")
        return client

    # What happened

    def log(self, name):
        path = self.ns.path(f"{self.logs}/{name}")
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""

    def mainlog(self):
        return self.log("mainlog")

    def paniclog(self):
        return self.log("paniclog")

    def wait_log(self, pattern, number=1, timeout=PATIENCE_S):
        """Wait until so many lines of mainlog match and return them."""
        expression = re.compile(rf"^.*(?:{pattern}).*$", re.MULTILINE)

        def found():
            lines = expression.findall(self.mainlog())
            return lines if len(lines) >= number else None
        try:
            return wait_until(found, timeout, f"{number} x {pattern!r} in mainlog")
        except AssertionError as error:
            raise AssertionError(f"{error}; mainlog ends:\n{self.mainlog()[-3000:]}") from None

    def wait_completed(self, ident, timeout=PATIENCE_S):
        return self.wait_log(rf"{ident} Completed", 1, timeout)

    def queue(self):
        """{id: {"frozen": bool, "sender": str, "open": [recipients], "done": [recipients]}}"""
        messages, current = {}, None
        for line in self.run("-bp").stdout.splitlines():
            head = re.match(rf"\s*\S+\s+\S+\s+({MESSAGE_ID}) <(.*)>(.*)$", line)
            if head:
                current = {"frozen": "*** frozen ***" in head[3], "sender": head[2], "open": [], "done": []}
                messages[head[1]] = current
            elif current is not None and line.strip():
                # "D " in front marks a recipient that was delivered.
                kind = "done" if line.lstrip().startswith("D ") else "open"
                current[kind].append(line.strip().removeprefix("D "))
        return messages

    def wait_queue_empty(self, timeout=PATIENCE_S):
        wait_until(lambda: not self.input_files(), timeout, "an empty queue", every=0.1)

    def input_files(self):
        """The -H files of the queue: cheaper than -bp."""
        return [path.name[:-2] for path in self.ns.path(f"{self.spool}/input").rglob("*-H")]

    def queue_run(self, *args):
        """One queue run (-q, or what is given) to its end."""
        return self.run(*(args or ("-q",)), timeout=300)

    def hints(self):
        """The retry database: {key: seconds from the last try to the next}; keys are such as
        R:a@example.net or T:mx.example.net:198.51.100.7:25."""
        text = self.ns.run(["exim_dumpdb", self.spool, "retry"], check=False).stdout
        found = re.findall(r"^ *([RT]:\S+).*\n(\S+ \S+) +(\S+ \S+) +(\S+ \S+)", text, re.MULTILINE)
        return {key: (self._seconds(following) - self._seconds(last)) for key, _, last, following in found}

    @staticmethod
    def _seconds(text):
        return calendar.timegm(time.strptime(text, "%d-%b-%Y %H:%M:%S"))

    def local_mail(self):
        """All messages delivered locally (bounces to our senders, mostly); Envelope-to says to whom."""
        path = self.ns.path("/var/mail/local")
        return list(mailbox.mbox(path, create=False)) if path.exists() else []


def namespace(flavour="heavy", **kw):
    """A namespace with Exim of that flavour unpacked in it."""
    names = {"heavy": packages.EXIM_HEAVY, "light": packages.EXIM_LIGHT}[flavour]
    ns = Namespace(names, **kw)
    pathlib.Path(ns.path("/etc/exim4")).mkdir(exist_ok=True)
    return ns
