"""A calibration curve read off at any metric, with its band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, check_level, floats
from .calibration import Calibration
from .sandwich import t_quantile


@dataclass(frozen=True)
class CurveBand:
    """Difficulty (0-100) at each `x`, shape (X,), with its pointwise band."""

    x: FloatArray
    difficulty: FloatArray
    low: FloatArray
    high: FloatArray
    level: float
    method: str
    warnings: tuple[Caution, ...]


def curve(result: Calibration, x: ArrayLike, *, level: float = 0.95) -> CurveBand:
    """Difficulty 100 F(x) at x (X,) with a band from the participants' sandwich on the logit scale.

    The band is pointwise, t with participants - 1 degrees of freedom; nan where the covariance is.
    Beyond the metrics that were seen the curve is extrapolated, and a caution says so.
    ValueError unless 0 < level < 1 and x is a vector. Source: STATISTICS 1.1, 1.3.

    >>> from annotations.statistics.calibration import calibrate
    >>> from annotations.statistics.tally import tally
    >>> people, items = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    >>> fit = calibrate(tally(people, items, [0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1], [1.0, 2.0, 4.0]))
    >>> curve(fit, [fit.location]).difficulty.round(6).tolist()
    [50.0]
    """
    check_level(level)
    points = floats(x, "x")
    middle = result.intercept + result.slope * points
    v = result.robust.participant.covariance
    variance = v[0, 0] + 2 * points * v[0, 1] + points**2 * v[1, 1]
    half = t_quantile(result.robust.participant, level) * np.sqrt(np.maximum(variance, 0.0))
    span = result.ceiling - result.floor
    bounds = (middle - half, middle, middle + half)
    low, mid, high = (100 * (result.floor + span * special.expit(eta)) for eta in bounds)
    warnings: tuple[Caution, ...] = ()
    outside = int(np.count_nonzero((points < result.x_low) | (points > result.x_high)))
    if outside:
        text = f"{outside} of {points.size} points lie beyond the metrics that were seen: extrapolated."
        warnings = (Caution("extrapolated", text),)
    return CurveBand(points, mid, low, high, level, "sandwich_participants", warnings)
