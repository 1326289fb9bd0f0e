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
from .engine import Engine
from .namespace import PATIENCE_S, wait_until
from .sink import Sink

# The states of a recipient, as the database has them (store.h).
WAITING, OPEN, DELIVERED, FAILED, GIVEN_UP, GONE = range(6)

# Everything is tried again after two seconds, so that a test sees it happen.
FAST = """
rebuff.default.mode = "act"
for _, category in ipairs { "unclassified", "address-bad", "recipient-refused", "domain-bad", "mailbox-full",
	"mailbox-disabled", "sender-rejected", "ip-blocked", "rate-limited", "greylisted", "content-blocked", "policy",
	"auth-failed", "relay-denied", "message-too-big", "system-error", "protocol-error", "network-error" } do
	rebuff.default.retry[category] = { first = "2s", factor = 1, max = "2s", jitter = 0 }
end
rebuff.default.pace = { start = "6000/min", floor = "6000/min", ceiling = "6001/min" }
"""

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
    own_tmp = False         # what is tried writes in /tmp, where the host's has what others leave there meanwhile

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
        if cls.own_tmp:
            cls.ns.run(["mount", "-t", "tmpfs", "tmpfs", "/tmp"])
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


class EngineCase(EximCase):
    """Exim with rebuff's configuration, the engine and its companions, and a policy of seconds."""

    staged = True
    configuration = exim.REBUFF
    policy = FAST

    @classmethod
    def prepare(cls):
        cls.engine = Engine(cls.ns, "exim", act=False)
        cls.engine.policy("defaults.lua", cls.policy)
        cls.addClassCleanup(cls.engine.stop_all)
        cls.engine.start()
        super().prepare()

    def setUp(self):
        self.sink.forget()

    def wait_row(self, ident, state, number=1, timeout=PATIENCE_S):
        """Wait until so many recipients of a message are in one of the states of store.h (WAITING ...),
        and return their rows."""
        def found():
            rows = self.engine.rows("SELECT * FROM delivery WHERE id = ? AND state = ?", ident, state)
            return rows if len(rows) == number else None
        try:
            return wait_until(found, timeout, f"{number} recipients of {ident} in state {state}")
        except AssertionError as error:
            rows = self.engine.rows("SELECT * FROM delivery WHERE id = ?", ident)
            raise AssertionError(f"{error}; there are {rows}; mainlog ends\n{self.mta.mainlog()[-1500:]}") from None

    def retry(self, domain, category, after):
        """Make one domain a provider whose deferrals of that category wait so long."""
        name = domain.split(".")[0]
        self.engine.policy(f"providers/{name}.lua", f'local p = rebuff.provider "{name}"\n'
                           f'p.domains = {{ "{domain}" }}\n'
                           f'p.retry["{category}"] = {{ first = "{after}", factor = 1, max = "{after}", jitter = 0 }}\n')
        self.engine.reload()

    def domain(self, **behaviours):
        """A domain of this test's own, and its server."""
        name = self.id().rsplit(".", 1)[-1].replace("_", "-") + ".example"
        return name, self.remote(name, **behaviours)

    def delivery(self, ident, number=1):
        """The rows of a message in the engine's memory: one a recipient."""
        return wait_until(lambda: (lambda rows: rows if len(rows) >= number else None)(
            self.engine.rows("SELECT * FROM delivery WHERE id = ?", ident)), what=f"{number} recipients of {ident}")

    def events(self, ident):
        return self.engine.rows("SELECT * FROM event WHERE id = ? ORDER BY event", ident)

    def suppressed(self):
        """{address: entry} of the list."""
        return {entry["address"]: entry for entry in self.engine.json("suppress", "list")}


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
