"""A systemd as process 1 of namespaces of its own, in a clean Debian root (cleanroot.py), with a cgroup2
hierarchy below ours. Nothing of the host's is seen: not its devices, its network, its journal or its units.

    with booted.System("name", cleanroot.layers("postfix")) as system:
        system.run("systemctl is-active rebuff")
"""
import contextlib
import os
import pathlib
import subprocess
import sys
import time

import cleanroot

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
ENVIRONMENT = ("env", "-i", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "HOME=/root", "TERM=dumb",
               "PATH=/usr/sbin:/usr/bin:/sbin:/bin")


def hierarchy():
    """Where cgroup2 is mounted, and in it where we are."""
    for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, where, kind, *_ = line.split(" ")
        if kind == "cgroup2":
            ours = pathlib.Path("/proc/self/cgroup").read_text(encoding="ascii")
            below = next(line[3:] for line in ours.splitlines() if line.startswith("0::"))
            return pathlib.Path(where) / below.lstrip("/")
    sys.exit("booted: no cgroup2 hierarchy is mounted here: systemd needs one")


class System:
    def __init__(self, name, layers, boot_s=180):
        self.group = hierarchy() / f"rebuff-{name}-{os.getpid()}"
        self.home = cleanroot.ROOTS / f"run-{name}"
        self.group.mkdir()
        self.unshare = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child",
             "--mount-proc", sys.executable, "-B", __file__, name, *map(str, layers)], stdin=subprocess.DEVNULL,
            preexec_fn=lambda: (self.group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii"))
        try:
            self.pid = self.wait(self.first_child, 60, "process 1")
            self.path = pathlib.Path(f"/proc/{self.pid}/root")
            self.wait(lambda: "running" in self.state() or "degraded" in self.state(), boot_s, "systemd to have booted")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.unshare.kill()                             # --kill-child: process 1, and all inside with it
        self.unshare.wait()
        self.wait(self.emptied, 60, "the processes inside to end")
        cleanroot.remove(self.home)

    def emptied(self):
        """A group can be removed as soon as no process is in it, and no group."""
        for path in sorted((path for path in self.group.rglob("*") if path.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir()
        with contextlib.suppress(OSError):
            self.group.rmdir()
        return not self.group.exists()

    def first_child(self):
        if self.unshare.poll() is not None:
            raise RuntimeError("the system did not start")
        said = pathlib.Path(f"/proc/{self.unshare.pid}/task/{self.unshare.pid}/children").read_text(encoding="ascii")
        return said.split()[0] if said.split() else None

    def state(self):
        return self.run("test -e /run/systemd/private && systemctl is-system-running", check=False)

    @staticmethod
    def wait(condition, seconds, what):
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                raise RuntimeError(f"waited {seconds} s in vain for {what}")
            time.sleep(0.2)
        return found

    def argv(self, *argv):
        return ["nsenter", "-t", str(self.pid), "-m", "-p", "-n", "-u", "-i", "-C", "-r", "-w", *ENVIRONMENT, *argv]

    def run(self, command, check=True, timeout=600):
        """A command of the shell inside; what it printed."""
        done = subprocess.run(self.argv("sh", "-c", command), text=True, errors="replace", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(f"{command}: exit {done.returncode}\n{done.stdout[-3000:]}")
        return done.stdout


def devices(root):
    """A /dev of its own: systemd makes sockets and links in it."""
    dev = root / "dev"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", dev], check=True)
    for name in DEVICES:
        (dev / name).touch()
        subprocess.run(["mount", "--bind", f"/dev/{name}", dev / name], check=True)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    subprocess.run(["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", dev / "pts"], check=True)
    for name, to in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"),
                     ("stderr", "fd/2")):
        (dev / name).symlink_to(to)


def main(name, *layers):
    """As process 1, with everything of its own: become systemd."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    root = cleanroot.Root(name, [pathlib.Path(layer) for layer in layers], boots=True).path
    devices(root)
    subprocess.run(["mount", "-t", "cgroup2", "cgroup2", root / "sys/fs/cgroup"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    (root / "etc/machine-id").write_text(f"{os.urandom(16).hex()}\n", encoding="ascii")
    (root / "etc/hostname").write_text("mail.sender.example\n", encoding="ascii")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.0.1 mail.sender.example\n", encoding="ascii")
    (root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)     # here, services are started
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "mnt"], check=True)      # not chroot(2): what enters the mounts sees no more
    os.chroot(".")
    subprocess.run(["umount", "--lazy", "/mnt"], check=True)
    console = os.open("/var/log/console", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(console, 1)
    os.dup2(console, 2)
    os.execve("/lib/systemd/systemd", ["systemd", "--unit=multi-user.target"],
              {"container": "rebuff", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"})


if __name__ == "__main__":
    main(*sys.argv[1:])
