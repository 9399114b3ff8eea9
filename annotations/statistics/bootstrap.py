"""Percentile bootstrap over participants for a calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .accelerated import accelerated_interval, curves_left_out
from .basics import Caution, FloatArray, Interval, check_level, floats
from .resampling import CurveSample, Levels, fit_levels


@dataclass(frozen=True)
class Bootstrap:
    """Percentile intervals of location and slope, and the pointwise band of the curve, (X,) on 0-100.

    The `corrected` ones make up for bias and skewness (BCa, expanded); nan where the percentile ones are,
    where everybody's curve is penalised, or where it rests on one participant.
    """

    location: Interval
    slope: Interval
    corrected_location: Interval
    corrected_slope: Interval
    x: FloatArray
    low: FloatArray
    high: FloatArray
    level: float
    resamples: int
    n_without_location: int
    n_penalised: int
    participants: int
    method: str
    warnings: tuple[Caution, ...]


def bootstrap(
    levels: Levels,
    sample: CurveSample,
    *,
    points: ArrayLike = (),
    floor: float = 0.0,
    ceiling: float = 1.0,
    level: float = 0.95,
) -> Bootstrap:
    """Percentile intervals (linear between order statistics) over the resampled curves of `levels`.

    `points` (X,) are metrics. Resamples without a location are left out of its interval and counted;
    fewer than two participants, or no resamples, give nan. ValueError unless 0 < level < 1 and the
    points are a vector. Source: STATISTICS 1.3; Efron 1979, Ann Stat 7, 1-26.

    >>> from annotations.statistics.resampling import levels_of, sample_curves
    >>> from annotations.statistics.tally import tally
    >>> people, items = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    >>> levels = levels_of(tally(people, items, [0, 0, 1, 1, 0, 1, 0, 1] * 3, [1.0, 2.0, 3.0, 4.0]))
    >>> found = bootstrap(levels, sample_curves(levels, seed=1, count=200))
    >>> found.slope.low < found.slope.high
    True
    """
    check_level(level)
    x = floats(points, "points")
    theta, people = sample.theta, levels.participants
    location = _locations(theta, levels)
    without = int(np.count_nonzero(np.isnan(location)))
    notes = _cautions(people, theta.shape[0], without, sample.penalised)
    low, high = np.full((2, x.size), np.nan)
    corrected = _corrected(levels, theta, location, floor, ceiling, level)
    if people < 2:
        location, theta = np.full_like(location, np.nan), np.full_like(theta, np.nan)
    elif theta.shape[0]:
        curves = 100 * (floor + (ceiling - floor) * special.expit(theta[:, :1] + theta[:, 1:] * x))
        low, high = np.quantile(curves, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Bootstrap(
        percentile_interval(location, level), percentile_interval(theta[:, 1], level), *corrected,
        x, low, high, level, theta.shape[0], without, sample.penalised, people,
        "percentile_participants", notes,
    )  # fmt: skip


def _corrected(
    levels: Levels, theta: FloatArray, location: FloatArray, floor: float, ceiling: float, level: float
) -> tuple[Interval, Interval]:
    """Of location and slope: everybody's curve, and the curves without each participant in turn."""
    none = Interval(float("nan"), float("nan"), level)
    if levels.participants < 2 or levels.x.size < 2 or not theta.shape[0]:
        return none, none
    whole, penalised = fit_levels(levels, target="failure", floor=floor, ceiling=ceiling)
    if penalised:
        return none, none
    left = curves_left_out(levels, whole, floor=floor, ceiling=ceiling)
    both = levels.back(np.vstack([whole, left]))
    found = [
        accelerated_interval(drawn, float(own[0]), own[1:], level=level)
        for drawn, own in ((location, _locations(both, levels)), (theta[:, 1], both[:, 1]))
    ]
    return found[0], found[1]


def _locations(theta: FloatArray, levels: Levels) -> FloatArray:
    """-a / b, nan where the curve is flat over the metrics that were seen."""
    seen = float(np.ptp(levels.x)) if levels.x.size else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = ~(np.abs(theta[:, 1]) * seen > 1e-9)
        return np.where(flat, np.nan, -theta[:, 0] / theta[:, 1])


def percentile_interval(values: FloatArray, level: float) -> Interval:
    """The middle share `level` of the values (S,), those that are nan left out; nan without any.

    Raises nothing. Source: Efron 1979, Ann Stat 7, 1-26.

    >>> percentile_interval(np.arange(5.0), 0.5)
    Interval(low=1.0, high=3.0, level=0.5)
    """
    there = values[~np.isnan(values)]
    if not there.size:
        return Interval(float("nan"), float("nan"), level)
    low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)


def expanded_interval(values: FloatArray, level: float, clusters: int) -> Interval:
    """Percentiles of resamples (S,) of few clusters, at the level that makes up for their varying too little.

    Raises nothing. Source: Hesterberg 2015, Am Stat 69, 371-386: the expanded percentile interval.

    >>> round(expanded_interval(np.arange(1001.0), 0.95, 20).high, 1)
    984.1
    """
    quantile = float(special.stdtrit(max(clusters - 1, 1), 0.5 + level / 2))
    wide = float(2 * special.ndtr(np.sqrt(clusters / max(clusters - 1, 1)) * quantile) - 1)
    ends = percentile_interval(values, wide)
    return Interval(ends.low, ends.high, level)


def _cautions(people: int, resamples: int, without: int, penalised: int) -> tuple[Caution, ...]:
    found = []
    if people < 2:
        found.append(Caution("too_few_clusters", "Fewer than two participants: nothing to resample."))
    elif without:
        text = f"{without} of {resamples} resamples have no location and are left out of its interval."
        found.append(Caution("no_location", text))
    if penalised:
        text = f"{penalised} of {resamples} resamples were separated or had one level: penalised fits."
        found.append(Caution("separation", text))
    return tuple(found)
