"""Every item's difficulty on 0-100, from its metric, its own responses, or both."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from .basics import BoolArray, Caution, FloatArray, check_level, floats
from .itemcurve import ItemCurve, fit_item_curve
from .logistic import Counts, is_separated
from .quadrature import ItemData, Posterior, in_blocks, information_at, posterior
from .shrinkage import Shrunk, shrink_failures, shrink_ratings

_ROUNDING = 0.01**2 / 12
"""Least variance of a rating / 100: that of rounding to whole points."""

_BLOCK = 20_000


@dataclass(frozen=True)
class ItemValues:
    """Per item (I,): `difficulty`, `low`, `high` on 0-100 (nan where the item has neither metric nor
    responses) and its `source`: `both`, `metric`, `failures`, `ratings` or blank.

    `slope`, `location` and `tau` (logit sd between items of one metric) are those of the joint fit
    for this purpose, nan without it; the curve that is reported is `calibrate`'s. `curve` is that fit.
    """

    difficulty: FloatArray
    low: FloatArray
    high: FloatArray
    source: NDArray[np.str_]
    slope: float
    location: float
    tau: float
    noise: float
    level: float
    method: str
    warnings: tuple[Caution, ...]
    curve: ItemCurve | None


def item_values(
    x: ArrayLike,
    n: ArrayLike,
    total: ArrayLike,
    squares: ArrayLike | None = None,
    *,
    target: Literal["failure", "rated"] = "failure",
    floor: float = 0.0,
    ceiling: float = 1.0,
    curve_covariance: ArrayLike | None = None,
    near: ItemCurve | None = None,
    level: float = 0.95,
) -> ItemValues:
    """Difficulty 100 E[F_i | data] of the items of one domain, all arrays of shape (I,).

    x: metric after its transform, nan where missing; n: responses; total: failures, or the sum of
    rating / 100; squares: the sum of (rating / 100)^2, needed for `rated`. With a metric:
    F_i = floor + (ceiling - floor) expit(slope (x_i - location) + u_i), u_i ~ N(0, tau^2), fitted
    jointly by adaptive Gauss-Hermite quadrature, with a weak prior on tau; ratings are normal around
    F_i with the pooled variance within items. The interval joins the posterior of u_i and the curve's
    uncertainty (`curve_covariance` (2, 2) of intercept and slope where given, such as a cluster-robust
    one, else that of the joint fit, which takes responses as independent), on the logit scale, and
    widens as tau is estimated too.
    Items without responses draw u from N(0, tau^2). Items without a metric, and all where the metric
    has fewer than two judged values, are shrunk to the domain. `near` is the `curve` of almost the same
    data, from which this one is found in a few steps. ValueError for malformed input.
    Source: STATISTICS 1.2; Kass & Steffey 1989, JASA 84, 717-726.

    >>> values = item_values([0, 1, 1, 2, 2, np.nan, np.nan], [20, 20, 20, 20, 0, 20, 0],
    ...                      [2, 3, 11, 14, 0, 9, 0])
    >>> values.source.tolist()
    ['both', 'both', 'both', 'both', 'metric', 'failures', '']
    >>> bool(values.high[4] - values.low[4] > values.high[3] - values.low[3])
    True
    """
    check_level(level)
    if not 0 <= floor < ceiling <= 1:
        raise ValueError("the curve needs 0 <= floor < ceiling <= 1")
    metric, count, sums = _checked(x, n, total)
    judged, measured = count > 0, np.isfinite(metric)
    noise, notes = (math.nan, []) if target == "failure" else _noise(count, sums, squares)
    mean = np.divide(sums, count, out=np.zeros(count.size), where=judged)
    data = ItemData(count, mean, None if target == "failure" else noise, floor, ceiling)
    found = _Found.blank(metric.size)
    fitted = None
    usable = judged & measured
    if np.any(measured) and np.unique(metric[usable]).size < 2:
        text = "Fewer than two values of the metric were judged: no curve, the metric is not used."
        notes.append(Caution("no_curve", text))
    elif np.any(usable):
        fitted = _joint(data, metric, usable, near, notes)
        covariance = _covariance(fitted, curve_covariance)
        _by_curve(found, data, fitted, covariance, metric, measured, level)
        found.source[measured] = np.where(judged[measured], "both", "metric")
    alone = judged & (found.source == "")
    if np.any(alone):
        _by_shrinkage(found, data, judged, alone, level, notes)
        found.source[alone] = "failures" if target == "failure" else "ratings"
    return _result(found, fitted, noise, level, notes)


@dataclass(frozen=True)
class _Found:
    """Values as they are filled in, on 0-1."""

    value: FloatArray
    low: FloatArray
    high: FloatArray
    source: NDArray[np.str_]

    @staticmethod
    def blank(size: int) -> _Found:
        value, low, high = np.full((3, size), np.nan)
        return _Found(value, low, high, np.full(size, "", dtype="<U8"))


def _checked(x: ArrayLike, n: ArrayLike, total: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    metric = floats(x, "x")
    count = floats(n, "n", metric.size)
    sums = floats(total, "total", metric.size)
    if not bool(np.all((count >= 0) & (sums >= 0) & (sums <= count * (1 + 1e-9)))):
        raise ValueError("every total must lie between 0 and its n")
    return metric, count, np.minimum(sums, count)


def _noise(n: FloatArray, total: FloatArray, squares: ArrayLike | None) -> tuple[float, list[Caution]]:
    """Pooled variance of one rating around its item's mean (people and residual together)."""
    if squares is None:
        raise ValueError("ratings need the sum of squares of every item")
    square = floats(squares, "squares", n.size)
    judged = n > 0
    within = square[judged] - total[judged] ** 2 / n[judged]
    lost = float(np.sum(n[judged] - 1))
    if lost <= 0:
        if not np.any(judged):
            return math.nan, []
        text = "No item was rated twice: the noise of a rating is unknown and taken as all there is."
        mean = float(np.sum(total) / np.sum(n))
        return max(float(np.sum(square) / np.sum(n)) - mean**2, _ROUNDING), [Caution("no_residual", text)]
    return max(float(np.sum(np.maximum(within, 0.0))) / lost, _ROUNDING), []


