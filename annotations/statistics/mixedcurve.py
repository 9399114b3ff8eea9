"""The calibration method `mixed`: a logistic curve over the metric with crossed random effects."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution, FloatArray, IntArray, Interval, check_level, floats, integer_codes
from .crossedeffects import CrossedEffects, crossed_effects, t_of_fewest
from .curvefit import ONE_LEVEL, Target
from .logistic import curve_at
from .population import PopulationCurve, averaged, known_part, population_curve

_FIRST_DISPERSION = 0.1
_LEAST_DISPERSION = 1e-3
_ROUNDS = 8


@dataclass(frozen=True)
class MixedCurve:
    """The typical curve F(x) = floor + (ceiling - floor) expit(intercept + slope x) and the marginal one,
    its mean over participants and items: the one to report.

    Both are half-way between floor and ceiling at `location`. `marginal_slope` is that of the logistic
    curve as steep there as the marginal one. `dispersion` is the variance of a rating around its curve
    in units of a failure's, 1 for failures. `at(x)` reads both curves off.
    """

    target: Target
    intercept: float
    slope: float
    location: float
    marginal_slope: float
    location_interval: Interval
    slope_interval: Interval
    marginal_slope_interval: Interval
    participant_sd: float
    item_sd: float
    dispersion: float
    effects: CrossedEffects
    x_low: float
    x_high: float
    n_responses: int
    n_participants: int
    n_items: int
    n_excluded: int
    method: str
    warnings: tuple[Caution, ...]

    def at(self, x: ArrayLike) -> PopulationCurve:
        """Both curves with pointwise intervals at the metrics x (X,), on 0-1."""
        points = floats(x, "x")
        flat = self.effects.fixed.size == 1
        columns = np.empty((points.size, 0)) if flat else points[:, None]
        return population_curve(self.effects, columns, level=self.slope_interval.level)


def mixed_curve(
    participant: ArrayLike,
    item: ArrayLike,
    outcome: ArrayLike,
    metric: ArrayLike,
    *,
    target: Target = "failure",
    floor: float = 0.0,
    ceiling: float = 1.0,
    level: float = 0.95,
) -> MixedCurve:
    """Fit by Laplace's approximation; arguments as in `tally`: codes and outcome (R,), metric (I,).

    The outcome is 1 for a failure or the rating / 100, nan where there is none. A rating counts as
    1 / dispersion failures' worth, the dispersion found by Pearson's statistic around the fitted modes
    (quasi-likelihood, so without a log likelihood). Intervals by the delta method from the joint
    covariance, t with min(participants, items) - 1 degrees of freedom. One level of the metric: a flat
    curve and a caution. ValueError for malformed input.
    Source: STATISTICS 1.1; Zeger, Liang & Albert 1988, Biometrics 44, 1049-1060, on the two curves.

    >>> from scipy import special
    >>> rng = np.random.default_rng(3)
    >>> people, items = np.repeat(np.arange(40), 12), np.tile(np.arange(12), 40)
    >>> eta = 1.5 * (np.arange(12) - 6)[items] / 3 + rng.normal(0, 1, 40)[people]
    >>> fit = mixed_curve(people, items, (rng.random(480) < special.expit(eta)) * 1.0, np.arange(12) / 1.0)
    >>> bool(abs(fit.marginal_slope) < abs(fit.slope)), fit.at([fit.location]).marginal.round(6).tolist()
    (True, [0.5])
    """
    check_level(level)
    people = integer_codes(participant, "participant")
    items = integer_codes(item, "item", people.size)
    y = floats(outcome, "outcome", people.size)
    values = floats(metric, "metric")
    if target not in ("failure", "rated"):
        raise ValueError(f"unknown target: {target!r}")
    if items.size and int(items.max()) >= values.size:
        raise ValueError("a response names an item without a metric entry")
    if bool(np.any((y < 0) | (y > 1))):
        raise ValueError("outcomes must lie between 0 and 1")
    keep = np.isfinite(values)[items] & ~np.isnan(y)
    people, items, y = people[keep], items[keep], y[keep]
    x = values[items]
    one_level = np.unique(x).size == 1
    columns = np.empty((x.size, 0)) if one_level else x[:, None]
    effects, dispersion = _fit(people, items, y, columns, target, (floor, ceiling), level)
    notes = [note for note in effects.warnings if note.code != "missing"]
    if one_level:
        notes.append(ONE_LEVEL)
    if lost := int(np.count_nonzero(~keep)):
        notes.append(Caution("missing", f"{lost} responses lack a metric or an outcome and are left out."))
    return _result(effects, x, dispersion, target, lost, level, notes)


def _fit(
    people: IntArray, items: IntArray, y: FloatArray, columns: FloatArray, target: Target,
    ends: tuple[float, float], level: float,
) -> tuple[CrossedEffects, float]:  # fmt: skip
    dispersion = _FIRST_DISPERSION if target == "rated" else 1.0
    for _ in range(_ROUNDS):
        effects = crossed_effects(
            people, items, y, columns, dispersion=dispersion, floor=ends[0], ceiling=ends[1], level=level
        )
        if target == "failure" or not np.all(np.isfinite(effects.fixed)):
            return effects, dispersion
        before, dispersion = dispersion, _pearson(effects, people, items, y, columns)
        if abs(dispersion - before) < 1e-3 * before:
            break
    return effects, dispersion


def _pearson(
    effects: CrossedEffects, people: IntArray, items: IntArray, y: FloatArray, columns: FloatArray
) -> float:
    eta = effects.fixed[0] + columns @ effects.fixed[1:]
    for members, code in ((effects.participants, people), (effects.items, items)):
        eta = eta + members.effect[np.searchsorted(members.code, code)]
    shape = curve_at(eta, effects.floor, effects.ceiling)
    pearson = float(np.sum((y - shape.value) ** 2 / (shape.value * shape.rest)))
    return max(pearson / max(y.size - effects.fixed.size - effects.freedom, 1.0), _LEAST_DISPERSION)


def _result(
    effects: CrossedEffects, x: FloatArray, dispersion: float, target: Target, lost: int, level: float,
    notes: list[Caution],
) -> MixedCurve:  # fmt: skip
    a, b = float(effects.fixed[0]), float(effects.fixed[1]) if effects.fixed.size > 1 else 0.0
    x_low, x_high = (float(x.min()), float(x.max())) if x.size else (math.nan, math.nan)
    members = effects.participants.code.size, effects.items.code.size
    half = t_of_fewest(members, level)
    located = abs(b) * (x_high - x_low) > 1e-9
    location, marginal = (-a / b if located else math.nan), math.nan
    errors = np.full(3, math.nan)
    if located:
        marginal, gradients = _gradients(effects, a, b)
        covariance = known_part(effects)
        errors = np.sqrt(np.maximum(np.einsum("ik,kl,il->i", gradients, covariance, gradients), 0.0))
    elif not math.isnan(a):
        b = marginal = 0.0
    where, slope, marginal_slope = (
        Interval(value - half * se, value + half * se, level)
        for value, se in zip((location, b, marginal), errors.tolist(), strict=True)
    )
    if slope.low <= 0 <= slope.high:
        notes.append(Caution("flat_slope", "The slope's interval holds 0: its location means little."))
    if location < x_low or location > x_high:
        notes.append(Caution("location_outside", "The location lies beyond the metrics that were seen."))
    return MixedCurve(
        target, a, b, location, marginal, where, slope, marginal_slope,
        effects.participants.sd, effects.items.sd, dispersion, effects, x_low, x_high, x.size,
        members[0], members[1], lost, "mixed_laplace", tuple(notes),
    )  # fmt: skip


def _gradients(effects: CrossedEffects, a: float, b: float) -> tuple[float, FloatArray]:
    """The marginal slope, and the derivatives (3, 4) of location, slope and marginal slope in
    (intercept, slope, participant sd, item sd)."""
    sds = np.array([effects.participants.sd, effects.items.sd])
    sd = float(np.hypot(*sds))
    steep = 4 * float(averaged(np.zeros(1), sd).by_eta[0])
    width = 1e-4 * max(sd, 1e-2)
    up, down = (4 * float(averaged(np.zeros(1), sd + d).by_eta[0]) for d in (width, -width))
    turn = b * (up - down) / (2 * width) * (sds / sd if sd > 0 else np.zeros(2))
    rows = [[-1 / b, a / b**2, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, steep, *turn]]
    return b * steep, np.array(rows)
