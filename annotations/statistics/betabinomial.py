"""How much more counts of failures differ than chance allows: beta-binomial dispersion around a curve."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from .basics import Caution, FloatArray, Interval, check_level, floats
from .logistic import Counts, curve_at, fit_likelihood, is_separated
from .quasinewton import hessian_at, minimise

_LEAST, _MOST = -12.0, 8.0
_FARTHEST = 20.0
_LONGEST = 3.0


@dataclass(frozen=True)
class Dispersion:
    """`rho`, the correlation of two responses of one unit beyond the curve, 0 for binomial counts, with
    a profile-likelihood interval; the curve's `intercept` and `slope` (nan without x) and their errors;
    `log_likelihood` with binomial coefficients; `p_value` of rho = 0 by the likelihood ratio."""

    rho: float
    interval: Interval
    intercept: float
    slope: float
    intercept_se: float
    slope_se: float
    log_likelihood: float
    log_likelihood_binomial: float
    p_value: float
    n_units: int
    n_responses: float
    method: str
    warnings: tuple[Caution, ...]


def dispersion(
    k: ArrayLike,
    n: ArrayLike,
    x: ArrayLike | None = None,
    *,
    floor: float = 0.0,
    ceiling: float = 1.0,
    level: float = 0.95,
) -> Dispersion:
    """k of n failures in each unit (U,), such as an item; x (U,) is its metric, if there is one.

    k ~ beta-binomial with mean n F(x), F as in `calibrate`, and variance n F (1 - F) (1 + (n - 1) rho),
    by maximum likelihood. rho = 0 lies on the edge, so its p value is half that of chi-square with one
    degree of freedom. Units without responses or metric are left out. ValueError for malformed input.
    Source: Prentice 1986, JASA 81, 321-327; Self & Liang 1987, JASA 82, 605-610; STATISTICS 1.3.

    >>> found = dispersion([2, 9, 5, 1, 8, 3, 10, 0], [10] * 8)
    >>> round(found.rho, 3), found.p_value < 0.001
    (0.437, True)
    """
    check_level(level)
    if not 0 <= floor < ceiling <= 1:
        raise ValueError("the curve needs 0 <= floor < ceiling <= 1")
    count = floats(n, "n")
    hits = floats(k, "k", count.size)
    metric = np.zeros(count.size) if x is None else floats(x, "x", count.size)
    if not bool(np.all((count >= 0) & (hits >= 0) & (hits <= count))):
        raise ValueError("every k must lie between 0 and its n")
    keep = (count > 0) & np.isfinite(metric)
    hits, count, metric = hits[keep], count[keep], metric[keep]
    columns = 1 if x is None else 2
    stop = _impossible(hits, count, metric, columns)
    if stop is not None:
        return _nothing(count, level, stop)
    centre, spread = float(np.mean(metric)), float(np.std(metric)) or 1.0
    rows, often = np.unique(
        np.column_stack([(metric - centre) / spread, hits, count]), axis=0, return_counts=True
    )
    data = _Units(
        np.column_stack([np.ones(often.size), rows[:, 0]])[:, :columns], rows[:, 1], rows[:, 2],
        often.astype(np.float64), floor, ceiling,
    )  # fmt: skip
    return _result(data, centre, spread, level, _fit(data, level))


@dataclass(frozen=True)
class _Units:
    design: FloatArray
    k: FloatArray
    n: FloatArray
    often: FloatArray
    floor: float
    ceiling: float

    def loss(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log likelihood at (beta, logit rho), without coefficients, and its gradient."""
        size = math.exp(-float(np.clip(theta[-1], -30, 30)))
        eta = self.design @ theta[:-1]
        if float(np.max(np.abs(eta))) > _FARTHEST:
            return math.inf, np.zeros(theta.size)
        shape = curve_at(eta, self.floor, self.ceiling)
        up, down = size * shape.value, size * shape.rest
        value = special.betaln(self.k + up, self.n - self.k + down) - special.betaln(up, down)
        both = special.digamma(size) - special.digamma(self.n + size)
        pull_up = special.digamma(self.k + up) - special.digamma(up) + both
        pull_down = special.digamma(self.n - self.k + down) - special.digamma(down) + both
        pull = self.often * size * (pull_up - pull_down) * shape.slope
        in_size = float(self.often @ (shape.value * pull_up + shape.rest * pull_down))
        gradient = np.array([*(self.design.T @ pull), -size * in_size])
        return -float(self.often @ value), -gradient


@dataclass(frozen=True)
class _Fit:
    """beta with its covariance (K, K), rho with its ends, and both log likelihoods."""

    beta: FloatArray
    covariance: FloatArray
    rho: float
    low: float
    high: float
    value: float
    binomial: float