def _joint(
    data: ItemData, metric: FloatArray, usable: BoolArray, near: ItemCurve | None, notes: list[Caution]
) -> ItemCurve:
    x, n, mean = metric[usable], data.n[usable], data.mean[usable]
    separated = is_separated(Counts(x, n * mean, n, data.floor, data.ceiling))
    if separated:
        text = "One cut of the metric parts failures from the rest: a curve drawn to the middle is used."
        notes.append(Caution("separation", text))
    fitted = fit_item_curve(
        replace(data, n=n, mean=mean),
        x,
        ridge=0.25 if separated else 0.0,
        near=None if separated else near,
    )
    if not np.any(n > 1):
        text = "No item was judged twice: how much items of one metric differ rests on the prior alone."
        notes.append(Caution("spread_not_seen", text))
    if not np.all(np.isfinite(fitted.covariance)):
        notes.append(Caution("no_covariance", "The joint fit gives no uncertainty of the curve."))
    if not fitted.converged:
        notes.append(Caution("not_converged", "The joint fit did not settle: read its numbers with care."))
    return fitted


def _covariance(fitted: ItemCurve, given: ArrayLike | None) -> FloatArray:
    """Covariance of (a, b) on the standardised metric, from the caller's on the metric itself."""
    if given is None:
        return fitted.covariance
    outer = np.asarray(given, dtype=np.float64)
    if outer.shape != (2, 2):
        raise ValueError("curve_covariance must have the shape (2, 2)")
    forth = np.array([[1.0, fitted.centre], [0.0, fitted.spread]])
    return np.asarray(forth @ outer @ forth.T, dtype=np.float64)


