"""OpenSMTPD with the filter on every listener and relay, the log reader, and a scripted engine."""

import os
import shutil

from harness import case, opensmtpd, packages
from harness.wire import FakeEngine

BUILD = packages.TOP / "build"
FILTER = "/usr/libexec/opensmtpd/filter-rebuff"
PROGRAMS = "/usr/libexec/rebuff"


class RebuffCase(case.SmtpdCase):
    log_reader = True
    head = ""

    @classmethod
    def prepare(cls):
        cls.install("filter-rebuff", FILTER)
        cls.install("rebuff-smtpd-log", f"{PROGRAMS}/rebuff-smtpd-log")
        cls.ns.run(["install", "-d", "-o", "rebuff", "-g", "rebuff", "-m", "0750", "/var/lib/rebuff"])
        cls.engine = FakeEngine(cls.ns, "smtpd.sock", "opensmtpd")
        cls.addClassCleanup(cls.engine.close)
        cls.suppressed = set()
        cls.engine.answers["submit"] = cls.submit
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(
            head=f'filter "rebuff" proc-exec "{FILTER}" user opensmtpd\n'
                 f"queue ttl 14d\nbounce warn-interval 100d\n{cls.head}",
            listen='filter "rebuff"', relay='filter "rebuff"')
        cls.mta.start()
        if cls.log_reader:
            cls.reader = cls.start_reader()

    @classmethod
    def submit(cls, request):
        if request["recipient"] in cls.suppressed:
            return {"action": "refuse", "text": "5.1.1 recipient suppressed", "rule": "suppressed"}
        return {"action": "accept"}

    @classmethod
    def install(cls, program, where):
        cls.ns.run(["install", "-d", os.path.dirname(where)])
        shutil.copy(BUILD / program, cls.ns.path(where))
        cls.ns.path(where).chmod(0o755)

    @classmethod
    def start_reader(cls, *args):
        with open(cls.ns.path("/var/log/rebuff-smtpd-log"), "ab") as log:
            return cls.ns.popen([f"{PROGRAMS}/rebuff-smtpd-log", "-f", cls.mta.log_path, *args],
                                stdout=log, stderr=log)

    def results(self, number=1, timeout=30, **want):
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
