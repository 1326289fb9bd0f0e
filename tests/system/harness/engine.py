"""The real engine and its companions inside a namespace: rebuff serve, rebuff-mtactl, log follower.

    engine = Engine(ns)
    engine.policy("50-test.lua", "...")
    engine.start()
    engine.json("suppress", "list")
    engine.kill(); engine.start()
"""

import contextlib
import json
import signal
import socket
import sqlite3
import subprocess

from .namespace import wait_until

STATE = "/var/lib/rebuff/state.db"
RUN = "/run/rebuff"
LOG = "/var/log/rebuff.log"
# Whose right it is to handle the queue, and to read the log.
USERS = {"exim": "Debian-exim", "smtpd": "root", "postfix": "rebuff-postfix"}
MTACTL = {"exim": ["/usr/libexec/rebuff/rebuff-mtactl", "exim"],
          "smtpd": ["/usr/libexec/rebuff/rebuff-mtactl", "-d", "/var/lib/rebuff-mtactl", "opensmtpd"]}
# smtpd -d writes its log to a file here; its user may tell rebuff-mtactl, too.
FOLLOWER = {"exim": ("Debian-exim", []), "smtpd": ("rebuff", ["-f", "/var/log/smtpd.log"]),
            "postfix": ("rebuff-postfix", ["-f", "/var/log/postfix.log"])}
# What a service manager does for a socket unit: argv is path, user, group of the socket, program.
HAND_OVER = """
import os, pwd, socket, sys
path, user, group, *argv = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o660)
os.chown(path, int(group), int(group))
listener.listen(64)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
account = pwd.getpwnam(user)
os.setgroups([])
os.setgid(account.pw_gid)
os.setuid(account.pw_uid)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(argv[0], argv)
"""


class Engine:
    def __init__(self, ns, mta="exim", act=True):
        self.ns, self.mta = ns, mta
        self.serve = self.mtactl = self.follower = None
        for name, mode in (("/var/lib/rebuff", "0700"), (RUN, "0755")):
            ns.run(["install", "-d", "-o", "rebuff", "-g", "rebuff", "-m", mode, name])
        ns.run(["install", "-d", "-o", FOLLOWER[mta][0], "/var/lib/rebuff-log"])
        ns.run(["install", "-d", "-o", USERS[mta], "-m", "0700", "/var/lib/rebuff-mtactl"])
        if act:
            self.policy("defaults.lua", 'rebuff.default.mode = "act"\n')

    def policy(self, name, text):
        """Write a file of the operator's policy; a running engine sees it after reload()."""
        path = self.ns.path(f"/etc/rebuff/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *args, **kw):
        """Run rebuff(1) with these arguments as root."""
        return self.ns.run(["rebuff", *args], **kw)

    def json(self, *args):
        """What a command prints with --json: the objects of its lines."""
        done = self.run(*args, "--json", stderr=subprocess.PIPE)
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def status(self):
        """The document of `rebuff status --json`."""
        return json.loads(self.run("status", "--json", stderr=subprocess.PIPE).stdout)

    def rows(self, sql, *values):
        """Rows of the database, read beside the engine, as dictionaries."""
        return self._query("?mode=ro", lambda db: [dict(row) for row in db.execute(sql, values)])

    def execute(self, sql, *values):
        """Change the database while the engine is stopped; returns how many rows."""
        def change(db):
            with db:
                return db.execute(sql, values).rowcount
        return self._query("", change)

    def _query(self, mode, function):
        def call():
            with contextlib.closing(sqlite3.connect(f"file:{STATE}{mode}", uri=True, timeout=5)) as db:
                db.row_factory = sqlite3.Row
                return function(db)
        return self.ns.inside(call)             # SQLite follows links: /proc/PID/root is one to /

    def log(self):
        path = self.ns.path(LOG)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    # The engine itself

    def start(self, companions=True):
        if companions and self.mta in MTACTL:
            self.start_mtactl()
        with open(self.ns.path(LOG), "ab") as log:
            # As its unit does: what it starts gains no rights.
            self.serve = self.ns.popen(["setpriv", "--no-new-privs", "rebuff", "serve"], stdout=log, stderr=log)
        self.wait_ready()
        if companions:
            self.start_follower()

    def wait_ready(self):
        def ready():
            if self.serve.poll() is not None:
                raise AssertionError(f"rebuff serve ended with {self.serve.returncode}:\n{self.log()[-3000:]}")
            return self.ns.inside(self.answers)
        wait_until(ready, what="the engine to answer", every=0.05)

    @staticmethod
    def answers():
        """Whether somebody answers on the control socket (a dead engine leaves its file)."""
        with socket.socket(socket.AF_UNIX) as control:
            try:
                control.settimeout(2)
                control.connect(f"{RUN}/control.sock")
                control.sendall(b"request=ping\n\n")
                return control.recv(100) == b"ok=1\n\n"
            except OSError:
                return False

    def stop(self):
        if self.serve:
            self.serve.stop()
            self.serve = None

    def kill(self):
        """End the engine as a crash would."""
        self.serve.stop(signal.SIGKILL)
        self.serve = None

    def freeze(self):
        self.serve.send(signal.SIGSTOP)

    def thaw(self):
        self.serve.send(signal.SIGCONT)

    def reload(self, check=True):
        return self.run("reload", check=check)

    # Its companions

    def start_mtactl(self):
        """As its unit does: under the user whose the queue is, on a socket that it is handed."""
        path = f"{RUN}/mtactl.sock"
        self.ns.path(path).unlink(missing_ok=True)
        user, (group, _) = USERS[self.mta], self.ns.groups["rebuff"]
        with open(self.ns.path("/var/log/mtactl.log"), "ab") as log:
            self.mtactl = self.ns.popen(["python3", "-c", HAND_OVER, path, user, group, *MTACTL[self.mta]],
                                        stdout=log, stderr=log)
        wait_until(lambda: self.ns.path(path).exists(), what="rebuff-mtactl's socket")

    def start_follower(self):
        user, options = FOLLOWER[self.mta]
        with open(self.ns.path("/var/log/follower.log"), "ab") as log:
            self.follower = self.ns.popen([f"/usr/libexec/rebuff/rebuff-{self.mta}-log", "-p",
                                           "/var/lib/rebuff-log/place", *options], user=user, stdout=log, stderr=log)

    def stop_all(self):
        for process in (self.follower, self.mtactl, self.serve):
            if process:
                process.stop()
        self.follower = self.mtactl = self.serve = None
