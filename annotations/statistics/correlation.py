"""Rank correlations with ties: Spearman and Kendall's tau-b."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from .basics import Caution, FloatArray, Interval, check_level, floats


@dataclass(frozen=True)
class Correlation:
    """A rank correlation over the `n` pairs where both values are there."""

    estimate: float
    interval: Interval
    n: int
    n_missing: int
    method: str
    warnings: tuple[Caution, ...]


def spearman(x: ArrayLike, y: ArrayLike, *, level: float = 0.95) -> Correlation:
    """Spearman's rho of x and y, shape (N,): Pearson's r of mid-ranks, so ties are shared out.

    Pairs with a nan are left out and counted; nan with a caution below two pairs or where one side
    is constant; ValueError for sides of unlike length.
    Interval: Fisher's z with variance (1 + rho^2 / 2) / (n - 3) (Bonett & Wright 2000,
    Psychometrika 65, 23-28), nan below four pairs.

    >>> round(spearman([1, 2, 2, 4], [1, 3, 2, 4]).estimate, 4)
    0.9487
    """
    first, second, missing, warnings = _pairs(x, y, level)
    if warnings:
        return _none(first.size, missing, "spearman", level, warnings)
    rho = float(np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1])
    return _with_interval(rho, 1 + rho * rho / 2, 3, first.size, missing, "spearman", level)


def kendall(x: ArrayLike, y: ArrayLike, *, level: float = 0.95) -> Correlation:
    """Kendall's tau-b of x and y, shape (N,); missing and degenerate pairs, ValueError as in `spearman`.

    Interval: Fisher's z with variance .437 / (n - 4) (Fieller, Hartley & Pearson 1957,
    Biometrika 44, 470-481), nan below five pairs.

    >>> round(kendall([1, 2, 2, 4], [1, 3, 2, 4]).estimate, 4)
    0.9129
    """
    first, second, missing, warnings = _pairs(x, y, level)
    if warnings:
        return _none(first.size, missing, "kendall", level, warnings)
    tau = float(stats.kendalltau(first, second).statistic)
    return _with_interval(tau, 0.437, 4, first.size, missing, "kendall", level)


def _pairs(
    x: ArrayLike, y: ArrayLike, level: float
) -> tuple[FloatArray, FloatArray, int, tuple[Caution, ...]]:
    check_level(level)
    first = floats(x, "x")
    second = floats(y, "y", first.size)
    keep = np.isfinite(first) & np.isfinite(second)
    missing = int(first.size - np.count_nonzero(keep))
    first, second = first[keep], second[keep]
    if first.size < 2:
        return first, second, missing, (Caution("too_few", "Fewer than two pairs: no correlation."),)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return first, second, missing, (Caution("constant", "One side is constant: no correlation."),)
    return first, second, missing, ()


def _none(n: int, missing: int, method: str, level: float, warnings: tuple[Caution, ...]) -> Correlation:
    return Correlation(math.nan, Interval(math.nan, math.nan, level), n, missing, method, warnings)


def _with_interval(
    r: float, variance: float, lost: int, n: int, missing: int, method: str, level: float
) -> Correlation:
    if n <= lost:
        caution = Caution("too_few", f"{n} pairs are too few for an interval.")
        return Correlation(r, Interval(math.nan, math.nan, level), n, missing, method, (caution,))
    if abs(r) >= 1 - 1e-12:
        caution = Caution("perfect", "All pairs agree in order: the interval has no width to estimate.")
        return Correlation(r, Interval(math.nan, math.nan, level), n, missing, method, (caution,))
    half = float(special.ndtri(0.5 + level / 2)) * math.sqrt(variance / (n - lost))
    middle = math.atanh(r)
    interval = Interval(math.tanh(middle - half), math.tanh(middle + half), level)
    return Correlation(r, interval, n, missing, method, ())
