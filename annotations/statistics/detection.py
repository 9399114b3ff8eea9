"""Telling incorrect outputs from correct ones, from counts: d' and criterion, log-linear correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, check_level, floats


@dataclass(frozen=True)
class Detection:
    """Arrays (G,): `dprime`, `criterion` (c > 0: trusting), their standard errors and intervals for
    independent trials, and the corrected `hit_rate` and `false_alarm_rate`; nan without trials."""

    dprime: FloatArray
    dprime_se: FloatArray
    dprime_low: FloatArray
    dprime_high: FloatArray
    criterion: FloatArray
    criterion_se: FloatArray
    criterion_low: FloatArray
    criterion_high: FloatArray
    hit_rate: FloatArray
    false_alarm_rate: FloatArray
    level: float
    method: str
    warnings: tuple[Caution, ...]


def detection(
    hits: ArrayLike,
    misses: ArrayLike,
    false_alarms: ArrayLike,
    correct_rejections: ArrayLike,
    *,
    level: float = 0.95,
) -> Detection:
    """d' = z(H) - z(F) and c = -(z(H) + z(F)) / 2, H = (hits + 1/2) / (signals + 1), F likewise.

    Signal: the output is incorrect. Hit: verdict incorrect on it; false alarm: verdict incorrect on a
    correct output. Counts (G,), fractions allowed; without a signal or without noise nan and a caution.
    ValueError for negative counts. Variance: H (1 - H) / ((signals + 1) phi(z(H))^2), and F's.
    Source: STATISTICS 2.6; Hautus 1995, Behav Res Methods 27, 46-51; Gourevitch & Galanter 1967,
    Psychometrika 32, 25-33.

    >>> found = detection([20], [5], [10], [15])
    >>> print(found.dprime.round(3), found.criterion.round(3))
    [1.044] [-0.279]
    """
    check_level(level)
    h = floats(hits, "hits")
    m = floats(misses, "misses", h.size)
    f = floats(false_alarms, "false_alarms", h.size)
    r = floats(correct_rejections, "correct_rejections", h.size)
    for counts in (h, m, f, r):
        if not bool(np.all(np.isfinite(counts) & (counts >= 0))):
            raise ValueError("hits, misses, false_alarms and correct_rejections must be 0 or more")
    signals, noises = h + m, f + r
    there = (signals > 0) & (noises > 0)
    hit, false = corrected(h, signals), corrected(f, noises)
    dprime, criterion = dprime_of(hit, false)
    both = rate_variance(hit, signals) + rate_variance(false, noises)
    se = np.where(there, np.sqrt(both), np.nan)
    half = float(special.ndtri(0.5 + level / 2)) * se
    dprime, criterion = np.where(there, dprime, np.nan), np.where(there, criterion, np.nan)
    warnings: tuple[Caution, ...] = ()
    if not there.all():
        text = f"{int(np.count_nonzero(~there))} of {there.size} have no signal, or no noise: no d'."
        warnings = (Caution("no_trials", text),)
    return Detection(
        dprime, se, dprime - half, dprime + half, criterion, se / 2, criterion - half / 2,
        criterion + half / 2, np.where(signals > 0, hit, np.nan), np.where(noises > 0, false, np.nan), level,
        "equal_variance_log_linear", warnings,
    )  # fmt: skip


def corrected(k: FloatArray, n: FloatArray) -> FloatArray:
    """The log-linear rate (k + 1/2) / (n + 1)."""
    rate: FloatArray = (k + 0.5) / (n + 1)
    return rate


def dprime_of(hit: FloatArray, false: FloatArray) -> tuple[FloatArray, FloatArray]:
    """d' and criterion of corrected rates."""
    z_hit, z_false = special.ndtri(hit), special.ndtri(false)
    return z_hit - z_false, -(z_hit + z_false) / 2


def density_at(rate: FloatArray) -> FloatArray:
    """The normal density at z(rate): how fast the rate moves with z."""
    density: FloatArray = np.exp(-0.5 * special.ndtri(rate) ** 2) / np.sqrt(2 * np.pi)
    return density


def rate_variance(rate: FloatArray, n: FloatArray) -> FloatArray:
    """The variance of z(rate) from n independent trials, rate being corrected."""
    variance: FloatArray = rate * (1 - rate) / ((n + 1) * density_at(rate) ** 2)
    return variance
