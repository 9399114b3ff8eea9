"""The calibration of human difficulty: a logistic curve over the intrinsic metric."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .basics import Caution, FloatArray, Interval, check_level
from .curvefit import ONE_LEVEL, Method, Target, covariances, fit_curve, fit_flat, no_sandwiches
from .fitquality import Quality, quality
from .logistic import Counts
from .sandwich import Robust, Sandwiches, location_se, t_quantile
from .tally import Tally


@dataclass(frozen=True)
class Calibration:
    """F(x) = floor + (ceiling - floor) expit(intercept + slope x), location = -intercept / slope.

    `covariance` (2, 2) and the plain `_se` are model-based (`rated`: times the dispersion of single
    responses), and too small where responses weigh; `location_interval` and `slope_interval` are
    cluster-robust over participants, t with their number - 1 degrees of freedom. `x_low`, `x_high`
    is the range of the metric that was seen.
    """

    target: Target
    method: Method
    intercept: float
    slope: float
    location: float
    floor: float
    ceiling: float
    covariance: FloatArray
    intercept_se: float
    slope_se: float
    location_se: float
    location_interval: Interval
    slope_interval: Interval
    robust: Sandwiches
    quality: Quality
    x_low: float
    x_high: float
    n_responses: int
    n_participants: int
    n_items: int
    n_units: int
    n_excluded: int
    penalised: bool
    warnings: tuple[Caution, ...]


def calibrate(
    tally: Tally,
    *,
    target: Target = "failure",
    method: Method = "likelihood",
    floor: float = 0.0,
    ceiling: float = 1.0,
    weighted: bool = False,
    level: float = 0.95,
) -> Calibration:
    """Fit the curve to a tally's units (U,), floor and ceiling fixed.

    For `failure` the ceiling is 1 - the chance of guessing right.

    `likelihood`: binomial maximum likelihood, for `rated` the fractional logit (Papke & Wooldridge
    1996, J Appl Econom 11, 619-632); on separation a Jeffreys-penalised fit, for `rated` a ridge on
    the score, and a caution. `least_squares`: Levenberg-Marquardt on the means of the tally's units,
    `weighted` by n or not; means drawn half a response to the middle where they are separated.
    One level: flat, slope 0 without an interval. A slope of 0 has no location: nan and a caution.
    ValueError unless 0 <= floor < ceiling <= 1. Source: STATISTICS 1.1.

    >>> from annotations.statistics.tally import tally
    >>> people, items = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    >>> fit = calibrate(tally(people, items, [0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1], [1.0, 2.0, 4.0]))
    >>> print(f"{fit.location:.3f} {fit.slope:.3f}", [caution.code for caution in fit.warnings])
    2.200 1.551 ['flat_slope']
    """
    check_level(level)
    if not 0 <= floor < ceiling <= 1:
        raise ValueError("the curve needs 0 <= floor < ceiling <= 1")
    if target not in ("failure", "rated") or method not in ("likelihood", "least_squares"):
        raise ValueError(f"unknown target or method: {target!r}, {method!r}")
    if not tally.x.size:
        return _nothing(tally, target, method, floor, ceiling, level)
    centre = float(np.sum(tally.n * tally.x) / np.sum(tally.n))
    spread = float(np.std(tally.x)) or 1.0
    counts = Counts((tally.x - centre) / spread, tally.total, tally.n, floor, ceiling)
    one_level = np.unique(tally.x).size == 1
    if one_level:
        fit, penalised, notes = fit_flat(counts), True, [ONE_LEVEL]
    else:
        fit, penalised, notes = fit_curve(counts, target, method, weighted)
    back = np.array([[1.0, -centre / spread], [0.0, 1.0 / spread]])
    theta = back @ fit.theta
    covariance, robust = covariances(tally, counts, fit, target, method, weighted, back, theta)
    return _result(
        tally, target, method, theta, covariance, robust,
        quality(tally, theta, floor, ceiling, weighted, binomial=target == "failure"),
        floor, ceiling, level, penalised, _end_cautions(tally) + notes,
    )  # fmt: skip


def _end_cautions(tally: Tally) -> list[Caution]:
    notes = list(tally.warnings)
    if not np.any(tally.total > 0):
        notes.append(Caution("nobody_failed", "Nobody failed any item: no location can be found."))
    elif np.all(tally.total >= tally.n):
        notes.append(Caution("all_failed", "Everybody failed every item: no location can be found."))
    return notes


def _nothing(
    tally: Tally, target: Target, method: Method, floor: float, ceiling: float, level: float
) -> Calibration:
    none = np.full(2, np.nan)
    notes = [*tally.warnings, Caution("no_data", "No response has both a metric and an outcome.")]
    return _result(
        tally, target, method, none, np.full((2, 2), np.nan), no_sandwiches(tally), Quality.nothing(),
        floor, ceiling, level, False, notes,
    )  # fmt: skip


def _result(
    tally: Tally, target: Target, method: Method, theta: FloatArray, covariance: FloatArray,
    robust: Sandwiches, fit_quality: Quality, floor: float, ceiling: float, level: float,
    penalised: bool, notes: list[Caution],
) -> Calibration:  # fmt: skip
    a, b = float(theta[0]), float(theta[1])
    low, high = (float(tally.x.min()), float(tally.x.max())) if tally.x.size else (math.nan, math.nan)
    ends = {note.code for note in notes} & {"nobody_failed", "all_failed", "no_data"}
    located = not ends and abs(b) * (high - low) > 1e-9
    location = -a / b if located else math.nan
    people = robust.participant
    se = people.location_se if located else math.nan
    return Calibration(
        target, method, a, b, location, floor, ceiling, covariance,
        _root(covariance[0, 0]), _root(covariance[1, 1]),
        location_se(covariance, theta) if located else math.nan,
        _interval(location, se, people, level), _interval(b, people.slope_se, people, level),
        robust, fit_quality, low, high, tally.n_responses, people.clusters, tally.by_item.clusters,
        tally.x.size, tally.n_without_metric + tally.n_without_outcome, penalised,
        tuple(notes + _shape_cautions(b, location, low, high, people, level, located or bool(ends))),
    )  # fmt: skip


def _shape_cautions(
    b: float, location: float, low: float, high: float, people: Robust, level: float, quiet: bool
) -> list[Caution]:
    notes = []
    if not quiet:
        notes.append(Caution("no_location", "The slope is 0: the curve is flat and has no location."))
    if people.clusters == 1:
        notes.append(Caution("one_participant", "One participant: no interval over people."))
    slopes = _interval(b, people.slope_se, people, level)
    if slopes.low <= 0 <= slopes.high:
        notes.append(Caution("flat_slope", "The slope's interval holds 0: its location means little."))
    if location < low or location > high:
        notes.append(Caution("location_outside", "The location lies beyond the metrics that were seen."))
    return notes


def _interval(estimate: float, se: float, people: Robust, level: float) -> Interval:
    half = t_quantile(people, level) * se
    return Interval(estimate - half, estimate + half, level)


def _root(variance: float) -> float:
    return math.sqrt(variance) if variance >= 0 else math.nan
