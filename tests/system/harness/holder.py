"""First process of a private namespace: sets up its mounts, then keeps it alive until killed.

Run by namespace.py as PID 1 of new mount, network, PID and UTS namespaces. When it dies the
kernel kills every process inside, unmounts everything and drops the network: nothing remains.
Argument: a JSON object (see main). It prints "ready" once and then only waits.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

TOOLS = pathlib.Path("/mnt")            # a tmpfs: upper layers of the overlays


def run(*argv):
    done = subprocess.run(argv, check=False, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"namespace: {' '.join(argv)}: {done.stderr.strip()}")


def overlay(where, lower=()):
    """Make a folder of the host writable without touching it, with scratch roots laid over it."""
    work = TOOLS / "overlay" / where.strip("/").replace("/", "-")
    for name in ("upper", "work"):
        (work / name).mkdir(parents=True)
    layers = ":".join([*lower, where])
    run("mount", "-t", "overlay", "overlay", "-o",
        f"lowerdir={layers},upperdir={work}/upper,workdir={work}/work", where)


def tmpfs(where, mode="0755"):
    run("mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", where)


def accounts(users, groups):
    """Append accounts to the overlaid passwd, group and shadow; a group may have members."""
    have = {line.split(":")[0] for line in pathlib.Path("/etc/passwd").read_text().splitlines()}
    with open("/etc/passwd", "a") as passwd, open("/etc/shadow", "a") as shadow:
        for name, (number, home) in users.items():
            if name not in have:
                passwd.write(f"{name}:x:{number}:{number}::{home}:/usr/sbin/nologin\n")
                shadow.write(f"{name}:!:19000::::::\n")
    have = {line.split(":")[0] for line in pathlib.Path("/etc/group").read_text().splitlines()}
    with open("/etc/group", "a") as group:
        for name, (number, members) in groups.items():
            if name not in have:
                group.write(f"{name}:x:{number}:{','.join(members)}\n")


def network(addresses):
    run("ip", "link", "set", "lo", "up")
    # libc's and smtpd's resolvers ignore a machine that has 127.0.0.1 only.
    run("ip", "address", "add", "192.0.2.1/32", "dev", "lo")
    for prefix in addresses:
        # quickack: otherwise Nagle on one side and delayed ACK on the other cost 40 ms a message.
        run("ip", "route", "add", "local", prefix, "dev", "lo", "quickack", "1")


def main():
    want = json.loads(sys.argv[1])
    tmpfs(str(TOOLS))
    for set_gid, path in want["set_gid"]:
        # The overlay shows owners of the scratch root: give them while it is still writable.
        os.chown(path, 0, set_gid)
        os.chmod(path, 0o2755)
    overlay("/etc", [f"{root}/etc" for root in want["roots"] if os.path.isdir(f"{root}/etc")])
    overlay("/usr", [f"{root}/usr" for root in want["roots"]])
    for where in ("/run", "/var/spool", "/var/lib", "/var/log", "/var/mail", "/var/tmp"):
        tmpfs(where, "1777" if where == "/var/tmp" else "0755")
    accounts(want["users"], want["groups"])
    network(want["addresses"])
    run("hostname", want["hostname"])
    for name in ("resolv.conf", "hostname", "mailname"):
        path = pathlib.Path("/etc") / name
        if path.is_symlink():
            path.unlink()
    pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:2\n")
    pathlib.Path("/etc/hostname").write_text(want["hostname"] + "\n")
    pathlib.Path("/etc/mailname").write_text(want["hostname"] + "\n")
    pathlib.Path("/etc/hosts").write_text(f"127.0.0.1 localhost\n192.0.2.1 {want['hostname']}\n")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)     # as PID 1 it inherits orphans: reap them
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C is for the test, which ends us
    print("ready", flush=True)
    while True:
        signal.pause()


main()
