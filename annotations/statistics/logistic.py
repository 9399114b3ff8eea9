"""Kernels of the curve F = floor + (ceiling - floor) expit(a + b x), fitted to counts by level.

All work on plain arrays and on a metric that the caller has standardised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import FloatArray

_STEPS = 200
_FAR = 500.0


@dataclass(frozen=True)
class Counts:
    """Units of shape (U,): metric `x`, trials `n` > 0, successes `k` (fractional allowed)."""

    x: FloatArray
    k: FloatArray
    n: FloatArray
    floor: float
    ceiling: float


@dataclass(frozen=True)
class Fit:
    """`theta` = (a, b) and `information` (2, 2): expected information, or J'WJ for least squares."""

    theta: FloatArray
    information: FloatArray
    converged: bool
    steps: int


@dataclass(frozen=True)
class Curve:
    """F, 1 - F, its slope dF/d(eta), and the logistic part, each of shape (U,)."""

    value: FloatArray
    rest: FloatArray
    slope: FloatArray
    part: FloatArray


def curve_at(eta: FloatArray, floor: float, ceiling: float) -> Curve:
    """The curve at the linear predictor; 1 - F is built apart so that neither end cancels."""
    # One exponential for both: twice as fast as two logistic functions, and as exact.
    against = np.exp(-np.minimum(np.maximum(eta, -_FAR), _FAR))
    part: FloatArray = 1 / (1 + against)
    other = against * part
    if floor == 0 and ceiling == 1:
        return Curve(part, other, part * other, part)
    span = ceiling - floor
    return Curve(floor + span * part, (1 - ceiling) + span * other, span * part * other, part)


def log_likelihood(counts: Counts, theta: FloatArray) -> float:
    """Sum over responses of y log F + (1 - y) log(1 - F)."""
    curve = curve_at(theta[0] + theta[1] * counts.x, counts.floor, counts.ceiling)
    lost = np.maximum(counts.n - counts.k, 0.0)
    return float(np.sum(special.xlogy(counts.k, curve.value) + special.xlogy(lost, curve.rest)))


def score_weight(curve: Curve) -> FloatArray:
    """(dF/d eta) / (F (1 - F)): 1 everywhere for floor 0 and ceiling 1."""
    return curve.slope / (curve.value * curve.rest)


def is_separated(counts: Counts) -> bool:
    """Whether one cut of the metric parts successes from the rest, so that no maximum exists."""
    hits, misses = counts.x[counts.k > 0], counts.x[counts.k < counts.n]
    if not hits.size or not misses.size:
        return True
    return bool(misses.max() <= hits.min() or hits.max() <= misses.min())


