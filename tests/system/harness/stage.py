"""What `make install` would put on a system, in build/stage: laid over /usr inside namespaces."""

import fcntl
import os
import subprocess

from .packages import TOP

ROOT = TOP / "build" / "stage"


def ready():
    """Build and stage once a run; tests/system/run does so before the modules start."""
    if os.environ.get("REBUFF_STAGED"):
        return ROOT
    ROOT.mkdir(parents=True, exist_ok=True)
    with open(ROOT.with_name(".stage.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["make", "-s", "-C", str(TOP), "install", f"DESTDIR={ROOT}"], check=False,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError(f"make install DESTDIR=build/stage fails:\n{done.stdout[-3000:]}")
    os.environ["REBUFF_STAGED"] = "1"
    return ROOT
