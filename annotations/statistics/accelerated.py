"""Percentiles of resampled curves, corrected for bias and skewness (BCa) and expanded for few people."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import FloatArray, Interval, floats
from .logistic import curve_at
from .resampling import Levels


def accelerated_interval(
    values: ArrayLike, estimate: float, left_out: ArrayLike, *, level: float = 0.95
) -> Interval:
    """BCa percentiles of the values (S,) of resamples around an estimate; nan where that or all of them are.

    left_out: the estimate without each cluster in turn (P,), from whose skewness the acceleration comes. The
    normal quantile is that of the expanded percentile interval, for resamples of P clusters vary too
    little. ValueError unless 0 < level < 1 and both arrays are vectors.
    Source: Efron 1987, JASA 82, 171-185; Hesterberg 2015, Am Stat 69, 371-386.

    >>> round(accelerated_interval(np.arange(1001.0), 500.0, np.linspace(499, 501, 20)).high, 1)
    984.1
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    drawn, without = floats(values, "values"), floats(left_out, "left_out")
    drawn, people = drawn[~np.isnan(drawn)], without.size
    if not drawn.size or people < 2 or not np.isfinite(estimate) or not np.all(np.isfinite(without)):
        return Interval(math.nan, math.nan, level)
    pull = without.mean() - without
    size = float(np.sum(pull**2))
    skew = float(np.sum(pull**3)) / (6 * size**1.5) if size > 0 else 0.0
    below = float(np.mean(drawn < estimate) + 0.5 * np.mean(drawn == estimate))
    # As many resamples as there are cannot say that none would lie on one side.
    bias = float(special.ndtri(np.clip(below, 0.5 / drawn.size, 1 - 0.5 / drawn.size)))
    wide = math.sqrt(people / (people - 1)) * float(special.stdtrit(people - 1, 0.5 + level / 2))
    shifted = bias + np.array([-wide, wide])
    at = special.ndtr(bias + shifted / np.maximum(1 - skew * shifted, 1e-3))
    low, high = np.quantile(drawn, at)
    return Interval(float(low), float(high), level)


def curves_left_out(levels: Levels, theta: FloatArray, *, floor: float, ceiling: float) -> FloatArray:
    """Intercept and slope (P, 2), on the standardised levels, without each participant in turn: one Fisher
    step from everybody's curve `theta` (2,); nan where nothing would be left to fit.

    Raises nothing. Source: Pregibon 1981, Ann Stat 9, 705-724.

    >>> from annotations.statistics.resampling import fit_levels, levels_of
    >>> from annotations.statistics.tally import tally
    >>> people, items = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    >>> levels = levels_of(tally(people, items, [0, 0, 1, 1, 0, 1, 0, 1] * 3, [1.0, 2.0, 3.0, 4.0]))
    >>> theta, _ = fit_levels(levels, target="failure", floor=0.0, ceiling=1.0)
    >>> curves_left_out(levels, theta, floor=0.0, ceiling=1.0).shape
    (6, 2)
    """
    z = levels.z
    shape = curve_at(theta[0] + theta[1] * z, floor, ceiling)
    weight = shape.slope / (shape.value * shape.rest)
    inner, expected = weight * shape.slope, -weight * shape.value
    design = np.zeros((2 * z.size, 5))
    design[: z.size] = np.column_stack([expected, expected * z, inner, inner * z, inner * z * z])
    design[z.size :, :2] = np.column_stack([weight, weight * z])
    own = np.asarray(levels.counts @ design)
    a, b, c = own[:, 2:].sum(axis=0)[:, None] - own[:, 2:].T
    det = a * c - b * b
    with np.errstate(divide="ignore", invalid="ignore"):
        det = np.where(det > 1e-9 * (a + c) ** 2, det, np.nan)
        moved = np.column_stack([c * own[:, 0] - b * own[:, 1], a * own[:, 1] - b * own[:, 0]]) / det[:, None]
    left: FloatArray = theta - moved
    return left
