"""Fetch MTA packages and unpack them into scratch roots; nothing is ever installed on the host.

A host's own MTA would be removed by installing another one, so Debian packages are downloaded
with apt (its own keys and caches apply), unpacked with dpkg -x below build/mta/, and laid over
/usr inside a private mount namespace.
"""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
ROOT = TOP / "build" / "mta"

EXIM_HEAVY = ("exim4-base", "exim4-config", "exim4-daemon-heavy")
EXIM_LIGHT = ("exim4-base", "exim4-config", "exim4-daemon-light")
OPENSMTPD = ("opensmtpd",)

PROGRAMS = {
    "exim4-daemon-heavy": "usr/sbin/exim4",
    "exim4-daemon-light": "usr/sbin/exim4",
    "opensmtpd": "usr/sbin/smtpd",
    "postfix": "usr/lib/postfix/sbin/smtp",
}


class Unavailable(Exception):
    """A package cannot be had; the text is one line for a person."""


def say(text):
    print(f"mta: {text}", flush=True)


def run(argv, **kw):
    return subprocess.run(argv, check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **kw)


def fetch(names):
    """Return the scratch roots of these packages and of the libraries they need beyond the host's."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with open(ROOT / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        roots = [unpack(name) for name in names]
        for name in names:
            if name in PROGRAMS:
                roots += libraries(name, roots)
    return list(dict.fromkeys(roots))


def unpack(name):
    """Scratch root of one package, downloading and unpacking it the first time."""
    root = ROOT / name
    if (root / ".complete").exists():
        return root
    if os.geteuid() != 0:
        raise Unavailable(f"unpacking {name} with its owners and modes needs root")
    deb = download(name)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    done = run(["dpkg", "-x", str(deb), str(root)])
    if done.returncode:
        raise Unavailable(f"cannot unpack {deb.name}: {done.stdout.strip()}")
    merge_usr(root)
    fields = run(["dpkg-deb", "-f", str(deb), "Depends"]).stdout
    (root / ".complete").write_text(fields, encoding="utf-8")
    return root


def download(name):
    debs = ROOT / "debs"
    debs.mkdir(exist_ok=True)
    say(f"downloading {name} with apt-get into {debs.relative_to(TOP)} (not installed)")
    for _ in range(2):
        done = run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", name], cwd=debs)
        found = sorted(debs.glob(f"{name}_*.deb"), key=lambda p: p.stat().st_mtime)
        if done.returncode == 0 and found:
            return found[-1]
        run(["apt-get", "update", "-q"])
    last = (done.stdout.strip().splitlines() or ["no reason given"])[-1]
    raise Unavailable(f"cannot download {name} (offline, or no such package here?): {last}")


def merge_usr(root):
    """Move /lib, /bin and /sbin below /usr, as on every host with merged /usr."""
    for name in ("lib", "bin", "sbin", "lib64"):
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)


def libraries(name, roots):
    """Roots of the library packages that this one's program misses on the host."""
    stamp = ROOT / name / ".libraries"
    if stamp.exists():
        return [unpack(lib) for lib in stamp.read_text(encoding="ascii").split()]
    added = []
    tried = set()
    while missing(ROOT / name / PROGRAMS[name], roots + added):
        wanted = [lib for root in roots + added for lib in depends(root)
                  if lib not in tried and not installed(lib)]
        if not wanted:
            lost = ", ".join(missing(ROOT / name / PROGRAMS[name], roots + added))
            raise Unavailable(f"{name} needs {lost}, and no package it depends on has it")
        tried.update(wanted)
        added += [unpack(lib) for lib in dict.fromkeys(wanted)]
    stamp.write_text("\n".join(root.name for root in added), encoding="ascii")
    return added


def missing(program, roots):
    """Names of the shared libraries that the dynamic linker does not find."""
    path = ":".join(str(d) for root in roots for d in
                    (root / "usr/lib", root / "usr/lib/postfix", *(root / "usr/lib").glob("*-linux-*")))
    out = run(["ldd", str(program)], env={**os.environ, "LD_LIBRARY_PATH": path}).stdout
    return [line.split()[0] for line in out.splitlines() if "not found" in line]


def depends(root):
    """Library packages named in the Depends field (the first of several alternatives)."""
    fields = (root / ".complete").read_text(encoding="utf-8")
    names = [re.split(r"[\s(:|]", item.strip())[0] for item in fields.split(",")]
    return [name for name in names if name.startswith("lib")]


def installed(name):
    done = run(["dpkg-query", "-W", "-f", "${db:Status-Status}", name])
    return done.returncode == 0 and "installed" in done.stdout.split("\n")[0].split()
