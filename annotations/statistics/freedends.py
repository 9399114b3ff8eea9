"""The calibration with its floor, its ceiling or both found from the data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .basics import BoolArray, Caution, FloatArray, Interval, check_level
from .curvefit import Target
from .endserrors import coefficients, dispersion, inverse_of, meat
from .endsfit import EndsFit, fit_ends
from .endsprofile import is_unconfined, profile_interval
from .logistic import Counts, is_separated
from .sandwich import location_se, t_quantile
from .sandwich import robust as robust_of
from .tally import Tally

End = Literal["floor", "ceiling"]
ENDS: tuple[End, End] = ("floor", "ceiling")

_METHOD = "likelihood_free_ends"
_STEEP = 100.0
"""Beyond this slope, on the standardised metric, the curve is a step between two levels."""


@dataclass(frozen=True)
class FreedEnd:
    """The floor or the ceiling. `se` is from the observed information, `profile` the interval by profile
    likelihood, which takes responses as independent (`failure` only), `robust` cluster-robust over
    participants, cut off at 0 and 1; all nan where the end is fixed, those but the profile on its bound."""

    estimate: float
    free: bool
    se: float
    profile: Interval
    robust: Interval
    on_bound: bool
    identified: bool


@dataclass(frozen=True)
class FreedEnds:
    """F(x) = floor + (ceiling - floor) expit(intercept + slope x), location = -intercept / slope.

    `covariance` (4, 4) of (intercept, slope, floor, ceiling) is from the observed information (`rated`:
    times the dispersion of single responses), as is `location_se`; `robust` (4, 4) and
    `location_interval` are cluster-robust over participants, t with their number - 1 degrees of freedom.
    0 for what is fixed or on its bound.
    """

    target: Target
    intercept: float
    slope: float
    location: float
    location_se: float
    location_interval: Interval
    floor: FreedEnd
    ceiling: FreedEnd
    covariance: FloatArray
    robust: FloatArray
    log_likelihood: float
    log_likelihood_grouped: float
    n_responses: int
    n_participants: int
    n_units: int
    method: str
    warnings: tuple[Caution, ...]


def free_ends(
    tally: Tally,
    *,
    target: Target = "failure",
    free: Sequence[End] = ENDS,
    floor: float = 0.0,
    ceiling: float = 1.0,
    level: float = 0.95,
) -> FreedEnds:
    """Fit the curve to a tally's units (U,) with the `free` ends among its parameters, the others as given.

    Binomial maximum likelihood, for `rated` the same score (fractional logit). Floor and 1 - ceiling stay
    at 0 or above and sum to .95 at most. An end on its bound is held there for all standard errors. An end
    that may as well be 0 as .2 away from it, or that lies beside a step, is not identified: fix it. Too
    few levels, or outcomes parted by one cut of the metric, give nan. For the other measures of a
    calibration, pass the ends found to `calibrate`, whose intervals take them as known.
    ValueError for unknown ends or unless 0 <= floor < ceiling <= 1.
    Source: STATISTICS 1.1; Wichmann & Hill 2001, Percept Psychophys 63, 1293-1313.

    >>> from annotations.statistics.tally import tally
    >>> level, of_40 = np.repeat(np.arange(8), 40), np.tile(np.arange(40), 8)
    >>> failed = of_40 < np.repeat([4, 4, 5, 11, 25, 35, 36, 36], 40)
    >>> found = free_ends(tally(of_40, level, failed, np.arange(8.0)))
    >>> round(found.floor.estimate, 2), round(found.ceiling.estimate, 2), round(found.location, 1)
    (0.1, 0.91, 3.7)
    """
    check_level(level)
    if not 0 <= floor < ceiling <= 1:
        raise ValueError("the curve needs 0 <= floor < ceiling <= 1")
    if any(end not in ENDS for end in free):
        raise ValueError(f"free holds an end that is not one of {ENDS}")
    loose = np.array([end in free for end in ENDS])
    reason = _why_not(tally, int(loose.sum()))
    if reason is not None:
        return _nothing(tally, target, loose, floor, ceiling, level, reason)
    centre, spread = float(np.average(tally.x, weights=tally.n)), float(np.std(tally.x))
    counts = Counts((tally.x - centre) / spread, tally.total, tally.n, floor, ceiling)
    fit = fit_ends(counts, loose, np.array([floor, 1 - ceiling]))
    # From (a, b, floor, lapse) on the standardised metric to (a, b, floor, ceiling) on the metric.
    back = np.diag([1.0, 1 / spread, 1.0, -1.0])
    back[0, 1] = -centre / spread
    return _result(tally, target, counts, fit, loose, back, level)


def _result(
    tally: Tally, target: Target, counts: Counts, fit: EndsFit, loose: BoolArray, back: FloatArray,
    level: float,
) -> FreedEnds:  # fmt: skip
    theta = back @ fit.theta + np.array([0.0, 0.0, 0.0, 1.0])
    n_free = int(loose.sum())
    inverse = inverse_of(fit, np.concatenate([[True, True], loose & (fit.theta[2:] > 0)]))
    scale = 1.0 if target == "failure" else dispersion(tally, counts, fit, n_free)
    covariance = scale * back @ inverse @ back.T
    robust = back @ inverse @ meat(tally, counts, fit, n_free) @ inverse @ back.T
    people = robust_of(robust[:2, :2], theta[:2], tally.by_participant.clusters)
    quantile = t_quantile(people, level)
    steep = not fit.converged or abs(float(fit.theta[1])) > _STEEP
    flat = abs(theta[1]) * float(np.ptp(tally.x)) < 1e-6
    location, se, half = (
        (math.nan,) * 3
        if flat
        else (
            float(-theta[0] / theta[1]),
            location_se(covariance[:2, :2], theta[:2]),
            quantile * people.location_se,
        )
    )
    errors = [(_root(covariance[at, at]), quantile * _root(robust[at, at])) for at in (2, 3)]
    ends = [
        _end(counts, fit, loose, at, float(theta[2 + at]), errors[at], level, steep, target) for at in (0, 1)
    ]
    return FreedEnds(
        target, float(theta[0]), float(theta[1]), location, se,
        Interval(location - half, location + half, level), ends[0], ends[1], covariance, robust, fit.value,
        fit.value + coefficients(counts) if target == "failure" else math.nan, tally.n_responses,
        tally.by_participant.clusters, tally.x.size, _METHOD,
        (*tally.warnings, *_cautions(ends, steep, flat)),
    )  # fmt: skip


def _why_not(tally: Tally, n_free: int) -> Caution | None:
    """Why there is no curve to fit, if so."""
    if not tally.x.size:
        return Caution("no_data", "No response has both a metric and an outcome.")
    levels = np.unique(tally.x).size
    if levels < 2 + n_free:
        text = f"{levels} levels of the metric are too few for a curve of {2 + n_free} parameters."
        return Caution("few_levels", text)
    if not np.any(tally.total > 0):
        return Caution("nobody_failed", "Nobody failed any item: there is no curve to find.")
    if np.all(tally.total >= tally.n):
        return Caution("all_failed", "Everybody failed every item: there is no curve to find.")
    if is_separated(Counts(tally.x, tally.total, tally.n, 0.0, 1.0)):
        return Caution("separation", "One cut of the metric parts failures from the rest: fix both ends.")
    return None


def _root(variance: float) -> float:
    return math.sqrt(variance) if variance > 0 else math.nan


def _end(
    counts: Counts, fit: EndsFit, loose: BoolArray, at: int, estimate: float, errors: tuple[float, float],
    level: float, steep: bool, target: Target,
) -> FreedEnd:  # fmt: skip
    """`errors`: the standard error, and half the width of the robust interval."""
    nowhere = Interval(math.nan, math.nan, level)
    if not loose[at]:
        return FreedEnd(estimate, False, math.nan, nowhere, nowhere, False, True)
    profile = profile_interval(counts, fit, loose, at, level)
    confined = not (steep or is_unconfined(profile))
    if at == 1:
        profile = Interval(1 - profile.high, 1 - profile.low, level)
    profile = profile if target == "failure" else nowhere
    if fit.theta[2 + at] <= 0:
        return FreedEnd(estimate, True, math.nan, profile, nowhere, True, confined)
    se, half = errors
    robust = (
        nowhere if math.isnan(half) else Interval(max(estimate - half, 0), min(estimate + half, 1), level)
    )
    return FreedEnd(estimate, True, se, profile, robust, False, confined)


def _cautions(ends: list[FreedEnd], steep: bool, flat: bool) -> Iterator[Caution]:
    for name, end in zip(ENDS, ends, strict=True):
        if end.on_bound:
            text = f"The {name} lies on its bound: the data show none, and errors take it as known."
            yield Caution("on_bound", text)
        if not end.identified:
            text = f"The data do not confine the {name}: easier or harder items are needed, or fix it."
            yield Caution("not_identified", text)
    if steep:
        yield Caution("steep", "The best curve is a step between two levels: its slope means nothing.")
    if flat:
        yield Caution("no_location", "The slope is 0: the curve is flat and has no location.")


def _nothing(
    tally: Tally, target: Target, loose: BoolArray, floor: float, ceiling: float, level: float, why: Caution
) -> FreedEnds:
    none, matrix, nowhere = math.nan, np.full((4, 4), np.nan), Interval(math.nan, math.nan, level)
    low, high = (
        FreedEnd(none if free else end, bool(free), none, nowhere, nowhere, False, not free)
        for free, end in zip(loose, (floor, ceiling), strict=True)
    )
    return FreedEnds(
        target, none, none, none, none, nowhere, low, high, matrix, matrix, none, none, tally.n_responses,
        tally.by_participant.clusters, tally.x.size, _METHOD, (*tally.warnings, why),
    )  # fmt: skip
