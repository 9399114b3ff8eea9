"""Profile-likelihood intervals of the ends of a curve."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, special

from .basics import BoolArray, Interval
from .endsfit import WIDEST, EndsFit, climb
from .logistic import Counts

UNCONFINED = 0.2
"""An end that may be 0 and may be this far from it is not known to any use."""


_FIRST_STEP = 0.02


def profile_interval(counts: Counts, fit: EndsFit, loose: BoolArray, end: int, level: float) -> Interval:
    """Where refits with one end held (0 floor, 1 lapse) lose half a chi-square quantile of log likelihood.

    nan where the end is not loose. Source: Venzon & Moolgavkar 1988, Appl Stat 37, 87-94.
    """
    if not loose[end]:
        return Interval(math.nan, math.nan, level)
    drop = 0.5 * float(special.chdtri(1, 1 - level))
    others = loose & (np.arange(2) != end)
    best = float(fit.theta[2 + end])

    def lost(value: float) -> float:
        theta = fit.theta.copy()
        theta[2 + end] = value
        if theta[2:].sum() >= WIDEST:
            theta[3 - end] = (WIDEST - value) / 2
        return fit.value - climb(counts, theta, others, 1e-6).value - drop

    other = 0.0 if others.any() else float(fit.theta[3 - end])
    return Interval(_crossing(lost, best, 0.0), _crossing(lost, best, WIDEST - other - 1e-3), level)


def is_unconfined(interval: Interval) -> bool:
    """Whether an end may as well be 0 as far from it."""
    return interval.low <= 0 and interval.high > UNCONFINED


def _crossing(lost: Callable[[float], float], best: float, end: float) -> float:
    """Where the loss crosses 0 between the best value and the end; the end if it never does."""
    inside, step = best, math.copysign(_FIRST_STEP, end - best)
    while abs(inside - end) > 1e-9:
        outside = inside + step if abs(step) < abs(end - inside) else end
        if lost(outside) > 0:
            return float(optimize.brentq(lost, inside, outside, xtol=1e-7, rtol=1e-7))
        inside, step = outside, 2 * step
    return end
