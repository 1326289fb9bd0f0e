"""Base classes of the system tests: a namespace with DNS, scripted servers and an MTA for each class.

    class Heavy(case.EximCase):
        flavour = "heavy"
        def test_delivers(self):
            self.remote("example.net")
            self.mta.submit(...)

The fixture is shared by the tests of one class; each test uses domains of its own or forgets what
the one before left behind. What a failed test needs for a diagnosis is copied to build/system/.
"""

import os
import shutil
import unittest

from . import exim, opensmtpd, packages
from .dnsstub import Dns
from .sink import Sink

KEEP = packages.TOP / "build" / "system"


def scale(short, long):
    """How much of something: `short` in make check, `long` in make chaos (REBUFF_LONG=1)."""
    return long if os.environ.get("REBUFF_LONG") else short


def table(rows):
    """Class decorator: a test for each row, test_NAME, which calls self.check(**row)."""
    def add(cls):
        for row in rows:
            def test(self, row=row):
                self.check(**{name: value for name, value in row.items() if name != "name"})
            setattr(cls, "test_" + row["name"], test)
        return cls
    return add


class NamespaceCase(unittest.TestCase):
    """One namespace, DNS and sink a class. Subclasses give make_namespace and may extend prepare."""

    next_address = 0

    @classmethod
    def make_namespace(cls):
        raise NotImplementedError

    @classmethod
    def prepare(cls):
        """Start what the tests of the class share; runs once, after DNS and sink are there."""

    @classmethod
    def setUpClass(cls):
        cls.ns = cls.make_namespace()
        cls.addClassCleanup(cls.ns.close)
        cls.dns = Dns(cls.ns)
        cls.addClassCleanup(cls.dns.close)
        cls.sink = Sink(cls.ns)
        cls.addClassCleanup(cls.sink.close)
        cls.next_address = 1
        cls.prepare()

    @classmethod
    def remote(cls, *domains, mx=None, **behaviours):
        """A new scripted server that receives the mail of these domains."""
        address = f"198.51.100.{cls.next_address}"
        cls.next_address += 1
        server = cls.sink.server(address, **behaviours)
        for domain in domains:
            cls.dns.host(domain, address, mx=mx)
        return server

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            self.keep_evidence()
        return result

    def keep_evidence(self):
        """Copy the logs of inside to build/system/TEST/."""
        where = KEEP / self.id()
        shutil.rmtree(where, ignore_errors=True)
        try:
            shutil.copytree(self.ns.path("/var/log"), where, ignore_dangling_symlinks=True)
            (where / "asks").write_text("\n".join(map(str, self.sink.asks)), encoding="utf-8")
        except (AttributeError, OSError, shutil.Error):
            pass                                        # the fixture itself failed: nothing to keep


class EximCase(NamespaceCase):
    """A stock Exim; override configuration (keyword arguments of Exim.configure) to change it."""

    flavour = "heavy"
    staged = False                      # True: what we have built is installed inside
    configuration = {}
    queue_interval = "30m"              # None: no queue runner

    @classmethod
    def make_namespace(cls):
        return exim.namespace(cls.flavour, staged=cls.staged)

    @classmethod
    def prepare(cls):
        cls.mta = exim.Exim(cls.ns, cls.flavour)
        cls.mta.configure(**cls.configuration)
        cls.mta.start(cls.queue_interval)


class SmtpdCase(NamespaceCase):
    """A stock smtpd; override configuration (keyword arguments of Smtpd.configure) to change it."""

    staged = False
    configuration = {}

    @classmethod
    def make_namespace(cls):
        return opensmtpd.namespace(staged=cls.staged)

    @classmethod
    def prepare(cls):
        cls.mta = opensmtpd.Smtpd(cls.ns)
        cls.mta.configure(**cls.configuration)
        cls.mta.start()