def _fit(data: _Units, level: float) -> _Fit | None:
    """None where the curve has no maximum."""
    plain = _binomial(data)
    if plain is None:
        return None
    beta, covariance, binomial = plain
    k = beta.size
    scale = np.zeros((k + 1, k + 1))
    scale[:k, :k], scale[k, k] = 2 * np.linalg.cholesky(covariance), 0.5
    start = np.array([*beta, -2.0])

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = data.loss(start + scale @ point)
        return value, scale.T @ gradient

    def profile(logit_rho: float) -> float:
        """The log likelihood at a rho, with the best curve for it."""

        def held(point: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = loss(np.array([*point, 2 * (logit_rho + 2)]))
            return value, gradient[:k]

        return -minimise(held, np.zeros(k), longest=_LONGEST).value

    found = minimise(loss, np.zeros(k + 1), longest=_LONGEST)
    theta = start + scale @ found.point
    value, logit_rho, best = -found.value, float(theta[k]), theta[:k]
    if logit_rho < _LEAST or value <= binomial:
        value, logit_rho, best = binomial, _LEAST, beta
    else:
        hessian = hessian_at(loss, found)
        if not np.all(np.isfinite(hessian)) or float(np.linalg.eigvalsh(hessian).min()) < 1e-8:
            return None
        covariance = (scale @ np.linalg.inv(hessian) @ scale.T)[:k, :k]
    drop = 0.5 * float(special.ndtri(0.5 + level / 2)) ** 2
    low, high = (_end(profile, logit_rho, end, value - drop) for end in (_LEAST, _MOST))
    rho = float(special.expit(logit_rho)) if logit_rho > _LEAST else 0.0
    return _Fit(best, covariance, rho, low, high, value, binomial)


def _end(profile: Callable[[float], float], best: float, edge: float, wanted: float) -> float:
    """rho where the profile has dropped to `wanted` between the maximum and an edge of the scale."""
    if best == edge or profile(edge) > wanted:
        return 0.0 if edge == _LEAST else 1.0
    found = optimize.brentq(lambda logit_rho: profile(logit_rho) - wanted, best, edge, xtol=1e-6)
    return float(special.expit(found))


def _binomial(data: _Units) -> tuple[FloatArray, FloatArray, float] | None:
    """beta, its covariance and the log likelihood without dispersion; None without a maximum."""
    hits, n = data.k * data.often, data.n * data.often
    if data.design.shape[1] == 1:
        share = (float(np.sum(hits)) / float(np.sum(n)) - data.floor) / (data.ceiling - data.floor)
        if not 0 < share < 1:
            return None
        theta = np.array([float(special.logit(share)), 0.0])
    else:
        counts = Counts(data.design[:, 1], hits, n, data.floor, data.ceiling)
        if is_separated(counts):
            return None
        theta = fit_likelihood(counts).theta
    beta: FloatArray = theta[: data.design.shape[1]]
    eta = data.design @ beta
    if float(np.max(np.abs(eta))) > _FARTHEST:
        return None
    shape = curve_at(eta, data.floor, data.ceiling)
    weight = n * shape.slope**2 / (shape.value * shape.rest)
    value = float(np.sum(special.xlogy(hits, shape.value) + special.xlogy(n - hits, shape.rest)))
    information = data.design.T @ (data.design * weight[:, None])
    return beta, np.asarray(np.linalg.inv(information), dtype=np.float64), value


def _impossible(hits: FloatArray, n: FloatArray, x: FloatArray, columns: int) -> Caution | None:
    if not hits.size:
        return Caution("no_data", "No unit has both responses and a metric.")
    if float(np.max(n)) < 2 or hits.size < 2:
        return Caution("no_repeats", "No two units with two responses: no dispersion can be seen.")
    if float(np.sum(hits)) in (0.0, float(np.sum(n))):
        return Caution("constant_outcome", "Every response is the same: no dispersion can be seen.")
    if columns == 2 and np.ptp(x) == 0:
        return Caution("one_level", "The metric has one value: give none instead.")
    return None


def _nothing(n: FloatArray, level: float, stop: Caution) -> Dispersion:
    none = math.nan
    return Dispersion(
        none, Interval(none, none, level), none, none, none, none, none, none, none, n.size,
        float(np.sum(n)), "beta_binomial", (stop,),
    )  # fmt: skip


def _result(data: _Units, centre: float, spread: float, level: float, fit: _Fit | None) -> Dispersion:
    n = np.repeat(data.n, data.often.astype(np.int64))
    if fit is None:
        text = "The curve has no finite maximum, as where one cut of the metric parts the failures."
        return _nothing(n, level, Caution("no_maximum", text))
    beta, covariance, slope, slope_se = fit.beta, fit.covariance, math.nan, math.nan
    if beta.size == 2:
        back = np.array([[1.0, -centre / spread], [0.0, 1 / spread]])
        beta, covariance = back @ beta, back @ covariance @ back.T
        slope, slope_se = float(beta[1]), math.sqrt(covariance[1, 1])
    notes: tuple[Caution, ...] = ()
    if fit.rho == 0:
        notes = (Caution("no_dispersion", "The units differ by no more than chance: rho is estimated at 0."),)
    k = data.k
    choose = special.gammaln(data.n + 1) - special.gammaln(k + 1) - special.gammaln(data.n - k + 1)
    constant = float(data.often @ choose)
    gain = max(2 * (fit.value - fit.binomial), 0.0)
    return Dispersion(
        fit.rho, Interval(fit.low, fit.high, level), float(beta[0]), slope, math.sqrt(covariance[0, 0]),
        slope_se, fit.value + constant, fit.binomial + constant,
        0.5 * float(special.chdtrc(1, gain)) if gain > 0 else 1.0, n.size, float(np.sum(n)),
        "beta_binomial", notes,
    )  # fmt: skip
