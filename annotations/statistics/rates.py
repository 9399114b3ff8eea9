"""Intervals of a rate from independent trials: Wilson and Clopper-Pearson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, check_level, floats


@dataclass(frozen=True)
class Rates:
    """Rates k/n with their intervals, arrays of shape (R,), on 0-1; nan where n is 0."""

    rate: FloatArray
    low: FloatArray
    high: FloatArray
    k: FloatArray
    n: FloatArray
    method: str
    level: float
    warnings: tuple[Caution, ...]


def wilson(k: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> Rates:
    """Wilson score interval of `k` events in `n` trials, both of shape (R,).

    Counts may be fractional. ValueError where k is negative or above n.
    Source: Wilson 1927, JASA 22, 209-212 (no continuity correction).

    >>> result = wilson([3], [30])
    >>> print(f"{result.low[0]:.6f} {result.high[0]:.6f}")
    0.034600 0.256211
    """
    events, trials = _checked(k, n, level)
    low, high = _wilson_bounds(events, trials, level)
    return _result(events, trials, low, high, "wilson", level)


def clopper_pearson(k: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> Rates:
    """Clopper-Pearson interval of `k` events in `n` trials, both of shape (R,), fractional allowed.

    ValueError where k is negative or above n.
    Source: Clopper & Pearson 1934, Biometrika 26, 404-413, in its beta form; STATISTICS 2.2.

    >>> result = clopper_pearson([0, 1.5], [20, 12.5])
    >>> print(result.high.round(4))
    [0.1684 0.4222]
    """
    events, trials = _checked(k, n, level)
    low, high = clopper_pearson_bounds(events, trials, level)
    return _result(events, trials, low, high, "clopper_pearson", level)


def _wilson_bounds(k: FloatArray, n: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Kernel of `wilson`: nan where n is 0."""
    z = float(special.ndtri(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k / n
        middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    low = np.where(k == 0, 0.0, np.maximum(middle - half, 0.0))
    high = np.where(k == n, 1.0, np.minimum(middle + half, 1.0))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def clopper_pearson_bounds(k: FloatArray, n: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Kernel of `clopper_pearson`: nan where n is 0 or nan."""
    tail = (1 - level) / 2
    usable = n > 0
    events = np.where(usable, np.clip(k, 0.0, n), 0.5)
    misses = np.where(usable, np.maximum(n - events, 0.0), 0.5)
    some, short = events > 0, misses > 0
    low = np.where(some, special.betaincinv(np.where(some, events, 1.0), misses + 1, tail), 0.0)
    high = np.where(short, special.betaincinv(events + 1, np.where(short, misses, 1.0), 1 - tail), 1.0)
    return np.where(usable, low, np.nan), np.where(usable, high, np.nan)


def _checked(k: ArrayLike, n: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
    check_level(level)
    events = floats(k, "k")
    trials = floats(n, "n", events.size)
    if not bool(np.all((events >= 0) & (events <= trials) & np.isfinite(trials))):
        raise ValueError("every k must lie between 0 and its n")
    return events, trials


def _result(
    k: FloatArray, n: FloatArray, low: FloatArray, high: FloatArray, method: str, level: float
) -> Rates:
    warnings: tuple[Caution, ...] = ()
    empty = int(np.count_nonzero(n == 0))
    if empty:
        warnings = (Caution("no_trials", f"{empty} of {n.size} rates have no trials and are nan."),)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k / n
    return Rates(rate, low, high, k, n, method, level, warnings)
