#!/usr/bin/env python3
"""first_day.py exim|opensmtpd|postfix - what docs/first-day.md tells, on a system that has the packages: mail is sent
to a remote server of this script's own, a report is made of the log, rebuff is switched on, observes, acts, a
dead address is suppressed, and rebuff is switched off again.

Run as root, as an autopkgtest, or by packaging/first-day in a clean root. It writes the mail server's
configuration: never on a system that is in use. With systemd its units are used; without, what they start is
started here, as docs/without-systemd.md tells. Each command is printed with the minutes since FIRST_DAY_START
(of CLOCK_MONOTONIC; default now). The last line counts; ends with 1 when something is not as told.
"""
import os
import pathlib
import re
import socketserver
import subprocess
import sys
import threading
import time

START = float(os.environ.get("FIRST_DAY_START", time.monotonic()))
ALONE = bool(os.environ.get("FIRST_DAY_ALONE"))         # a network of its own, without DNS
SYSTEMD = os.path.exists("/run/systemd/system")
REMOTE = "127.0.0.2"
passed = failed = 0


class Session(socketserver.StreamRequestHandler):
    """A provider that takes all mail but that for dead@, and that for later...@ the second time; what it took is in
    server.taken."""

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self):
        self.say("220 mx.remote.example")
        recipients, data = [], None
        for line in self.rfile:
            word = line.strip().upper()
            if data is not None:
                data.append(line)
                if line == b".\r\n":
                    self.server.taken.append((recipients, b"".join(data).decode("utf-8", "replace")))
                    recipients, data = [], None
                    self.say("250 2.0.0 OK queued")
            elif word.startswith(b"RCPT TO:<DEAD"):
                self.say("550 5.1.1 <dead@remote.example>: User unknown")
            elif word.startswith(b"RCPT TO:<LATER") and word not in self.server.told:
                self.server.told.add(word)
                self.say("451 4.7.1 Greylisted, try again later")
            elif word.startswith(b"RCPT TO:<"):
                recipients.append(line.decode()[9:].split(">", maxsplit=1)[0])
                self.say("250 OK")
            elif word == b"DATA":
                data = []
                self.say("354 go on")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 OK")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, address):
        super().__init__((address, 25), Session)
        self.taken, self.told = [], set()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class NoDns(socketserver.BaseRequestHandler):
    """Says of every name that it does not exist."""

    def handle(self):
        query, sock = self.request
        question = query[12:query.index(b"\0", 12) + 5]
        sock.sendto(query[:2] + b"\x84\x83\0\1" + bytes(6) + question, self.client_address)


def shell(command, check=True):
    done = subprocess.run(["sh", "-c", command], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if check and done.returncode:
        sys.exit(f"first_day: {command}: exit {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


def step(command, want="", fails=False):
    """One command of the story; what it prints must have `want` in it."""
    global passed, failed
    out = shell(command, check=not fails)
    ok = re.search(want, out)
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'}  {(time.monotonic() - START) / 60:4.1f} min  {command}"
          + ("" if ok else f"\n{out[-1500:]}\nexpected: {want}"), flush=True)


def wait_for(command, want):
    """Until it prints that, at most 30 seconds: the step behind it says what was wrong."""
    end = time.monotonic() + 30
    while time.monotonic() < end and not re.search(want, shell(command, check=False)):
        time.sleep(0.1)


class Mta:
    """What a unit starts, and is started here without systemd."""

    remote = REMOTE

    def __init__(self):
        self.started = []

    def start(self, *argv, out=subprocess.DEVNULL):
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, text=True)
        self.started.append(process)
        return process

    def stop(self):
        for process in reversed(self.started):
            process.terminate()
            process.wait()
        self.started = []

    def engine(self):
        if SYSTEMD:
            shell("systemctl restart rebuff")
        else:
            shell("install -d -o rebuff -g rebuff -m 755 /run/rebuff && "
                  "install -d -o rebuff -g rebuff -m 700 /var/lib/rebuff")
            self.start("rebuff", "serve")
        wait_for("rebuff status", "engine +up")

    def send(self, *recipients):
        for one in recipients:
            shell(f"printf 'Subject: news\\n\\nHello.\\n' | {self.sendmail} -f news@sender.example {one}", check=False)

    def story(self):
        """What is the same for both."""
        step(f"rebuff setup {self.name} --dry-run", r"Nothing was changed \(--dry-run\)")
        step(f"rebuff setup {self.name} --yes", "It observes until rebuff mode act")
        self.engine()
        self.companions()
        step("rebuff status", "observe: decides and records, acts on nothing")
        self.send("alice@remote.example", "dead@remote.example")
        wait_for("rebuff report --json", '"would_suppress_addresses":1')
        step("rebuff report", "Acting, rebuff would have suppressed 1 address")
        step("rebuff doctor", r"\AREBUFF (OK|WARNING: clock)", fails=True)
        step("rebuff mode act")
        self.send("dead@remote.example")
        wait_for("rebuff suppress list", "dead@remote.example")
        step("rebuff suppress list", "dead@remote.example")


