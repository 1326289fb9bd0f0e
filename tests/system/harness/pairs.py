"""Two ways of doing the same thing, timed in alternating pairs: what one costs beside the other.

    ratios = measure(9, without, with_rebuff)           # each a function that returns seconds
    print(summary(ratios))                              # "1.04 (95 %: 1.01 to 1.08, 9 pairs)"
"""

import math
import statistics


def measure(number, base, other):
    """Ratios other/base of so many pairs; who goes first alternates. One pair before does not count."""
    ratios = []
    for pair in range(-1, number):
        if pair % 2:
            seconds = other()
            ratio = seconds / base()
        else:
            seconds = base()
            ratio = other() / seconds
        if pair >= 0:
            ratios.append(ratio)
    return ratios


def interval(values, level=0.95):
    """A confidence interval of the median that assumes no distribution: order statistics, by the
    binomial. With too few values for that level it is their whole range."""
    ordered, n = sorted(values), len(values)
    outside, rank = 0.0, 0
    while rank < n // 2:
        outside += math.comb(n, rank) / 2 ** n
        if 2 * outside > 1 - level:
            break
        rank += 1
    rank = max(rank - 1, 0)
    return ordered[rank], ordered[n - 1 - rank]


def summary(ratios):
    low, high = interval(ratios)
    return f"{statistics.median(ratios):.2f} (95 %: {low:.2f} to {high:.2f}, {len(ratios)} pairs)"
