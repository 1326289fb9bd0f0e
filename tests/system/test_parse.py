"""rebuff parse as a program: files, mbox, Maildir, standard input, what cannot be read, the progress bar."""

import contextlib
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import tempfile
import time
import unittest

from harness.packages import TOP

REBUFF = TOP / "build/rebuff"
MAIL = TOP / "tests/data/mail"
ENV = dict(os.environ, REBUFF_DATA_DIR=str(TOP / "lua"), REBUFF_CONFIG_DIR="/nonexistent", TERM="xterm")
WAIT_S = 60                             # for what must happen; never reached when all is well


def bounce(recipient, reply="550 5.1.1 unknown user"):
    """A report about one recipient."""
    return (f"Return-Path: <>\nFrom: MAILER-DAEMON@mail.example.com\nTo: shop@example.com\n"
            f"Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
            f"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            f"--b\nContent-Type: text/plain\n\nYour message could not be delivered.\n"
            f"From Tue Nov 10 10:00:00 2026 on it is lost.\n\n--b\n"
            f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example.com\n\n"
            f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
            f"Diagnostic-Code: smtp; {reply}\nRemote-MTA: dns; mx.example.org\n\n--b--\n")


def mbox(*messages):
    """Messages as an mbox; ">From " in a body is quoted as such a file has it."""
    line = "From MAILER-DAEMON Tue Nov 10 10:00:00 2026\n"
    return "".join(line + m.replace("\nFrom ", "\n>From ") + "\n" for m in messages)


class Base(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rebuff-parse-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)