class Exim(Mta):
    name, sendmail = "exim", "sendmail -odi"

    def prepare(self):
        """An internet site with the split configuration; its mail for remote.example goes to us."""
        pathlib.Path("/etc/exim4/conf.d/router/060_first_day").write_text(
            f"first_day:\n  driver = manualroute\n  domains = remote.example\n  route_list = * {REMOTE} byname\n"
            "  self = send\n  transport = remote_smtp\n", encoding="ascii")
        conf = pathlib.Path("/etc/exim4/update-exim4.conf.conf")
        text = conf.read_text(encoding="utf-8")
        for name, value in (("use_split_config", "true"), ("other_hostnames", "sender.example"),
                            ("eximconfig_configtype", "internet")):
            text = re.sub(rf"(?m)^dc_{name}=.*$", f"dc_{name}='{value}'", text)
        conf.write_text(text, encoding="utf-8")
        pathlib.Path("/etc/mailname").write_text("sender.example\n", encoding="ascii")
        shell("update-exim4.conf")
        if SYSTEMD:
            shell("systemctl restart exim4")

    def companions(self):
        if SYSTEMD:
            return
        shell("install -d -o Debian-exim /var/lib/rebuff-exim-log")
        self.start("/usr/libexec/rebuff/rebuff-mtactl", "exim")
        self.start("setpriv", "--reuid=Debian-exim", "--regid=Debian-exim", "--init-groups",
                   "/usr/libexec/rebuff/rebuff-exim-log", "-p", "/var/lib/rebuff-exim-log/place")

    def run(self):
        self.send("alice@remote.example", "bob@remote.example", "dead@remote.example")
        step("rebuff report --from /var/log/exim4/mainlog*", "2 of 3 attempts were accepted, 0 put off and 1 refused")
        self.story()
        self.send("dead@remote.example")
        step("grep suppressed /var/log/exim4/mainlog", "rebuff: recipient is suppressed: ")
        step("rebuff setup exim --undo --yes", "switched off in Exim")


class Smtpd(Mta):
    name, sendmail, log = "opensmtpd", "sendmail", "/var/log/mail.log"

    def prepare(self):
        pathlib.Path("/etc/smtpd.conf").write_text(
            "table aliases file:/etc/aliases\nlisten on localhost\naction \"local\" maildir alias <aliases>\n"
            f"action \"out\" relay host smtp://{REMOTE}\nmatch for local action \"local\"\n"
            "match from local for any action \"out\"\n", encoding="ascii")
        pathlib.Path("/etc/aliases").touch()
        self.smtpd()

    def smtpd(self, *args):
        if SYSTEMD:
            shell("systemctl restart opensmtpd")
            return
        self.daemon = self.start("smtpd", "-d", *args, out=subprocess.PIPE)
        threading.Thread(target=self.syslog, args=(self.daemon.stdout,), daemon=True).start()
        wait_for("smtpctl show status", "MTA|MDA|SMTP")

    def syslog(self, lines):
        """There is no syslog here that would write the mail log."""
        with open(self.log, "a", encoding="utf-8", buffering=1) as log:
            for line in lines:
                log.write(f"{time.strftime('%b %e %H:%M:%S')} mail smtpd[1]: {line}")

    def stop_smtpd(self):
        self.daemon.terminate()
        self.daemon.wait()
        self.started.remove(self.daemon)

    def lines(self):
        return "journalctl -q -o export -u opensmtpd" if SYSTEMD else f"cat {self.log}"

    def companions(self):
        """smtpd is started again as the drop-in of its unit has it."""
        if SYSTEMD:
            return
        shell("install -d -o rebuff /var/lib/rebuff-smtpd-log && install -d -m 700 /var/lib/rebuff-mtactl")
        self.stop_smtpd()
        self.start("/usr/libexec/rebuff/rebuff-mtactl", "-d", "/var/lib/rebuff-mtactl", "opensmtpd")
        self.start("setpriv", "--reuid=rebuff", "--regid=rebuff", "--init-groups",
                   "/usr/libexec/rebuff/rebuff-smtpd-log", "-f", self.log, "-p", "/var/lib/rebuff-smtpd-log/place")
        self.smtpd("-P", "mta")
        shell("timeout 8 /usr/libexec/rebuff/rebuff-mtactl -r restarted opensmtpd", check=False)
        shell("smtpctl resume mta")

    def run(self):
        self.send("alice@remote.example", "bob@remote.example", "dead@remote.example")
        wait_for(f"{self.lines()} | grep -c 'to=<.*@remote.example>.*result='", "^3$")
        # With the bounce to the sender there are four; it may have gone by now.
        step(f"{self.lines()} | rebuff report --from -",
             "(2 of 3|3 of 4) attempts were accepted, 0 put off and 1 refused")
        self.story()
        step("echo | sendmail -f news@sender.example dead@remote.example", "(?i)suppressed", fails=True)
        step("rebuff setup opensmtpd --undo --yes", "(?s)/etc/smtpd.conf is as it was.*switched off in OpenSMTPD")


