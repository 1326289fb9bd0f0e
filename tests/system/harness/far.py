"""A real mail server of others: an Exim in a namespace of its own, joined to ours by a cable. It takes mail for
remote.example with 250 and hands it to an inner server, which refuses every recipient: the bounce comes back
over the wire, from a host whose name is confirmed in the DNS."""

import ipaddress
import subprocess

from . import exim
from .dnsstub import Dns
from .namespace import link
from .sink import Sink

OURS, THEIRS = "203.0.113.1", "203.0.113.2"
DOMAIN, NAME = "remote.example", "mx.remote.example"
REPLY = "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table"


class Far:
    def __init__(self, ns, dns, home=("sender.example",), signs=False, dsn=False):
        """ns and dns: ours; home: domains whose bounces come to us. signs: with DKIM, and its address has no
        name. dsn: it offers DSN, and its address has no name."""
        self.ns = exim.namespace("heavy", hostname=NAME)
        link(ns, self.ns, (OURS, THEIRS))
        self.dns = Dns(self.ns)
        self.inner = Sink(self.ns)
        self.inner.server("198.51.100.1", rcpt=lambda ask: REPLY.format(ask.recipient))
        for one in (dns, self.dns):
            one.host(DOMAIN, THEIRS, mx=NAME)
            for domain in home:
                one.host(domain, OURS, mx=ns.hostname)
        transport = self.sign(dns) if signs else ""
        if dsn:
            del dns[ipaddress.ip_address(THEIRS).reverse_pointer]
        self.mta = exim.Exim(self.ns)
        self.mta.configure(
            interfaces=THEIRS, local="", transport=transport, main="MAIN_ACL_CHECK_RCPT = acl_all\n" + "dsn_advertise_hosts = *\n" * dsn, acl="acl_all:\n  accept\n",
            router=f"inner:\n  driver = manualroute\n  domains = {DOMAIN}\n  transport = remote_smtp\n"
                   "  route_list = * 198.51.100.1\n")
        self.mta.start(None)

    def sign(self, dns):
        """Make a key, publish it where we look, take the PTR away; returns lines of the transport."""
        self.ns.run(["openssl", "genrsa", "-out", "/etc/exim4/dkim.key", "1024"])
        self.ns.run(["chown", "Debian-exim", "/etc/exim4/dkim.key"])
        public = self.ns.run(["openssl", "rsa", "-in", "/etc/exim4/dkim.key", "-pubout"], stderr=subprocess.DEVNULL)
        key = "".join(line for line in public.stdout.splitlines() if not line.startswith("-"))
        dns[f"sel._domainkey.{DOMAIN}"] = {"TXT": [f"v=DKIM1; k=rsa; p={key}"]}
        del dns[ipaddress.ip_address(THEIRS).reverse_pointer]
        return (f"  dkim_domain = {DOMAIN}\n  dkim_selector = sel\n  dkim_private_key = /etc/exim4/dkim.key\n"
                "  dkim_canon = relaxed\n")

    def close(self):
        self.mta.stop()
        self.inner.close()
        self.dns.close()
        self.ns.close()
