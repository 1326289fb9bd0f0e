#!/usr/bin/env python3
"""How fast rebuff reads logs: a mainlog of Exim's (synthetic, always the same), as rebuff report --from and
as rebuff import do it. Prints figures; judges nothing. Lines a second are of processor time."""
import gzip
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MESSAGES = 300000
TLS = "X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=yes"
TOO = "SMTP error from remote mail server after RCPT TO:"


def base62(n, width):
    text = ""
    for _ in range(width):
        text = DIGITS[n % 62] + text
        n //= 62
    return text


def write(path):
    """Three lines a message, four where it was put off once; 3 % are refused."""
    chance = random.Random(1)
    places = [("gmail.com", "gmail-smtp-in.l.google.com", "192.0.2.1")] * 3 + \
        [("outlook.com", "outlook-com.olc.protection.outlook.com", "192.0.2.2")] * 2 + \
        [("gmx.de", "mx00.emig.gmx.net", "192.0.2.3")] + \
        [(f"site{i}.example", f"mx.site{i}.example", f"203.0.113.{i}") for i in range(4)]
    start = int(time.time()) - MESSAGES // 2
    lines = 0
    with open(path, "w", encoding="utf-8") as out:
        for i in range(MESSAGES):
            now = start + i // 2
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
            ident = f"{base62(now, 6)}-{base62(i, 6)}-{base62(i % 900, 2)}"
            domain, host, ip = chance.choice(places)
            to = f"user{chance.randrange(10 ** 6)}@{domain}"
            at = f"R=dnslookup T=remote_smtp H={host} [{ip}]"
            out.write(f"{when} {ident} <= news@sender{i % 3}.example H=app.sender.example [10.0.0.5] P=esmtps "
                      f"{TLS} S={2000 + i % 900} id=m{i}@sender.example\n")
            fate = chance.random()
            if fate < 0.03:
                out.write(f"{when} {ident} == {to} R=dnslookup T=remote_smtp defer (-44) H={host} [{ip}]: "
                          f"{TOO}<{to}>: 451 4.7.1 <{to}>: Recipient address rejected: Greylisted\n")
            if fate < 0.97:
                out.write(f'{when} {ident} => {to} {at} I=[198.51.100.{i % 2 + 1}] {TLS} C="250 2.0.0 OK  '
                          f'{now} 4fb4d7f45d1cf-5e{i}si1-345"\n')
            else:
                out.write(f"{when} {ident} ** {to} {at}: {TOO}<{to}>: 550 5.1.1 <{to}>: Recipient address "
                          "rejected: User unknown in virtual mailbox table\n")
            out.write(f"{when} {ident} Completed\n")
            lines += 4 if fate < 0.03 else 3
    return lines


def measure(name, lines, *args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([TOP / "build" / "rebuff", *args], check=True, text=True, capture_output=True,
                          env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    counted = done.stderr.splitlines()[0]
    print(f"{name:24} {lines / seconds:9,.0f} lines/s, {seconds:.1f} s, {after.ru_maxrss // 1024} MiB   ({counted})",
          flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/mainlog"
        lines = write(log)
        with open(log, "rb") as plain, gzip.open(f"{log}.gz", "wb", 1) as packed:
            shutil.copyfileobj(plain, packed)
        measure("report --from", lines, "report", "--config", "", "--from", log)
        measure("report --from, gzip", lines, "report", "--config", "", "--from", f"{log}.gz")
        measure("import, new database", lines, "import", "--config", "", "--state", f"{folder}/state.db", log)
    return 0


if __name__ == "__main__":
    sys.exit(main())
