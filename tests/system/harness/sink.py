"""Scripted SMTP servers: every answer can be set, every transaction is recorded.

    sink = Sink(ns)
    gmail = sink.server("198.51.100.7")                 # accepts everything
    gmail.rcpt = "550-5.1.1 The account that you tried\\n550 5.1.1 does not exist"
    gmail.banner = "554 5.7.1 go away"
    gmail.rcpt = lambda ask: "452 4.2.2 full" if ask.recipient == "x@gmail.example" else None
    gmail.dot = DROP                                    # close without a word; HANG: never answer
    sink.wait_delivered(3)

A behaviour, one for each of banner, ehlo, mail, rcpt, data and dot, is None (the usual answer),
text or bytes (lines separated by "\\n", sent as they are with CRLF), DROP, HANG, a Wait, or a function of
an Ask that returns one of those. Text must begin with its code; bytes may be anything.
"""

import asyncio
import collections
import dataclasses
import email
import email.policy
import re
import socket
import ssl
import subprocess
import threading
import time

from .background import PATIENCE_S, Background

DROP, HANG = "DROP", "HANG"
STAGES = ("banner", "ehlo", "mail", "rcpt", "data", "dot")


@dataclasses.dataclass
class Wait:
    """Answer only after so many seconds."""
    seconds: float
    reply: object = None


@dataclasses.dataclass
class Ask:
    """One question that a client put to a server, and what it was told."""
    time: float                         # time.time()
    server: str                         # the address that was connected to
    connection: int                     # number of the connection, over the whole sink
    stage: str
    sender: str = ""
    recipient: str = ""                 # at rcpt; at dot the first accepted one
    count: int = 1                      # how often this server was asked this for this pair, from 1
    age: float = 0.0                    # seconds since it was asked for the first time
    data: bytes = b""                   # at dot
    reply: object = None
    client: str = ""                    # the address that asks


@dataclasses.dataclass
class Delivery:
    """One message that a server accepted at the dot."""
    time: float
    server: str
    connection: int
    sender: str
    recipients: list
    parameters: str                     # of MAIL
    rcpt_parameters: list
    data: bytes

    @property
    def message(self):
        return email.message_from_bytes(self.data, policy=email.policy.default)

    @property
    def message_id(self):
        found = re.search(rb"^message-id:\s*(<[^>]*>)", self.data, re.IGNORECASE | re.MULTILINE)
        return found.group(1).decode("utf-8", "replace") if found else ""


def greylist(seconds, text="451 4.7.1 Greylisted, please try again later"):
    """A behaviour for rcpt: refuses until the pair was first seen so many seconds ago."""
    return lambda ask: text if ask.age < seconds else None


class Server:
    """One listening address. Behaviours may be changed at any time."""

    def __init__(self, sink, address, port):
        self.sink, self.address, self.port = sink, address, port
        self.name = f"mx-{address.replace('.', '-')}.example"
        self.banner = self.ehlo = self.mail = self.rcpt = self.data = self.dot = None
        self.extensions = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 52428800", "DSN"]
        self.starttls = False           # True: offer it; "454 4.7.0 not now"; DROP: close in the handshake
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self.seen = {}
        self.listener = None

    @property
    def deliveries(self):
        return [one for one in self.sink.deliveries if one.server == self.address]

    @property
    def asks(self):
        return [one for one in self.sink.asks if one.server == self.address]

    def refuse_connections(self):
        """Stop listening, so that connecting fails at once; listen_again() ends it."""
        self.sink.call(self.shut())

    def listen_again(self):
        self.sink.listen(self)

    async def shut(self):
        if self.listener:
            self.listener.close()
            self.listener = None

    async def decide(self, ask):
        """The reply for this question as bytes; None for a connection to be dropped."""
        key = (ask.stage, ask.sender, ask.recipient)
        count, first = self.seen.get(key, (0, ask.time))
        ask.count, ask.age = count + 1, ask.time - first
        self.seen[key] = (ask.count, first)
        reply = getattr(self, ask.stage)
        while callable(reply) or isinstance(reply, Wait):
            if isinstance(reply, Wait):
                await asyncio.sleep(reply.seconds)
                reply = reply.reply
            else:
                reply = reply(ask)
        ask.reply = reply
        self.sink.note(ask)
        if reply == HANG:
            await asyncio.sleep(3600)        # not an Event: a task that nothing refers to is collected
        return reply

    async def serve(self, reader, writer):
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError,
                asyncio.CancelledError, ssl.SSLError, TimeoutError):
            pass                                        # the client went away, or we are closing
        finally:
            self.open_now -= 1
            writer.close()