class Parse(Base):
    def run_parse(self, *arguments, stdin=b"", status=0):
        """Objects that were written, and standard error."""
        done = subprocess.run([REBUFF, "parse", "--json", *arguments], env=ENV, input=stdin,
                              capture_output=True, timeout=WAIT_S, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    def recipients(self, objects):
        return [r["recipient"] for o in objects for r in o["recipients"]]

    def test_the_object_is_as_documented(self):
        path = self.write("one.eml", bounce("lucy@example.org"))
        objects, err = self.run_parse(path)
        self.assertEqual(err, "")
        rule = objects[0]["recipients"][0].pop("rule")
        self.assertRegex(rule, r"^rules/\w+\.lua:\d+$")
        self.assertEqual(objects, [{
            "file": path, "kind": "bounce", "message_id": "", "trust": "unverified",
            "recipients": [{
                "recipient": "lucy@example.org", "action": "failed", "enhanced": "5.1.1", "code": 550,
                "category": "address-bad", "fault": "recipient", "permanent": True, "provider": "",
                "diagnostic": "smtp; 550 5.1.1 unknown user", "mta": "mx.example.org"}]}])

    def test_files_in_order(self):
        paths = [self.write(f"{name}.eml", bounce(f"{name}@example.org")) for name in ("c", "a", "b")]
        objects, _ = self.run_parse(*paths)
        self.assertEqual([o["file"] for o in objects], paths)
        self.assertEqual(self.recipients(objects), ["c@example.org", "a@example.org", "b@example.org"])

    def test_mbox(self):
        path = self.write("box", mbox(*(bounce(f"{name}@example.org") for name in "abc")))
        objects, _ = self.run_parse(path)
        self.assertEqual([o["file"] for o in objects], [f"{path}:{n}" for n in (1, 2, 3)])
        self.assertEqual(self.recipients(objects), ["a@example.org", "b@example.org", "c@example.org"])

    def test_an_mbox_with_other_line_ends(self):
        path = self.write("box", mbox(bounce("a@example.org"), bounce("b@example.org")).replace("\n", "\r\n"))
        self.assertEqual(self.recipients(self.run_parse(path)[0]), ["a@example.org", "b@example.org"])

    def test_an_unquoted_from_line_does_not_split(self):
        text = mbox(bounce("a@example.org")).replace("\n>From Tue", "\n\nFrom Tue")
        path = self.write("box", text + mbox(bounce("b@example.org")))
        objects, _ = self.run_parse(path)
        self.assertEqual([o["file"] for o in objects], [f"{path}:1", f"{path}:2"])
        self.assertEqual(self.recipients(objects), ["a@example.org", "b@example.org"])

    def test_maildir(self):
        self.write("Maildir/cur/2:2,S", bounce("old@example.org"))
        self.write("Maildir/new/1", bounce("new@example.org"))
        self.write("Maildir/tmp/3", bounce("half@example.org"))
        self.write("Maildir/cur/.hidden", bounce("hidden@example.org"))
        objects, _ = self.run_parse(str(self.folder / "Maildir"))
        self.assertEqual(self.recipients(objects), ["old@example.org", "new@example.org"])

    def test_directory_of_messages(self):
        for name in ("2", "1"):
            self.write(f"mh/{name}", bounce(f"m{name}@example.org"))
        objects, _ = self.run_parse(str(self.folder / "mh"))
        self.assertEqual(self.recipients(objects), ["m1@example.org", "m2@example.org"])

    def test_standard_input(self):
        one, box = bounce("a@example.org").encode(), mbox(bounce("b@example.org"), bounce("c@example.org")).encode()
        self.assertEqual(self.run_parse(stdin=one)[0][0]["file"], "-")
        self.assertEqual(self.recipients(self.run_parse(stdin=one)[0]), ["a@example.org"])
        objects, _ = self.run_parse("-", stdin=box)
        self.assertEqual([o["file"] for o in objects], ["-:1", "-:2"])
        self.assertEqual(self.recipients(objects), ["b@example.org", "c@example.org"])

    def test_each_unreadable_input_is_named_and_the_rest_read(self):
        good = [self.write(f"{name}.eml", bounce(f"{name}@example.org")) for name in ("a", "b")]
        gone, loop = str(self.folder / "gone.eml"), self.folder / "loop"
        loop.symlink_to(loop)
        long = self.write("long.eml", b"Subject: long\n\n" + b"x" * 79 + b"\n" * (65 << 20))
        objects, err = self.run_parse(good[0], gone, str(loop), long, good[1], status=1)
        self.assertEqual(self.recipients(objects), ["a@example.org", "b@example.org"])
        lines = err.splitlines()
        self.assertEqual(len(lines), 3, err)
        for line, start in zip(lines, (f"rebuff parse: {gone}: No such file",
                                       f"rebuff parse: {loop}: Too many levels",
                                       f"rebuff parse: {long}: the message has more than the ")):
            self.assertTrue(line.startswith(start), line)

    def test_a_message_too_long_in_an_mbox_is_passed_over(self):
        long = "Subject: long\n\n" + ("x" * 79 + "\n") * ((65 << 20) // 80)
        path = self.write("box", mbox(bounce("a@example.org"), long, bounce("b@example.org")))
        objects, err = self.run_parse(path, status=1)
        self.assertEqual(self.recipients(objects), ["a@example.org", "b@example.org"])
        self.assertRegex(err, rf"^rebuff parse: {path}:2: the message has more than the \d+ bytes that are read\n$")

    def test_ordinary_mail_is_no_failure(self):
        objects, err = self.run_parse(str(MAIL / "ordinary.eml"))
        self.assertEqual((objects[0]["kind"], objects[0]["recipients"], err), ("none", [], ""))

    def test_the_reading_process_dies_and_only_one_message_is_unread(self):
        with subprocess.Popen([REBUFF, "parse", "--json"], env=ENV, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            # a message is known to be whole when the next one has begun
            p.stdin.write(mbox(bounce("a@example.org"), bounce("b@example.org")).encode())
            p.stdin.flush()
            children = pathlib.Path(f"/proc/{p.pid}/task/{p.pid}/children")
            end = time.monotonic() + WAIT_S
            while not children.read_text(encoding="ascii").split():
                self.assertLess(time.monotonic(), end, "no reading process")
                self.assertIsNone(p.poll())
            os.kill(int(children.read_text(encoding="ascii").split()[0]), signal.SIGKILL)
            out, err = p.communicate(mbox(bounce("c@example.org")).encode(), timeout=WAIT_S)
        got = self.recipients(json.loads(line) for line in out.splitlines())
        self.assertEqual(p.returncode, 1)
        self.assertEqual(len(got), 2, (got, err))
        self.assertIn("c@example.org", got)
        self.assertRegex(err.decode(), r"^rebuff parse: -:[12]: the reading process ended[^\n]*\n$")

    def test_control_characters_do_not_reach_a_terminal(self):
        path = self.write("evil.eml", bounce("lucy@example.org", "550 5.1.1 \x1b]0;owned\x07 \u009b31m no"))
        done = subprocess.run([REBUFF, "parse", path], env=ENV, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=WAIT_S, check=True)
        self.assertIn(b"lucy@example.org", done.stdout)
        for bad in (b"\x1b", b"\x07", b"\xc2\x9b"):
            self.assertNotIn(bad, done.stdout)


class Progress(Base):
    """The bar: on a terminal's standard error, on nothing else, gone at the end."""

    @contextlib.contextmanager
    def start(self, *arguments):
        master, slave = pty.openpty()
        with subprocess.Popen([REBUFF, "parse", "--json", *arguments], env=ENV, stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=slave) as p:
            os.close(slave)
            yield p, master
        os.close(master)

    def said(self, master, least_s=0.0):
        """What the terminal was told by now; waits so long for something."""
        text = b""
        while select.select([master], [], [], least_s)[0]:
            try:
                more = os.read(master, 65536)
            except OSError:             # the program has closed it
                break
            if not more:
                break
            text += more
            least_s = 0.0
        return text

    def feed_until_drawn(self, write, master):
        """Go on feeding messages until a bar is seen."""
        end, seen = time.monotonic() + WAIT_S, b""
        while not seen:
            self.assertLess(time.monotonic(), end, "no bar")
            write(mbox(bounce("a@example.org")).encode())
            seen = self.said(master, 0.05)
        return seen

    def finish(self, p, master):
        seen, end = b"", time.monotonic() + WAIT_S
        while p.poll() is None:
            self.assertLess(time.monotonic(), end)
            seen += self.said(master, 0.05)
        return seen + self.said(master)

    def test_a_stream_shows_how_much(self):
        with self.start() as (p, master):
            def write(data):
                p.stdin.write(data)
                p.stdin.flush()
            seen = self.feed_until_drawn(write, master)
            p.stdin.close()
            seen += self.finish(p, master)
        self.assertEqual(p.returncode, 0)
        self.assertRegex(seen, rb"\rreading \d+ KiB")
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-80:])

    def test_files_show_a_share(self):
        known = self.write("known", mbox(*[bounce("a@example.org")] * 100))
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        with self.start(known, str(fifo)) as (p, master):
            with open(fifo, "wb", buffering=0) as pipe:
                seen = self.feed_until_drawn(pipe.write, master)
            seen += self.finish(p, master)
        self.assertEqual(p.returncode, 0)
        self.assertRegex(seen, rb"\rreading \[#+ *\] +\d+ %")
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-80:])

    def test_no_bar_where_there_is_no_terminal(self):
        with subprocess.Popen([REBUFF, "parse", "--json"], env=ENV, stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as p:
            end = time.monotonic() + 2      # a bar is drawn from the first second on
            while time.monotonic() < end:
                p.stdin.write(mbox(bounce("a@example.org")).encode())
                p.stdin.flush()
                select.select([p.stderr], [], [], 0.05)
            err = p.communicate(timeout=WAIT_S)[1]
        self.assertEqual((p.returncode, err), (0, b""))

