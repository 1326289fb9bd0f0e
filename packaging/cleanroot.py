"""Clean Debian roots for the tests of the packages, from layers that are made once and kept in build/roots.

    layers = cleanroot.layers("exim4-daemon-light")     # made with the archive the first time
    with cleanroot.Root("name", layers) as root:        # inside `unshare --mount`: gone afterwards
        root.run("exim4 -bV")

A layer is what its packages add to the one below; what the packages in build/deb depend on is kept in it
downloaded, so that they are installed without the archive.
"""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
DEBS = TOP / "build" / "deb"
ROOTS = TOP / "build" / "roots"
SUITE = "bookworm"
BASE = "systemd,python3,iproute2,procps"
APT = "apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends"
# Services are started when this says so (exit 0); it is written anew by whoever wants that.
POLICY = "#!/bin/sh\nexit 101\n"


def packages():
    """Our packages as they were built, without debug symbols."""
    found = sorted(deb for deb in DEBS.glob("*.deb") if "-dbgsym_" not in deb.name)
    if not found:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: no packages in build/deb; make deb first")
    return found


def remove(path):
    """Never across a mount: a killed run may have left /proc in it."""
    subprocess.run(["rm", "-rf", "--one-file-system", path], check=False)


def needs():
    """What our packages depend on: a layer is made anew when that changes."""
    fields = [subprocess.run(["dpkg-deb", "-f", deb, "Depends"], check=True, text=True,
                             capture_output=True).stdout for deb in packages()]
    return hashlib.sha256("".join([BASE, *fields]).encode()).hexdigest()[:12]


def base():
    root, stamp = ROOTS / "base", ROOTS / "base.complete"
    if stamp.exists() and stamp.read_text(encoding="ascii") == BASE:
        return root
    print(f"cleanroot: making a root of Debian {SUITE} in build/roots", flush=True)
    remove(root)
    subprocess.run(["mmdebstrap", "--quiet", "--variant=apt", f"--include={BASE}", SUITE, root,
                    "/etc/apt/sources.list.d/debian.sources"], check=True)
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text(POLICY, encoding="ascii")
    policy.chmod(0o755)
    (root / "debs").mkdir()
    stamp.write_text(BASE, encoding="ascii")
    return root


def layers(*names):
    """Folders for Root, the top one first. The layer of `names` is made when it is not there."""
    ROOTS.mkdir(parents=True, exist_ok=True)
    with open(ROOTS / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        bottom, top = base(), ROOTS / "-".join(names)
        stamp = top.with_name(top.name + ".complete")
        if not stamp.exists() or stamp.read_text(encoding="ascii") != needs():
            print(f"cleanroot: installing {' '.join(names)} in build/roots", flush=True)
            stamp.unlink(missing_ok=True)
            remove(top)
            subprocess.run(["unshare", "--mount", sys.executable, "-B", __file__, top, bottom, *names], check=True)
            stamp.write_text(needs(), encoding="ascii")
    return [top, bottom]


class Root:
    """An overlay over the layers, mounted in the mount namespace that we are in. `boots`: without devices, for
    booted.py."""

    def __init__(self, name, lower, upper=None, boots=False):
        self.home = ROOTS / f"run-{name}"
        remove(self.home)
        self.path = self.home / "root"
        self.upper = upper or self.home / "upper"
        for folder in (self.path, self.upper, self.home / "work"):
            folder.mkdir(parents=True, exist_ok=True)
        work = self.home / "work" if not upper else upper.with_name(upper.name + ".work")
        work.mkdir(exist_ok=True)
        options = f"lowerdir={':'.join(map(str, lower))},upperdir={self.upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.path], check=True)
        for kind, where in (("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "run"), ("tmpfs", "tmp")):
            subprocess.run(["mount", "-t", kind, kind, self.path / where], check=True)
        (self.path / "tmp").chmod(0o1777)
        (self.path / "run").chmod(0o755)
        if not boots:
            subprocess.run(["mount", "--rbind", "/dev", self.path / "dev"], check=True)
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", "--recursive", self.path], check=False)
        remove(self.home)

    def argv(self, *argv):
        return ["chroot", str(self.path), "env", "-i", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8",
                "HOME=/root", "TERM=dumb", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *argv]

    def run(self, command, check=True, timeout=600):
        """A command of the shell inside; what it printed."""
        done = subprocess.run(self.argv("sh", "-c", command), text=True, errors="replace", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(f"{command}: exit {done.returncode}\n{done.stdout[-3000:]}")
        return done.stdout

    def copy(self, files, where="debs"):
        for file in files:
            shutil.copy(file, self.path / where / pathlib.Path(file).name)

    def debs(self, *names, folder="/debs"):
        """Paths inside of these packages of ours."""
        found = []
        for name in names:
            files = sorted((self.path / folder.lstrip("/")).glob(f"{name}_*.deb"))
            if not files:
                raise RuntimeError(f"no package {name} in {folder}")
            found.append(f"{folder}/{files[-1].name}")
        return " ".join(found)


ENGINE = ("rebuff-common", "librebuff0", "rebuff")
ALSO = {"autopkgtest": ("exim4-daemon-light iproute2", "opensmtpd", "postfix iproute2", "gcc libc6-dev pkg-config")}
PLUGINS = {"opensmtpd": "opensmtpd-filter-rebuff", "postfix": "postfix-rebuff"}


def main(top, bottom, *names):
    """Make one layer: called inside a mount namespace of its own."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    top = pathlib.Path(top)
    with Root(f"make-{top.name}", [pathlib.Path(bottom)], upper=top) as root:
        root.copy(packages())
        root.run("apt-get -q update")
        root.run(f"{APT} install {' '.join(names)}")
        plugin = next((PLUGINS[name] for name in names if name in PLUGINS), "exim4-rebuff")
        root.run(f"{APT} install --download-only {root.debs(*ENGINE, plugin)}")
        for more in ALSO.get(names[0], ()):             # one excludes the other
            root.run(f"{APT} install --download-only {more} {root.debs(*ENGINE, 'librebuff-dev')}")
        root.run("rm -f /debs/*.deb")
        (root.path / "etc/resolv.conf").unlink()
    remove(top.with_name(top.name + ".work"))


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("cleanroot: needs root")
    main(*sys.argv[1:])