def fit_likelihood(counts: Counts, *, jeffreys: bool = False, ridge: float = 0.0) -> Fit:
    """Newton's method with step halving; where the observed information is not positive, Fisher's.

    `jeffreys` adds half the log determinant of the information (Firth 1993, Biometrika 80, 27-38),
    `ridge` takes ridge * theta off the score.
    """
    mean = float(np.sum(counts.k) / np.sum(counts.n))
    inner = (mean - counts.floor) / (counts.ceiling - counts.floor)
    start = np.array([special.logit(min(max(inner, 0.02), 0.98)), 0.0])

    def objective(theta: FloatArray) -> float:
        value = log_likelihood(counts, theta) - 0.5 * ridge * float(theta @ theta)
        if jeffreys:
            sign, log_det = np.linalg.slogdet(_information(counts, theta))
            value += 0.5 * float(log_det) if sign > 0 else -np.inf
        return value

    def step(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        score, information = _score(counts, theta, jeffreys)
        return score - ridge * theta, information + ridge * np.eye(2)

    return _climb(objective, step, start)


def fit_least_squares(counts: Counts, weight: FloatArray, start: FloatArray) -> Fit:
    """Levenberg-Marquardt on the unit means k / n with weights (U,), from `start`."""
    mean = counts.k / counts.n

    def residual(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        curve = curve_at(theta[0] + theta[1] * counts.x, counts.floor, counts.ceiling)
        return mean - curve.value, np.column_stack([curve.slope, curve.slope * counts.x])

    theta, damping, converged, steps = start, 1e-3, False, 0
    error, jacobian = residual(theta)
    loss = float(weight @ error**2)
    for steps in range(1, _STEPS + 1):  # noqa: B007
        normal = jacobian.T @ (jacobian * weight[:, None])
        damped = normal + damping * np.diag(np.maximum(np.diag(normal), 1e-12))
        move = np.linalg.solve(damped, jacobian.T @ (weight * error))
        new_error, new_jacobian = residual(theta + move)
        new_loss = float(weight @ new_error**2)
        small = bool(np.all(np.abs(move) <= 1e-11 * (1 + np.abs(theta))))
        if new_loss <= loss:
            theta, error, jacobian, loss = theta + move, new_error, new_jacobian, new_loss
            damping = max(damping / 10, 1e-12)
        else:
            damping *= 10
        if small or damping > 1e12:
            converged = True
            break
    return Fit(theta, jacobian.T @ (jacobian * weight[:, None]), converged, steps)


def _climb(
    objective: Callable[[FloatArray], float],
    step: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    theta: FloatArray,
) -> Fit:
    value = objective(theta)
    score, information = step(theta)
    for steps in range(1, _STEPS + 1):
        move = _solve(_observed(step, theta, information), score)
        share = 1.0
        while share > 1e-10 and not objective(theta + share * move) >= value - 1e-13 * (1 + abs(value)):
            share /= 2
        if share <= 1e-10:
            move, share = np.zeros_like(theta), 0.0
        theta = theta + share * move
        value = objective(theta)
        score, information = step(theta)
        if bool(np.all(np.abs(share * move) <= 1e-11 * (1 + np.abs(theta)))):
            small_score = float(score @ _solve(information, score)) < 1e-8
            return Fit(theta, information, small_score, steps)
    return Fit(theta, information, False, _STEPS)


def _observed(
    step: Callable[[FloatArray], tuple[FloatArray, FloatArray]], theta: FloatArray, information: FloatArray
) -> FloatArray:
    """Minus the derivative of the score by central differences; `information` where not positive."""
    columns = []
    for unit in np.eye(2):
        width = 1e-5 * (1 + float(np.abs(theta @ unit)))
        columns.append((step(theta - width * unit)[0] - step(theta + width * unit)[0]) / (2 * width))
    matrix = np.stack(columns)
    matrix = (matrix + matrix.T) / 2
    least, most = np.linalg.eigvalsh(matrix) if np.all(np.isfinite(matrix)) else (0.0, 1.0)
    return matrix if least > 1e-9 * most else information


def _solve(information: FloatArray, score: FloatArray) -> FloatArray:
    ridge = 1e-14 * float(np.trace(information)) + 1e-300
    return np.asarray(np.linalg.solve(information + ridge * np.eye(2), score), dtype=np.float64)


def _information(counts: Counts, theta: FloatArray) -> FloatArray:
    return _score(counts, theta, False)[1]


def _score(counts: Counts, theta: FloatArray, jeffreys: bool) -> tuple[FloatArray, FloatArray]:
    curve = curve_at(theta[0] + theta[1] * counts.x, counts.floor, counts.ceiling)
    design = np.column_stack([np.ones(counts.x.size), counts.x])
    weight = score_weight(curve)
    pull = (counts.k - counts.n * curve.value) * weight
    inner = counts.n * weight * curve.slope
    information = design.T @ (design * inner[:, None])
    if jeffreys:
        solved = np.linalg.solve(information + 1e-300 * np.eye(2), design.T).T
        leverage = inner * np.sum(design * solved, axis=1)
        tilt = 2 * (1 - 2 * curve.part) - weight * (1 - 2 * curve.value)
        pull = pull + 0.5 * leverage * tilt
    return design.T @ pull, information
