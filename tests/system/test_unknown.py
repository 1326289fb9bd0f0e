"""rebuff unknown and rebuff classify as programs: what is given and what is recorded, --write, odd lines."""

import contextlib
import json
import os
import pathlib
import pty
import subprocess
import tempfile
import time
import unittest

from harness.packages import TOP

REBUFF = TOP / "build/rebuff"
ENV = dict(os.environ, REBUFF_DATA_DIR=str(TOP / "lua"), LC_ALL="C.UTF-8")
WAIT_S = 60                             # for what must happen; never reached when all is well

KNOWN = "550 5.1.1 User unknown"
KETTLE = ["550 qvzx wkzq <bob@example.org> kessel zjqx 4F3AB21C9",
          "550 qvzx wkzq <al@example.net> kessel zjqx 77AA121C9"]


class Base(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rebuff-unknown-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.config = self.folder / "etc"

    def rebuff(self, *arguments, stdin=b"", status=0):
        """Standard output and standard error."""
        command = [REBUFF, arguments[0], "--config", str(self.config), *arguments[1:]]
        done = subprocess.run(command, env=ENV, input=stdin, capture_output=True, timeout=WAIT_S, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    def files(self):
        """Every file below the operator's folder, with its text."""
        return {str(p.relative_to(self.config)): p.read_text() for p in self.config.rglob("*") if p.is_file()}


class Unknown(Base):
    def unknown(self, *replies, more=()):
        out, _ = self.rebuff("unknown", "--json", *more, "-", stdin="\n".join(replies).encode() + b"\n")
        return [json.loads(line) for line in out.splitlines()]

    def test_forms_are_counted(self):
        forms = self.unknown(*KETTLE, KNOWN, KETTLE[0] + "\tgmail.com", "250 ok", "")
        self.assertEqual([(f["count"], f["provider"], f["code"]) for f in forms], [(2, "", 550), (1, "gmail", 550)])
        self.assertEqual(forms[0]["form"], "qvzx wkzq <<address>> kessel zjqx <id>")
        self.assertEqual(len(self.unknown(*KETTLE, "550 jjqx", more=["--least", "2"])), 1)
        self.assertEqual(len(self.unknown(*KETTLE, "550 jjqx", more=["--most", "1"])), 1)

    def test_written_rules_know_the_replies(self):
        lines = "\n".join([*KETTLE, KETTLE[0] + "\tgmail.com"]).encode()
        out, _ = self.rebuff("unknown", "--write", "-", stdin=lines)
        self.assertEqual(sorted(self.files()), ["providers/gmail.lua", "rules/unknown.lua", "tests/unknown.lua"])
        self.assertIn(f"wrote {self.config}/rules/unknown.lua", out)
        out, _ = self.rebuff("classify", KETTLE[1])
        self.assertIn("rules/unknown.lua", out)
        out, _ = self.rebuff("unknown", "-", stdin=lines)
        self.assertIn("0 of 3 replies", out)

    def test_written_cases_are_played(self):
        lines = [KETTLE[0] + "\tgmail.com\tmx.google.com\tdata", "451 wkzq zjqx kkzq\tnot a domain",
                 '550 vvkz "qvzx" \\x5c \x01 jjqx wkzq\t\t\trcpt']
        self.rebuff("unknown", "--write", "-", stdin="\n".join(lines).encode())
        out, _ = self.rebuff("policy", "test")
        self.assertIn("3 passed, 0 failed", out)
        path = self.config / "tests/unknown.lua"
        path.write_text(path.read_text().replace("category = \"", "category = \"mailbox-full\", action = \"", 1)
                        .replace('action = "policy"', 'action = "bounce"').replace('action = "system-error"', 'action = "retry"'))
        out, _ = self.rebuff("policy", "test", status=1)
        self.assertIn("2 passed, 1 failed", out)

    def test_nothing_is_overwritten(self):
        (self.config / "rules").mkdir(parents=True)
        (self.config / "rules/unknown.lua").write_text("-- mine\n")
        self.rebuff("unknown", "--write", "-", stdin=KETTLE[0].encode())
        self.assertEqual(self.files()["rules/unknown.lua"], "-- mine\n")
        self.assertIn("wkzq", self.files()["rules/unknown-2.lua"])

    def test_nothing_stays_when_the_policy_does_not_load(self):
        (self.config / "rules").mkdir(parents=True)
        (self.config / "rules/z.lua").write_text("nonsense(\n")
        # What is broken is said before anything is written; broken later, it is taken back.
        _, err = self.rebuff("unknown", "--write", "-", stdin=KETTLE[0].encode(), status=1)
        self.assertIn("z.lua:", err)
        self.assertEqual(list(self.files()), ["rules/z.lua"])

    def test_what_was_written_is_taken_back(self):
        self.config.mkdir()
        (self.config / "tests").write_text("a file where a folder should be\n")
        _, err = self.rebuff("unknown", "--write", "-", stdin=KETTLE[0].encode(), status=1)
        self.assertIn("nothing was written", err)
        self.assertEqual(list(self.files()), ["tests"])

    def test_hostile_replies(self):
        lines = [b'550 qvzx ]]" os.exit(1) --[[ \x1b[2J zjqx', b"550 wkzq \\\\x22 \x00\xff zjqx vvkz", b"550 kkzq \\n550 zzxq\r"]
        out, _ = self.rebuff("unknown", "--write", "-", stdin=b"\n".join(lines))
        self.assertTrue(all(c in "\n\t" or 0x20 <= ord(c) < 0x7f for c in out), out)
        out, _ = self.rebuff("unknown", "-", stdin=b"\n".join(lines))
        self.assertIn("0 of 3 replies", out)

    def test_recorded_replies(self):
        day = time.strftime("%Y-%m-%d %H:%M:%S")
        log = self.folder / "main.log"
        log.write_text("".join(
            f"{day} 1tGabc-000001-A{i} ** {who}@example.org R=r T=t H=mx.example.org [192.0.2.1]: SMTP error from "
            f"remote mail server after RCPT TO:<{who}@example.org>: 550 qvzx wkzq <{who}@example.org> zjqx\n"
            for i, who in enumerate("abc")))
        state = str(self.folder / "state.db")
        self.rebuff("import", "--state", state, str(log))
        out, _ = self.rebuff("unknown", "--state", state, "--json")
        forms = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(f["count"], f["form"]) for f in forms], [(3, "qvzx wkzq <<address>> zjqx")])
        self.rebuff("unknown", "--state", state, "--write")
        out, _ = self.rebuff("unknown", "--state", state)
        self.assertIn("0 of 3 replies", out)
        _, err = self.rebuff("unknown", "--state", str(self.folder / "none.db"), status=1)
        self.assertIn("none.db", err)

    def test_wrong_use(self):
        for arguments in (["--least", "many"], ["--last", "1h", "-"], ["--last", "soon"], ["--what"]):
            with self.subTest(arguments):
                self.rebuff("unknown", *arguments, status=2)
        _, err = self.rebuff("unknown", "/nonexistent/file", status=1)
        self.assertIn("/nonexistent/file", err)


