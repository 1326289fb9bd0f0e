"""A private mount, network, PID and UTS namespace in which a real MTA can run.

    with Namespace(packages.EXIM_HEAVY) as ns:
        ns.run(["exim4", "-bV"])
        ns.path("/etc/exim4/exim4.conf").write_text(...)
        sock = ns.socket(); sock.connect(("127.0.0.1", 25))

Inside, /etc and /usr are overlays (the packages' files on top of the host's), /run and most of
/var are empty tmpfs, lo has 127.0.0.0/8, 192.0.2.1 and the ranges asked for, and DNS is whatever
answers on 127.0.0.1:53. All of it is gone when the holder process dies, which the kernel sees to
also when the test is killed.
"""

import ctypes
import json
import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from . import packages, stage
from .background import PATIENCE_S

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET, CLONE_NEWNS, CLONE_FS = 0x40000000, 0x00020000, 0x00000200
PR_SET_PDEATHSIG = 1

# Numbers that a Debian host does not use by itself; only meaningful inside.
USERS = {
    "Debian-exim": (64201, "/var/spool/exim4"),
    "opensmtpd": (64202, "/var/lib/opensmtpd/empty"),
    "opensmtpq": (64203, "/var/lib/opensmtpd/empty"),
    "rebuff": (64204, "/var/lib/rebuff"),
    "alice": (64210, "/nonexistent"),
}
GROUPS = {
    "Debian-exim": (64201, []),
    "opensmtpd": (64202, []),
    "opensmtpq": (64203, []),
    "rebuff": (64204, []),
    "alice": (64210, []),
}
HOSTNAME = "mail.sender.example"
REMOTE = "198.51.100.0/24"              # where scripted servers may listen (TEST-NET-2)


def die_with_parent():
    """For preexec_fn: the child is killed when this process ends, however it ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Namespace:
    def __init__(self, names=(), staged=False, hostname=HOSTNAME, users=None, groups=None,
                 addresses=(REMOTE,)):
        """names: packages to lay over /usr and /etc; staged: also what we have built ourselves;
        users and groups: more accounts as in USERS."""
        if os.geteuid() != 0:
            raise packages.Unavailable("private namespaces need root: run the system tests with sudo")
        self.hostname = hostname
        self.users = {**USERS, **(users or {})}
        self.groups = {**GROUPS, **(groups or {})}
        roots = ([stage.ready()] if staged else []) + packages.fetch(names)
        set_gid = [(self.groups["opensmtpq"][0], str(root / "usr/sbin/smtpctl"))
                   for root in roots if root.name == "opensmtpd"]
        want = {"roots": [str(root) for root in roots], "users": self.users, "groups": self.groups,
                "set_gid": set_gid, "hostname": hostname, "addresses": list(addresses)}
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc",
             sys.executable, "-I", str(pathlib.Path(__file__).with_name("holder.py")), json.dumps(want)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=die_with_parent, start_new_session=True)
        if self.holder.stdout.readline() != "ready\n":
            raise RuntimeError(self.holder.stderr.read().strip() or "namespace: the holder died")
        self.pid = only_child(self.holder.pid)
        self.root = pathlib.Path(f"/proc/{self.pid}/root")
        self.started = []
        self.calls = queue.Queue()
        threading.Thread(target=self._inside_thread, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.holder.poll() is None:
            self.calls.put(None)
            self.holder.kill()                          # --kill-child takes PID 1 and all inside along
        self.holder.wait()
        for process in self.started:
            process.wait()
        for pipe in (self.holder.stdout, self.holder.stderr):
            pipe.close()

    def path(self, inside):
        """The file of that name inside, as this process reaches it."""
        return self.root / inside.lstrip("/")

    def _enter(self, argv, user):
        argv = [str(arg) for arg in argv]
        if user:
            argv = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *argv]
        return ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--uts", *argv]

    def run(self, argv, user=None, check=True, timeout=PATIENCE_S, **kw):
        """Run a command inside to its end; text output in .stdout (and .stderr joined to it)."""
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.STDOUT)
        if "input" not in kw:
            kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("text", not isinstance(kw.get("input"), bytes))
        done = subprocess.run(self._enter(argv, user), check=False, timeout=timeout, **kw)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout}")
        return done

    def popen(self, argv, user=None, **kw):
        """Start a program inside; it ends with the namespace at the latest."""
        kw.setdefault("stdin", subprocess.DEVNULL)
        process = Process(self._enter(argv, user), preexec_fn=die_with_parent, **kw)
        self.started.append(process)
        return process

    def _inside_thread(self):
        # A thread may enter a mount namespace only when it shares its root and cwd with no other.
        failed = LIBC.unshare(CLONE_FS)
        for name, kind in (("net", CLONE_NEWNET), ("mnt", CLONE_NEWNS)):
            fd = os.open(f"/proc/{self.pid}/ns/{name}", os.O_RDONLY)
            failed = LIBC.setns(fd, kind) or failed
            os.close(fd)
        while call := self.calls.get():
            call(failed)

    def inside(self, function):
        """Call function in a thread of this process that lives in the namespace: its network, its files."""
        answer = queue.Queue()

        def call(failed):
            try:
                answer.put((None, OSError("cannot enter the namespace")) if failed else (function(), None))
            except Exception as error:                  # handed to the caller
                answer.put((None, error))
        self.calls.put(call)
        value, error = answer.get(timeout=PATIENCE_S)
        if error:
            raise error
        return value

    def socket(self, kind=socket.SOCK_STREAM):
        """A TCP (or UDP) socket of the namespace's network, usable from anywhere in this process."""
        return self.inside(lambda: socket.socket(socket.AF_INET, kind))

    def listens(self, port):
        """Whether somebody inside listens on this TCP port, without connecting to it."""
        table = pathlib.Path(f"/proc/{self.pid}/net/tcp").read_text(encoding="ascii")
        return re.search(rf"^ *\d+: [0-9A-F]{{8}}:{port:04X} [0-9A-F:]+ 0A ", table, re.MULTILINE) is not None

    def connect(self, address, port=25):
        sock = self.socket()
        sock.settimeout(PATIENCE_S)
        sock.connect((address, port))
        return sock