def _by_curve(
    found: _Found, data: ItemData, fitted: ItemCurve, covariance: FloatArray, metric: FloatArray,
    which: BoolArray, level: float,
) -> None:  # fmt: skip
    z = (metric[which] - fitted.centre) / fitted.spread
    centre = fitted.theta[0] + fitted.theta[1] * z
    own = replace(data, n=data.n[which], mean=data.mean[which])

    def block(at: slice) -> Posterior:
        return posterior(replace(own, n=own.n[at], mean=own.mean[at]), centre[at], fitted.tau)

    expected, middle, spread = in_blocks(z.size, _BLOCK, block)
    pull = 1 / (1 + fitted.tau**2 * information_at(own, middle))
    curve_variance = covariance[0, 0] + 2 * z * covariance[0, 1] + z * z * covariance[1, 1]
    known = spread**2 + pull**2 * curve_variance
    half = _half_width(fitted, known, spread, pull * (middle - centre), level)
    span = data.ceiling - data.floor
    found.value[which] = expected
    found.low[which] = np.minimum(data.floor + span * special.expit(middle - half), expected)
    found.high[which] = np.maximum(data.floor + span * special.expit(middle + half), expected)


def _half_width(
    fitted: ItemCurve, known: FloatArray, spread: FloatArray, off: FloatArray, level: float
) -> FloatArray:
    """Of intervals (I,) on the logit scale, `known` their variance were tau known.

    Estimating tau moves the posterior means, `off` from the curve after they are shrunk, by 2 off / tau a
    unit. And it makes the variance itself uncertain, log-normally where tau is: then eta is a mixture of
    normals, and the t that has its variance and kurtosis takes its place.
    Source: Kass & Steffey 1989, JASA 84, 717-726; Andrews & Mallows 1974, JRSS B 36, 99-102.
    """
    doubt = fitted.tau_variance / fitted.tau**2
    follows = (spread / fitted.tau) ** 2 * spread**2 / known
    moved = np.exp(np.minimum(4 * doubt * follows**2, 4.0))
    # Likelihood takes the two parameters of the curve as known, and so tau a little too small.
    grown = 1 + follows * 2 / max(fitted.items - 2, 1)
    variance = known * np.sqrt(moved) * grown + 4 * off**2 * doubt
    freedom = 4 + 2 / np.maximum((moved - 1) * (known * np.sqrt(moved) * grown / variance) ** 2, 1e-9)
    quantile = special.stdtrit(freedom, 0.5 + level / 2) * np.sqrt((freedom - 2) / freedom)
    return np.asarray(quantile * np.sqrt(variance), dtype=np.float64)


def _by_shrinkage(
    found: _Found, data: ItemData, judged: BoolArray, alone: BoolArray, level: float, notes: list[Caution]
) -> None:
    """Shrink over all judged items of the domain, and keep the values of those in `alone`."""
    n, mean = data.n[judged], data.mean[judged]
    if n.size < 2:
        notes.append(Caution("one_item", "One judged item: how far to trust it rests on the prior alone."))
    shrunk = _shrunk(data, n, mean, level)
    found.value[alone] = shrunk.value[alone[judged]]
    found.low[alone] = shrunk.low[alone[judged]]
    found.high[alone] = shrunk.high[alone[judged]]


def _shrunk(data: ItemData, n: FloatArray, mean: FloatArray, level: float) -> Shrunk:
    if data.noise is None:
        return shrink_failures(n * mean, n, level)
    return shrink_ratings(mean, n, data.noise, level)


def _result(
    found: _Found, fitted: ItemCurve | None, noise: float, level: float, notes: list[Caution]
) -> ItemValues:
    slope = location = tau = math.nan
    if fitted is not None:
        slope, tau = float(fitted.theta[1] / fitted.spread), fitted.tau
        if slope != 0:
            location = fitted.centre - float(fitted.theta[0]) / slope
    blank = int(np.count_nonzero(found.source == ""))
    if blank:
        notes.append(Caution("no_value", f"{blank} items have neither metric nor responses: no value."))
    return ItemValues(
        100 * found.value, 100 * found.low, 100 * found.high, found.source,
        slope, location, tau, noise, level, "agh_quadrature", tuple(notes), fitted,
    )  # fmt: skip