class Postfix(Mta):
    name, sendmail, log = "postfix", "sendmail", "/var/log/mail.log"
    remote = "198.51.100.1"                             # what is sent to the loopback net is no result

    def prepare(self):
        shell("postconf -e inet_interfaces=127.0.0.1 myhostname=mail.sender.example mydestination=localhost,sender.example "
              f"'transport_maps=inline:{{remote.example=smtp:[{self.remote}]}}'")
        if SYSTEMD:
            shell("systemctl restart postfix@-")
            return
        # There is no syslog here that would write the mail log.
        shell(f"postconf -e maillog_file={self.log}; install -g adm -m 640 /dev/null {self.log}")
        self.start("postfix", "start-fg")
        wait_for("postfix status 2>&1 && echo it runs", "it runs")

    def lines(self):
        return "journalctl -q -o export SYSLOG_FACILITY=2" if SYSTEMD else f"cat {self.log}"

    def companions(self):
        if SYSTEMD:
            return
        shell("install -d -o rebuff-postfix /var/lib/rebuff-postfix-log")
        self.start("setpriv", "--reuid=rebuff-postfix", "--regid=rebuff-postfix", "--groups=adm",
                   "/usr/libexec/rebuff/rebuff-postfix-log", "-f", self.log, "-p", "/var/lib/rebuff-postfix-log/place")
        wait_for("ls /var/lib/rebuff-postfix-log", "place")     # it starts at the log's end

    def run(self):
        self.send("alice@remote.example", "bob@remote.example", "dead@remote.example")
        wait_for(f"{self.lines()} | grep -c 'to=<.*@remote.example>.*status='", "^3$")
        step(f"{self.lines()} | rebuff report --from -", "2 of 3 attempts were accepted, 0 put off and 1 refused")
        self.story()
        # What is submitted with sendmail does not pass by smtpd.
        step("python3 -c 'import smtplib; s = smtplib.SMTP(\"127.0.0.1\"); s.ehlo(); "
             "s.mail(\"news@sender.example\"); print(s.rcpt(\"dead@remote.example\"))'",
             "550, .*rebuff: recipient is suppressed: ")
        step("rebuff setup postfix --undo --yes", "(?s)master.cf are as they were.*switched off in Postfix")


def main():
    mtas = {"exim": Exim, "opensmtpd": Smtpd, "postfix": Postfix}
    if sys.argv[1:2] == [] or sys.argv[1] not in mtas:
        sys.exit("usage: first_day.py exim|opensmtpd|postfix")
    if ALONE:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="ascii")
        pathlib.Path("/etc/hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
        threading.Thread(target=socketserver.ThreadingUDPServer(("127.0.0.1", 53), NoDns).serve_forever,
                         daemon=True).start()
    mta = mtas[sys.argv[1]]()
    if not mta.remote.startswith("127."):
        shell(f"ip address replace {mta.remote}/32 dev lo")
    try:
        mta.prepare()                                   # it may have listened everywhere before
        Server(mta.remote)
        mta.run()
    finally:
        mta.stop()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
