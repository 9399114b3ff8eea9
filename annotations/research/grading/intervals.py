"""The exact interval of a share (Clopper and Pearson 1934), for pages, which load no scipy."""

from __future__ import annotations

import math
from collections.abc import Callable

STEPS = 60


def exact_interval(found: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """From 0 to 1 where nothing was looked at."""
    if not total:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if found == 0 else _root(lambda p: _at_most(found - 1, total, p) - (1 - tail))
    high = 1.0 if found == total else _root(lambda p: _at_most(found, total, p) - tail)
    return low, high


def _root(falling: Callable[[float], float]) -> float:
    """Where a falling function of a share crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def _at_most(count: int, total: int, share: float) -> float:
    """The probability of at most so many of a total."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return float(count >= total)
    if count > total / 2:
        return 1.0 - _at_most(total - count - 1, total, 1 - share) if count < total else 1.0
    log, other = math.log(share), math.log1p(-share)
    ways = math.lgamma(total + 1)
    return math.fsum(
        math.exp(ways - math.lgamma(k + 1) - math.lgamma(total - k + 1) + k * log + (total - k) * other)
        for k in range(count + 1)
    )