class Session:
    """One SMTP conversation."""

    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.connection = server.sink.next_connection()
        self.client = writer.get_extra_info("peername")[0]
        self.reset()
        self.tls = False

    def reset(self):
        self.sender, self.parameters = None, ""
        self.recipients, self.rcpt_parameters = [], []

    def ask(self, stage, **kw):
        return Ask(time.time(), self.server.address, self.connection, stage, client=self.client, **kw)

    async def put(self, reply):
        if isinstance(reply, str):
            reply = reply.encode("utf-8", "surrogateescape")
        self.writer.write(reply.replace(b"\n", b"\r\n") + b"\r\n")

    async def answer(self, stage, usual, **kw):
        """Send the scripted or the usual reply; True when it is a 2xx or 3xx."""
        reply = await self.server.decide(self.ask(stage, **kw))
        if reply == DROP:
            raise ConnectionAbortedError
        reply = usual if reply is None else reply
        await self.put(reply)
        return reply[:1] in ("2", "3", b"2", b"3")

    async def run(self):
        if not await self.answer("banner", f"220 {self.server.name} ESMTP"):
            await self.writer.drain()
            await self.reader.readline()                # the client's QUIT, if it is polite
            return
        while True:
            await self.writer.drain()
            line = (await self.reader.readline()).decode("utf-8", "surrogateescape")
            if not line:
                return
            verb, _, rest = line.strip().partition(" ")
            handler = getattr(self, "do_" + verb.lower(), None)
            if handler is None:
                await self.put("500 5.5.1 Command unrecognized")
            elif await handler(rest) == "end":
                await self.writer.drain()
                return

    async def do_ehlo(self, _):
        lines = [f"{self.server.name} at your service", *self.server.extensions]
        if self.server.starttls and not self.tls:
            lines.append("STARTTLS")
        usual = "\n".join(f"250-{line}" for line in lines[:-1]) + f"\n250 {lines[-1]}"
        await self.answer("ehlo", usual)

    async def do_helo(self, _):
        await self.answer("ehlo", f"250 {self.server.name}")

    async def do_starttls(self, _):
        if isinstance(self.server.starttls, str) and self.server.starttls != DROP:
            await self.put(self.server.starttls)
            return
        await self.put("220 2.0.0 go ahead")
        await self.writer.drain()
        if self.server.starttls == DROP:
            raise ConnectionAbortedError
        await self.writer.start_tls(self.server.sink.tls())
        self.tls = True

    async def do_mail(self, rest):
        found = re.match(r"FROM:\s*<([^>]*)>\s*(.*)", rest, re.IGNORECASE)
        sender = found.group(1) if found else rest
        self.reset()
        if await self.answer("mail", "250 2.1.0 OK", sender=sender):
            self.sender, self.parameters = sender, found.group(2) if found else ""

    async def do_rcpt(self, rest):
        if self.sender is None:
            await self.put("503 5.5.1 MAIL first")
            return
        found = re.match(r"TO:\s*<((?:\"(?:\\.|[^\"\\])*\"|[^>\"])*)>\s*(.*)", rest, re.IGNORECASE)
        recipient = found.group(1) if found else rest
        if await self.answer("rcpt", "250 2.1.5 OK", sender=self.sender, recipient=recipient):
            self.recipients.append(recipient)
            self.rcpt_parameters.append(found.group(2) if found else "")

    async def do_data(self, _):
        if not self.recipients:
            await self.put("503 5.5.1 no valid recipients")
            return
        first = {"sender": self.sender, "recipient": self.recipients[0]}
        if not await self.answer("data", "354 go ahead", **first):
            self.reset()
            return
        await self.writer.drain()
        data = (await self.reader.readuntil(b"\r\n.\r\n"))[:-3]
        data = data.replace(b"\r\n..", b"\r\n.")
        when = time.time()
        if await self.answer("dot", f"250 2.0.0 OK queued as S{self.connection}", data=data, **first):
            self.server.sink.note(Delivery(when, self.server.address, self.connection, self.sender,
                                           self.recipients, self.parameters, self.rcpt_parameters, data))
        self.reset()

    async def do_rset(self, _):
        self.reset()
        await self.put("250 2.0.0 OK")

    async def do_noop(self, _):
        await self.put("250 2.0.0 OK")

    async def do_quit(self, _):
        await self.put("221 2.0.0 bye")
        return "end"


