"""What docs/security.md says of processes, descriptors and files, looked at in the running ones."""

import os
import pathlib
import pwd
import re
import socket
import stat
import subprocess
import tempfile
import unittest

from harness import stage
from harness.packages import TOP
from test_serve import OWNER, SENDER, Engine, result

BOUNCE = f"""From: MAILER-DAEMON@x.example
To: {SENDER}
Subject: failure notice

Hi. This is the qmail-send program at x.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<u@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <1@sender.example>

""".encode()
NOBODY = 65534


def status(pid):
    """The fields of /proc/PID/status."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def children(pid):
    """Processes that a process has made, in whichever of its threads."""
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()]


def descriptors(pid):
    """What is open: {number: where it leads}."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            pass
    return found


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stage.ready()

    def show_message(self, engine):
        """Have a bounce read, so that the reading child is there."""
        with engine.line("bounce.sock") as line, tempfile.TemporaryFile() as message:
            message.write(BOUNCE)
            message.flush()
            message.seek(0)
            socket.send_fds(line.sock, [b"request=message\nid=1tABCD-0000Ac-1x\nrecipients=" +
                                        SENDER.encode() + b"\n\n"], [message.fileno()])
            self.assertEqual(line.receive(), {"ok": "1"})

    def no_rights(self, pid, uid):
        """An ordinary user, and not a way back."""
        seen = status(pid)
        self.assertEqual(set(seen["Uid"].split()), {str(uid)})
        self.assertEqual(set(seen["Gid"].split()) & {"0"}, set())
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(seen[name], 16), 0, name)
        self.assertNotIn("0", seen["Groups"].split())
        return seen


class Engines(Case):
    def setUp(self):
        self.engine = Engine(self)
        self.owner = pwd.getpwnam(OWNER)

    def test_the_engine_is_an_ordinary_user(self):
        seen = self.no_rights(self.engine.process.pid, self.owner.pw_uid)
        self.assertEqual(seen["Groups"].split(), [str(self.owner.pw_gid)])

    def test_what_the_engine_has_open(self):
        self.show_message(self.engine)
        self.engine.ask(**result("gone@example.org"))
        known = (r"/dev/null", r"pipe:\[\d+\]", r"socket:\[\d+\]", r"anon_inode:\[(eventpoll|eventfd|timerfd)\]",
                 re.escape(str(self.engine.log_path)), re.escape(f"{self.engine.run_dir}/lock"),
                 re.escape(f"{self.engine.state}/state.db") + "(-wal|-shm)?")
        for number, path in descriptors(self.engine.process.pid).items():
            self.assertRegex(path, f"^({'|'.join(known)})$", number)

    def test_the_reading_process(self):
        self.show_message(self.engine)
        [reader] = children(self.engine.process.pid)
        seen = self.no_rights(reader, self.owner.pw_uid)
        self.assertEqual((seen["NoNewPrivs"], seen["Seccomp"]), ("1", "2"))
        found = descriptors(reader)
        self.assertEqual({path for number, path in found.items() if number < 3}, {"/dev/null"})
        self.assertRegex(" ".join(path for number, path in found.items() if number > 2), r"^socket:\[\d+\]$")

    def test_what_is_written(self):
        """Every file of the engine's, with its mode; nothing is anywhere else."""
        self.engine.ask(**result("gone@example.org"))
        self.show_message(self.engine)
        self.engine.await_((self.engine.run_dir / "metrics").exists, "the metrics")
        self.assertEqual(self.engine.cli("suppress", "add", "a@example.org").returncode, 0)
        run, state = self.engine.run_dir, self.engine.state
        want = {run: 0o755, run / "alive": 0o644, run / "metrics": 0o644, run / "lock": 0o600, state: 0o700,
                **{run / name: 0o660 for name in ("exim.sock", "smtpd.sock", "postfix.sock", "bounce.sock", "control.sock")},
                **{state / f"state.db{more}": 0o600 for more in ("", "-wal", "-shm")}}
        got = {}
        for folder, _, files in os.walk(self.engine.dir):
            for path in (pathlib.Path(folder), *(pathlib.Path(folder, name) for name in files)):
                try:
                    seen = path.lstat()
                except FileNotFoundError:               # alive.new, for a moment
                    continue
                if seen.st_uid == self.owner.pw_uid and not path.name.endswith(".new"):
                    got[path] = stat.S_IMODE(seen.st_mode)
        self.assertEqual(got, want)

    def test_a_link_in_the_way_is_not_followed(self):
        """The run directory is the engine's; whoever could write there still gets no file of root's written."""
        self.engine.stop()
        victim = self.engine.dir / "victim"
        victim.write_text("mine\n", encoding="ascii")
        lock = self.engine.run_dir / "lock"
        lock.unlink()
        lock.symlink_to(victim)
        done = subprocess.run(self.engine.command("serve", "--user", OWNER), check=False, capture_output=True,
                              text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("lock: cannot be opened: Too many levels of symbolic links", done.stderr)
        self.assertEqual((victim.read_text(encoding="ascii"), victim.owner()), ("mine\n", "root"))


class Commands(Case):
    def test_root_reads_messages_as_nobody(self):
        """rebuff parse of root: the reading child gives root up before it sees a byte."""
        with tempfile.TemporaryDirectory() as folder:
            first, second = pathlib.Path(folder, "first.eml"), pathlib.Path(folder, "second.eml")
            first.write_bytes(BOUNCE)
            os.mkfifo(second)                           # it waits here, and so does the child
            with subprocess.Popen([str(stage.ROOT / "usr/bin/rebuff"), "parse", "--data", str(TOP / "lua"),
                                   str(first), str(second)], stdout=subprocess.PIPE) as parse:
                Engine.await_(lambda: children(parse.pid), "the reading child")
                [reader] = children(parse.pid)
                Engine.await_(lambda: status(reader)["Seccomp"] == "2", "its confinement")
                self.assertEqual(self.no_rights(reader, NOBODY)["NoNewPrivs"], "1")
                second.write_bytes(BOUNCE)
                self.assertEqual(parse.stdout.read().count(b"address-bad"), 2)
            self.assertEqual(parse.returncode, 0)

    def test_what_root_makes_is_the_owners(self):
        """A command of root that opens the database makes no file of root's beside it."""
        engine = Engine(self, start=False)
        for args in (("suppress", "add", "a@example.org"), ("report",), ("status",), ("check", "--no-record"),
                     ("explain", "a@example.org"), ("hold", "gmail"), ("unknown",)):
            engine.cli(*args)
        self.assertLessEqual({"state.db"}, {path.name for path in engine.state.iterdir()})
        for path in engine.state.iterdir():
            self.assertEqual((path.owner(), stat.S_IMODE(path.stat().st_mode)), (OWNER, 0o600), path)