def link(one, other, addresses=("203.0.113.1", "203.0.113.2")):
    """Join two namespaces by a cable of their own; each end gets its address."""
    host = ["ip", "link", "add", "cable", "netns", str(one.pid), "type", "veth", "peer", "name", "cable",
            "netns", str(other.pid)]
    subprocess.run(host, check=True, capture_output=True)
    for ns, address in zip((one, other), addresses):
        ns.run(["ip", "address", "add", f"{address}/24", "dev", "cable"])
        ns.run(["ip", "link", "set", "cable", "up"])


class Process(subprocess.Popen):
    """A program inside a namespace. Its host PID is known, so that it can be stopped or killed."""

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.real = None

    def real_pid(self):
        """Host PID of the program itself (the Popen's is nsenter's)."""
        if self.real is None:
            self.real = only_child(self.pid)
        return self.real

    def send(self, number):
        pid = self.real_pid()
        if number == signal.SIGCONT:
            os.kill(self.pid, number)                   # nsenter stops itself along with its child
        os.kill(pid, number)

    def stop(self, number=signal.SIGTERM, timeout=PATIENCE_S):
        """End it, wait, and return its exit status."""
        if self.poll() is None:
            try:
                self.send(number)
            except ProcessLookupError:
                pass
        return self.wait(timeout)


def only_child(pid, timeout=PATIENCE_S):
    """PID of the one child of a process, as soon as it has one; ProcessLookupError when it has ended."""
    proc = pathlib.Path(f"/proc/{pid}")
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        children = (proc / f"task/{pid}/children").read_text(encoding="ascii").split()
        if children:
            return int(children[0])
        if (proc / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError(f"process {pid} has ended")
        time.sleep(0.002)
    raise RuntimeError(f"process {pid} has no child")


def wait_until(condition, timeout=PATIENCE_S, what="the condition", every=0.02):
    """Poll until condition() is true; return its value, or fail with what was awaited."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain for {what}")
        time.sleep(every)