class Explain(Base):
    def test_json_has_the_facts_that_the_text_states(self):
        reply = ("421 4.7.0 [TSS04] Mail of 192.0.2.1 for <bob@example.org> deferred, limit 20 per hour, retry in "
                 "300 seconds; see https://example.com/help")
        out, _ = self.rebuff("explain", "--json", reply, "yahoo.com")
        explained = json.loads(out)
        steps = explained.pop("steps")
        out, _ = self.rebuff("classify", "--json", reply, "yahoo.com")
        self.assertEqual(explained, json.loads(out))
        self.assertEqual({k: explained[k] for k in ("wait_s", "ip", "address", "tag", "url", "provider")},
                         {"wait_s": 300, "ip": "192.0.2.1", "address": "bob@example.org", "tag": "TSS04",
                          "url": "https://example.com/help", "provider": "yahoo"})
        self.assertIn("code: 421", steps)


class Classify(Base):
    def classify(self, data):
        out, err = self.rebuff("classify", "--json", stdin=data)
        return [json.loads(line) for line in out.splitlines()], err

    def test_members_come_in_order(self):
        out, _ = self.rebuff("classify", "--json", stdin=b"550 5.1.1 User unknown\tgmail.com\n")
        self.assertEqual(list(json.loads(out))[:9], ["code", "enhanced", "category", "fault", "permanent", "action",
                                                     "provider", "rule", "confidence"])

    def test_each_line_has_its_answer(self):
        lines = [b"550-5.1.1 User\\n550 5.1.1 unknown", b"", b"552 5.2.2 full\r", b"550 5.1.1 \x00\x01\xff unknown user",
                 b"450 4.7.1 " + b"x" * 1000000, b"\t\t\t", b"550 5.1.1 User unknown\tgmail.com\t\trcpt\tmore\tyet",
                 b"550 5.7.1 no\t\tmx.google.com\tbanner", b"421 wait\t\t\tmoon"]
        got, err = self.classify(b"\n".join(lines))
        self.assertEqual([g["code"] for g in got], [550, 0, 552, 550, 450, 0, 550, 550, 421])
        self.assertEqual([g["category"] for g in got][:4],
                         ["address-bad", "unclassified", "mailbox-full", "address-bad"])
        self.assertTrue(got[4]["truncated"])
        self.assertEqual(got[6]["provider"], "gmail")
        self.assertNotEqual(got[7]["fault"], "recipient")
        self.assertIn('line 9: "moon" is no stage', err)

    def on_terminal(self, **more):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        env = {k: v for k, v in ENV.items() if k != "NO_COLOR"}
        subprocess.run([REBUFF, "classify", "--config", str(self.config), "552 5.2.2 full"], env=dict(env, **more),
                       stdin=subprocess.DEVNULL, stdout=theirs, timeout=WAIT_S, check=True)
        os.close(theirs)
        out = b""
        with contextlib.suppress(OSError):      # the end of a terminal
            while part := os.read(ours, 65536):
                out += part
        return out

    def test_colour_on_a_terminal_only(self):
        self.assertIn(b"\x1b[", self.on_terminal())
        self.assertNotIn(b"\x1b[", self.on_terminal(NO_COLOR="1"))

    def test_no_colour_outside_a_terminal(self):
        out, _ = self.rebuff("classify", "552 5.2.2 full")
        self.assertTrue(out.startswith("mailbox-full: "), out)
        self.assertNotIn("\x1b", out)


if __name__ == "__main__":
    unittest.main()
