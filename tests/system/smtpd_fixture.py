"""OpenSMTPD with the filter on every listener and relay, the log reader, and a scripted engine."""

import os
import re
import shlex
import socket

from harness import case, opensmtpd, packages
from harness.namespace import PATIENCE_S, wait_until
from harness.wire import FakeEngine, decode, encode

FILTER = "/usr/libexec/opensmtpd/filter-rebuff"
PROGRAMS = "/usr/libexec/rebuff"
DROP_IN = packages.TOP / "plugins/opensmtpd/conf/opensmtpd.service.conf"


def start_as_unit(mta):
    """Start smtpd by the commands of its unit's drop-in, as it is shipped."""
    start = re.findall(r"^ExecStart=/usr/sbin/smtpd (.+)$", DROP_IN.read_text(encoding="ascii"), re.MULTILINE)
    if len(start) != 1:
        raise AssertionError("the drop-in has other commands than expected")
    mta.start(*shlex.split(start[0]))
    finish_start(mta)


def finish_start(mta):
    """What the drop-in has done behind smtpd's start."""
    after = re.findall(r"^ExecStartPost=(-?)(.+)$", DROP_IN.read_text(encoding="ascii"), re.MULTILINE)
    if len(after) != 3:
        raise AssertionError("the drop-in has other commands than expected")
    for may_fail, command in after:
        done = mta.ns.run(shlex.split(command), check=False)
        if done.returncode and not may_fail:
            raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}")


class Engine(FakeEngine):
    """The scripted engine at smtpd's socket, which also its own user, the log reader's, may open."""

    def __init__(self, ns):
        super().__init__(ns, "smtpd.sock", "opensmtpd")

    def start(self):
        super().start()
        os.chown(self.ns.path(f"/run/rebuff/{self.name}"), self.ns.users["rebuff"][0], -1)


class Mtactl:
    """One connection to rebuff-mtactl."""

    def __init__(self, ns):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        try:
            self.sock.connect(str(ns.path("/run/rebuff/mtactl.sock")))
        except OSError:
            self.sock.close()
            raise

    def send(self, request, **fields):
        self.sock.sendall(encode({"request": request, "mta": "opensmtpd", **fields}))

    def ask(self, request, **fields):
        self.send(request, **fields)
        return self.answer()

    def answer(self):
        """The answer's fields; `queued` is a list of all values of that name."""
        data = b""
        while not data.endswith(b"\n\n"):
            more = self.sock.recv(65536)
            if not more:
                raise ConnectionError("rebuff-mtactl has closed the connection")
            data += more
        answer = decode(data)
        answer["queued"] = [line[7:] for line in data.decode().split("\n") if line.startswith("queued=")]
        return answer

    def close(self):
        self.sock.close()


class RebuffCase(case.SmtpdCase):
    """smtpd as docs/opensmtpd.md has it, without rebuff-mtactl."""

    staged = True
    log_reader = True
    head = ""

    @classmethod
    def prepare(cls):
        cls.ns.run(["install", "-d", "-o", "rebuff", "-g", "rebuff", "-m", "0755", "/run/rebuff"])
        cls.ns.run(["install", "-d", "-o", "rebuff", "-g", "rebuff", "-m", "0700", "/var/lib/rebuff"])
        cls.ns.run(["install", "-d", "-o", "rebuff", "-g", "rebuff", "-m", "0700", "/var/lib/rebuff-smtpd-log"])
        cls.start_engine()
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(
            head=f'filter "rebuff" proc-exec "{FILTER}" user opensmtpd\n'
                 f"queue ttl 14d\nbounce warn-interval 100d\n{cls.head}",
            listen='filter "rebuff"', relay='filter "rebuff"')
        cls.mta.start()
        if cls.log_reader:
            cls.reader = cls.start_reader()

    @classmethod
    def start_engine(cls):
        """A scripted one; what it was told is in cls.engine."""
        cls.engine = Engine(cls.ns)
        cls.addClassCleanup(cls.engine.close)
        cls.suppressed = set()
        cls.engine.answers["submit"] = cls.submit

    @classmethod
    def submit(cls, request):
        if request["recipient"] in cls.suppressed:
            return {"action": "refuse", "text": "5.1.1 recipient suppressed", "rule": "suppressed"}
        return {"action": "accept"}

    @classmethod
    def start_reader(cls, *args):
        with open(cls.ns.path("/var/log/rebuff-smtpd-log"), "ab") as log:
            return cls.ns.popen([f"{PROGRAMS}/rebuff-smtpd-log", "-f", cls.mta.log_path, *args],
                                user="rebuff", stdout=log, stderr=log)

    def results(self, number=1, timeout=PATIENCE_S, **want):
        """Wait for so many results with these fields; log=False: from the filter, True: the log reader."""
        return self.engine.wait("result", number=number, timeout=timeout, **self.wanted(want))

    def results_now(self, **want):
        return self.engine.of("result", **self.wanted(want))

    @staticmethod
    def wanted(want):
        if "log" in want:
            want["from_log"] = "1" if want.pop("log") else None
        return want

    def assert_up(self):
        """smtpd answers, and has not ended since it was started."""
        self.assertIsNone(self.mta.daemon.poll(), "smtpd has ended")
        self.assertEqual(self.mta.ctl("show", "status").returncode, 0)


class SteeredCase(RebuffCase):
    """The same with rebuff-mtactl."""

    @classmethod
    def prepare(cls):
        cls.ns.run(["install", "-d", "-m", "0700", "/var/lib/rebuff-mtactl"])
        super().prepare()
        cls.mtactl = cls.start_mtactl()

    @classmethod
    def start_mtactl(cls, *args):
        with open(cls.ns.path("/var/log/rebuff-mtactl"), "ab") as log:
            process = cls.ns.popen([f"{PROGRAMS}/rebuff-mtactl", *args, "opensmtpd"],
                                   stdout=log, stderr=log)

        def answers():
            try:
                client = Mtactl(cls.ns)
            except OSError:
                return False
            try:
                return client.ask("ping").get("ok") == "1"
            except OSError:
                return False
            finally:
                client.close()
        wait_until(answers, what="rebuff-mtactl to answer")
        return process

    def ask(self, request, **fields):
        client = Mtactl(self.ns)
        try:
            return client.ask(request, **fields)
        finally:
            client.close()

    def deferred(self, domain, number=1, **behaviours):
        """Messages that were refused once with a 4xx: the server, and {recipient: envelope id}."""
        server = self.remote(domain, **(behaviours or {"rcpt": "451 4.7.1 later"}))
        people = [f"u{i}@{domain}" for i in range(number)]
        for person in people:
            self.mta.submit("news@sender.example", person)
        return server, {person: self.results(recipient=person, log=True)[0]["id"] for person in people}

    def queue_entry(self, envelope):
        found = [line for line in self.mta.queue() if line[0] == envelope]
        return found[0] if found else None
