"""The engine's end of the wire, scripted: records every request and answers what it is told to.

    engine = FakeEngine(ns)                             # answers ok=1, go, accept
    engine.answers["gate"] = lambda ask: {"action": "wait", "until": ...}
    engine.answers["result"] = HANG                     # or DROP, or bytes sent as they are
    engine.of("result", recipient="a@example.net")      # the requests of that kind so far

It shows what an adapter sends, exactly, and how it copes with an engine that misbehaves.
"""

import asyncio
import os
import re
import socket
import threading
import time

from .background import PATIENCE_S, Background
from .sink import DROP, HANG

RUN = "/run/rebuff"
USUAL = {"result": {"ok": "1"}, "gate": {"action": "go"}, "submit": {"action": "accept"},
         "message": {"ok": "1"}, "ping": {"ok": "1"}}
ESCAPES = {"n": "\n", "r": "\r", "0": "\0", "\\": "\\"}


def unescape(value):
    return re.sub(r"\\(x[0-9a-fA-F]{2}|.)",
                  lambda m: chr(int(m[1][1:], 16)) if m[1][0] == "x" and len(m[1]) == 3
                  else ESCAPES.get(m[1], m[0]), value)


def escape(value):
    value = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")
    return re.sub(r"[\x01-\x1f\x7f]", lambda m: f"\\x{ord(m[0]):02x}", value)


def encode(fields):
    return "".join(f"{name}={escape(str(value))}\n" for name, value in fields.items()).encode(
        "utf-8", "surrogateescape") + b"\n"


def decode(block):
    lines = block.decode("utf-8", "surrogateescape").split("\n")
    return {name: unescape(value) for name, _, value in (line.partition("=") for line in lines if line)}


class FakeEngine:
    def __init__(self, ns, name="exim.sock", group="Debian-exim"):
        self.ns, self.name, self.group = ns, name, group
        self.requests = []
        self.answers = {}
        self.changed = threading.Condition()
        self.background = Background()
        self.alive = True
        self.server = None
        self.writers = set()
        ns.run(["install", "-d", "-m", "0755", RUN])
        self.start()

    def start(self):
        """Listen, and keep the alive stamp fresh."""
        self.alive = True
        path = self.ns.path(f"{RUN}/{self.name}")
        path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(path))
        sock.listen(128)
        os.chown(path, 0, self.ns.groups[self.group][0])
        path.chmod(0o660)
        self.stamp()

        async def begin():
            self.server = await asyncio.start_unix_server(self.serve, sock=sock)
            asyncio.get_running_loop().create_task(self.tick())
        self.background.call(begin())

    def stamp(self, age_ms=0):
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000 - age_ms
        temporary = self.ns.path(f"{RUN}/alive.new")
        temporary.write_text(f"{now}\n", encoding="ascii")
        temporary.rename(self.ns.path(f"{RUN}/alive"))

    async def tick(self):
        while self.alive:
            self.stamp(age_ms=-2000)                    # this process may be kept from running for a while
            await asyncio.sleep(1)

    def stop(self, remove=True):
        """End as if killed: nobody listens any more; the socket file stays unless remove."""
        self.alive = False

        async def end():
            self.server.close()
            for writer in self.writers:
                writer.close()
        self.background.call(end())
        if remove:
            self.ns.path(f"{RUN}/{self.name}").unlink()
            self.ns.path(f"{RUN}/alive").unlink()

    def close(self):
        self.background.stop()

    def of(self, kind, /, **want):
        """The requests of this kind whose fields have these values."""
        with self.changed:
            return [one for one in self.requests if one.get("request") == kind
                    and all(one.get(name) == value for name, value in want.items())]

    def wait(self, kind, /, number=1, timeout=PATIENCE_S, **want):
        """Wait until there are so many of those requests and return them."""
        with self.changed:
            enough = self.changed.wait_for(lambda: len(self.of(kind, **want)) >= number, timeout)
        found = self.of(kind, **want)
        if not enough:
            raise AssertionError(f"waited {timeout} s in vain for {number} x {kind} {want}: {found}; "
                                 f"last requests: {self.requests[-5:]}")
        return found

    def forget(self):
        with self.changed:
            self.requests.clear()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                block = await reader.readuntil(b"\n\n")
                request = decode(block)
                request["_time"] = time.time()
                with self.changed:
                    self.requests.append(request)
                    self.changed.notify_all()
                kind = request.get("request")
                answer = self.answers.get(kind, USUAL.get(kind, {"error": "unknown request"}))
                if callable(answer):
                    answer = answer(request)
                if answer == DROP:
                    return
                if answer == HANG:
                    await asyncio.sleep(3600)        # not an Event: a task that nothing refers to is collected
                writer.write(answer if isinstance(answer, bytes) else encode(answer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()
