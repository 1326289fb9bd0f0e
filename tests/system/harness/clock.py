"""Set the wall clock of a namespace: everything in it that starts after begin() sees another time."""

import os
import pathlib
import struct
import subprocess

from .packages import TOP


class Clock:
    def __init__(self, ns):
        """Programs that are to see it must be started afterwards."""
        self.shift = ns.path("/run/clockshift")
        self.preload = ns.path("/etc/ld.so.preload")
        self.set(0)
        # A name of its own: several tests may build it at the same time.
        library = TOP / "build" / f"clockshift.{os.getpid()}.so"
        source = pathlib.Path(__file__).parents[1] / "clockshift.c"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
        inside = ns.path("/run/clockshift.so")
        inside.write_bytes(library.read_bytes())
        inside.chmod(0o755)
        library.unlink()
        self.preload.write_text("/run/clockshift.so\n", encoding="ascii")

    def set(self, seconds):
        """Run so many seconds ahead of the host, from now on."""
        self.shift.write_bytes(struct.pack("q", seconds))

    def end(self):
        self.set(0)
        self.preload.unlink()
