#!/usr/bin/env python3
"""What rebuff costs Exim: the same queue sent by a stock Exim and by one with rebuff in front, in
alternating pairs, heavy (dlfunc) and light (a program run each). usage: exim.py [PAIRS [MESSAGES [heavy|light]]]

Every message is a gate's question, two events and a delivery, recorded by a real engine.
"""

import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import case, pairs, stage      # noqa: E402 (found through the line above)

DOMAINS = 10
PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
MESSAGES = int(sys.argv[2]) if len(sys.argv) > 2 else 500


def fixture(base, flavour_):
    class Fixture(base):
        flavour = flavour_
        queue_interval = None

        def runTest(self):
            """Only a fixture."""
    Fixture.setUpClass()
    for number in range(DOMAINS):
        Fixture.remote(f"d{number}.example")
    return Fixture("runTest")


def queue_run(one):
    """Seconds for one `exim4 -qff` over a full queue."""
    one.sink.forget()
    one.mta.submit_many([("news@sender.example", [f"u{n}@d{n % DOMAINS}.example"], None) for n in range(MESSAGES)])
    begun = time.monotonic()
    one.mta.queue_run("-qff")
    taken = time.monotonic() - begun
    if len(one.sink.deliveries) != MESSAGES:
        sys.exit(f"{len(one.sink.deliveries)} of {MESSAGES} messages were delivered")
    return taken


def main():
    if os.geteuid() != 0:
        print("needs root for private namespaces (nothing is installed)")
        return
    stage.ready()
    for flavour in sys.argv[3:] or ("heavy", "light"):
        fixtures = []
        rates = []
        try:
            fixtures = [fixture(case.EximCase, flavour)]
            fixtures.append(fixture(case.EngineCase, flavour))

            def stock(one=fixtures[0]):
                taken = queue_run(one)
                rates.append(MESSAGES / taken)
                return taken
            ratios = pairs.measure(PAIRS, stock, lambda: queue_run(fixtures[1]))
        finally:
            for one in fixtures:
                one.doClassCleanups()
        print(f"{flavour:6s} {MESSAGES} messages, stock {min(rates):.0f} to {max(rates):.0f} a second; "
              f"time with rebuff / without: {pairs.summary(ratios)}")


main()
