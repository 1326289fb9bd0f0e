"""How many bounce messages a second other readers of bounces read, beside rebuff, and in how many they name anybody.

usage: tests/bench/bounce_readers.py [DIRECTORY]       default ../shared/corpus/emails, else tests/data/mail

Mail::DeliveryStatus::BounceParser (Perl) and flufl.bounce (Python) are Debian packages; npm's bounce-handler
is fetched into build/bench where npm is there. In turn, three rounds of two seconds of processor time each,
everything from memory; the best round counts. What is not there is said and left out.
"""
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(TOP, "tests/bench/readers")
NODE = os.path.join(TOP, "build/bench/node")
REBUFF = os.path.join(TOP, "build/rebuff")
ROUNDS, SECONDS = 3, 2
NPM_PACKAGE = "bounce-handler@7.3.2-fork.3"


def quiet(argv, **more):
    """Whether a command succeeds."""
    try:
        return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, **more).returncode == 0
    except OSError:
        return False


def fetch_npm():
    """The npm package in build/bench/node; why not, when it cannot be had."""
    if not quiet(["npm", "--version"]):
        return "npm is not installed"
    if os.path.isdir(f"{NODE}/node_modules/bounce-handler"):
        return ""
    os.makedirs(NODE, exist_ok=True)
    done = quiet(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", NODE, NPM_PACKAGE],
                 timeout=120)
    return "" if done else f"npm cannot install {NPM_PACKAGE}"


def readers(folder):
    """Name, command and, when it cannot run, why."""
    perl, python = "/usr/bin/perl", "/usr/bin/python3"     # Debian's, which see Debian's packages
    seconds = str(SECONDS)
    yield ("Mail::DeliveryStatus::BounceParser", [perl, f"{HERE}/bounceparser.pl", seconds, folder],
           "" if quiet([perl, "-MMail::DeliveryStatus::BounceParser", "-e1"])
           else "Debian's libmail-deliverystatus-bounceparser-perl is not installed")
    yield ("flufl.bounce", [python, f"{HERE}/flufl_bounce.py", seconds, folder],
           "" if quiet([python, "-c", "import flufl.bounce"]) else "Debian's python3-flufl.bounce is not installed")
    yield "npm bounce-handler", ["node", f"{HERE}/bounce-handler.js", NODE, seconds, folder], fetch_npm()


def ours(folder):
    """Messages a second as bench_dsn measures them."""
    text = subprocess.run([f"{TOP}/build/bench/bench_dsn", folder], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True).stdout
    return float(re.search(r"read whole +(\d+)", text).group(1))


def named_by_us(folder):
    """In how many messages we name somebody who failed or waits."""
    files = sorted(f"{folder}/{name}" for name in os.listdir(folder) if name.endswith(".eml"))
    env = dict(os.environ, REBUFF_DATA_DIR=f"{TOP}/lua", REBUFF_CONFIG_DIR="/nonexistent")
    text = subprocess.run([REBUFF, "parse", "--json", *files], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True).stdout
    kinds = [json.loads(line) for line in text.splitlines()]
    return sum(m["kind"] in ("bounce", "delayed") and bool(m["recipients"]) for m in kinds), len(kinds)


def main(argv):
    corpus = os.path.join(TOP, "../shared/corpus/emails")
    folder = argv[0] if argv else corpus if os.path.isdir(corpus) else os.path.join(TOP, "tests/data/mail")
    best, named, missing = {"rebuff": 0.0}, {}, []
    commands = {}
    for name, command, why in readers(folder):
        if why:
            missing.append(f"{name} is left out: {why}")
        else:
            commands[name] = command
    for _ in range(ROUNDS):
        best["rebuff"] = max(best["rebuff"], ours(folder))
        for name, command in commands.items():
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
                                  timeout=600)
            rate, some, total = done.stdout.split()
            best[name] = max(best.get(name, 0.0), float(rate))
            named[name] = f"{some} of {total}"
    named["rebuff"] = "{} of {}".format(*named_by_us(folder))
    for name in sorted(best, key=best.get, reverse=True):
        print(f"{name:35s} {best[name]:8.0f} messages/s of processor time, somebody named in {named[name]}, "
              f"rebuff is {best['rebuff'] / best[name]:.1f} times as fast")
    for line in missing:
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