class Sink:
    """All scripted servers of a test, run by one thread of this process."""

    def __init__(self, ns):
        self.ns = ns
        self.servers = {}
        self.asks = []
        self.deliveries = []
        self.delivered = collections.Counter()          # by (message-id, recipient)
        self.changed = threading.Condition()
        self.count = 0
        self.context = None
        self.background = Background()
        self.call = self.background.call

    def server(self, address, port=25, **behaviours):
        """Listen on an address and return its Server."""
        server = Server(self, address, port)
        for name, value in behaviours.items():
            if name not in vars(server):
                raise TypeError(f"a server has no behaviour {name}")
            setattr(server, name, value)
        self.servers[address] = server
        self.listen(server)
        return server

    def listen(self, server):
        sock = self.ns.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((server.address, server.port))

        async def start():
            server.listener = await asyncio.start_server(server.serve, sock=sock, backlog=1024,
                                                         limit=64 * 1024 * 1024)
        self.call(start())

    def next_connection(self):
        self.count += 1
        return self.count

    def note(self, record):
        with self.changed:
            if isinstance(record, Delivery):
                self.deliveries.append(record)
                for recipient in record.recipients:
                    self.delivered[record.message_id, recipient] += 1
            else:
                self.asks.append(record)
            self.changed.notify_all()

    def wait(self, condition, timeout=PATIENCE_S, what="a condition of the sink"):
        """Wait until condition(), looked at after each record, is true; return its value."""
        with self.changed:
            value = self.changed.wait_for(condition, timeout)
        if not value:
            raise AssertionError(f"waited {timeout} s in vain for {what}; "
                                 f"{len(self.deliveries)} deliveries, last asks: {self.asks[-5:]}")
        return value

    def wait_delivered(self, number, timeout=PATIENCE_S):
        """Wait for this many accepted messages in all and return them."""
        self.wait(lambda: len(self.deliveries) >= number, timeout, f"{number} deliveries")
        return self.deliveries

    def wait_asked(self, stage, number=1, timeout=PATIENCE_S, **want):
        """Wait until this was asked so often (fields as in Ask) and return those questions."""
        def matching():
            return [ask for ask in self.asks if ask.stage == stage
                    and all(getattr(ask, name) == value for name, value in want.items())]
        self.wait(lambda: len(matching()) >= number, timeout, f"{number} x {stage} {want}")
        return matching()

    def forget(self):
        """Drop the records so far, not the behaviours."""
        with self.changed:
            self.asks.clear()
            self.deliveries.clear()
            self.delivered.clear()

    def tls(self):
        """A server context with a certificate of its own, made on first use (openssl)."""
        if self.context is None:
            key = "/run/sink.pem"
            self.ns.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
                         key, "-out", key + ".crt", "-subj", "/CN=sink.example"], stderr=subprocess.PIPE)
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.ns.path(key + ".crt"), self.ns.path(key))
        return self.context

    def close(self):
        for server in self.servers.values():
            self.call(server.shut())
        self.background.stop()
