"""Many two-parameter curves over the same levels, fitted at once: resamples, or people left out.

The same fits as `curvefit.fit_curve` with `likelihood`, row by row; Newton's method on 2 x 2 systems.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import BoolArray, FloatArray, IntArray
from .curvefit import RIDGE, Target
from .logistic import curve_at

_FREE_STEPS, _GUARDED_STEPS = 12, 60
_NEAR, _NEWTON_NEAR = 1e-10, 1e-6
"""How small a last step is: Newton's own leaves an error of the order of its square."""
_NONE = 1e-9
"""Less than this of a response is none: sums of ratings carry rounding."""


@dataclass(frozen=True)
class BatchFit:
    """`theta` (B, 2) = intercept and slope on the metric z; `penalised` and `flat` (one level) (B,)."""

    theta: FloatArray
    penalised: BoolArray
    flat: BoolArray
    settled: BoolArray


@dataclass(frozen=True)
class Problem:
    """Levels z (U,), rising, with counts k of n, shape (B, U); n = 0 where a row has none there."""

    z: FloatArray
    k: FloatArray
    n: FloatArray
    floor: float
    ceiling: float

    def only(self, rows: BoolArray | IntArray) -> Problem:
        return Problem(self.z, self.k[rows], self.n[rows], self.floor, self.ceiling)


def fit_batch(problem: Problem, start: FloatArray, target: Target) -> BatchFit:
    """Fit every row from `start` (2,); separated and unsound rows are penalised, as in `fit_curve`."""
    rows = problem.n.shape[0]
    theta = np.tile(start, (rows, 1))
    flat = np.count_nonzero(problem.n > _NONE, axis=1) < 2
    penalised = flat | _separated(problem)
    settled = np.ones(rows, dtype=bool)
    free = np.flatnonzero(~penalised)
    if free.size:
        theta[free], settled[free], sound = _free(problem.only(free), theta[free])
        penalised[free[~(sound & settled[free])]] = True
    drawn = np.flatnonzero(penalised & ~flat)
    if drawn.size:
        jeffreys = target == "failure"
        ridge = 0.0 if jeffreys else RIDGE
        part = problem.only(drawn)
        theta[drawn], settled[drawn] = _guarded(part, _middle(part), jeffreys, ridge)
    theta[flat] = _flat(problem.only(flat))
    return BatchFit(theta, penalised, flat, settled)


def _separated(problem: Problem) -> BoolArray:
    """Rows where one cut of the levels parts successes from the rest."""
    hit, miss = problem.k > _NONE, problem.n - problem.k > _NONE
    last = problem.z.size - 1
    first_hit, first_miss = hit.argmax(axis=1), miss.argmax(axis=1)
    last_hit, last_miss = last - hit[:, ::-1].argmax(axis=1), last - miss[:, ::-1].argmax(axis=1)
    apart = (last_miss <= first_hit) | (last_hit <= first_miss)
    found: BoolArray = apart | ~hit.any(axis=1) | ~miss.any(axis=1)
    return found


def _flat(problem: Problem) -> FloatArray:
    """Flat curves (B, 2) through the rows' means, half a response drawn to the middle."""
    mean = (problem.k.sum(axis=1) + 0.5) / (problem.n.sum(axis=1) + 1)
    inner = np.clip((mean - problem.floor) / (problem.ceiling - problem.floor), 1e-6, 1 - 1e-6)
    return np.column_stack([special.logit(inner), np.zeros(inner.size)])


def _middle(problem: Problem) -> FloatArray:
    """Where `logistic.fit_likelihood` starts, (B, 2)."""
    mean = problem.k.sum(axis=1) / problem.n.sum(axis=1)
    inner = np.clip((mean - problem.floor) / (problem.ceiling - problem.floor), 0.02, 0.98)
    return np.column_stack([special.logit(inner), np.zeros(inner.size)])


def _free(problem: Problem, theta: FloatArray) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Newton without a guard, which ends in a few steps from a start nearby; else with one."""
    theta, settled = theta.copy(), np.zeros(theta.shape[0], dtype=bool)
    near = _NEWTON_NEAR if problem.floor == 0 and problem.ceiling == 1 else _NEAR
    for _ in range(_FREE_STEPS):
        rows = np.flatnonzero(~settled)
        if not rows.size:
            break
        with np.errstate(all="ignore"):
            score, matrix, _ = _terms(
                problem if rows.size == settled.size else problem.only(rows), theta[rows]
            )
            move = _solve(matrix, score)
            theta[rows] += move
        settled[rows] = np.all(np.abs(move) <= near * (1 + np.abs(theta[rows])), axis=1)
    sound = _sound(_terms(problem, theta)[2], theta)
    lost = np.flatnonzero(~settled | ~sound)
    if lost.size:
        part = problem.only(lost)
        theta[lost], settled[lost] = _guarded(part, _middle(part), False, 0.0)
        sound[lost] = _sound(_terms(part, theta[lost])[2], theta[lost])
    return theta, settled, sound


def _guarded(
    problem: Problem, theta: FloatArray, jeffreys: bool, ridge: float
) -> tuple[FloatArray, BoolArray]:
    """Newton with step halving, row by row; `jeffreys` and `ridge` as in `logistic.fit_likelihood`."""
    theta, settled = theta.copy(), np.zeros(theta.shape[0], dtype=bool)
    value, share = _objective(problem, theta, jeffreys, ridge), np.ones(theta.shape[0])
    for _ in range(4 * _GUARDED_STEPS):
        rows = np.flatnonzero(~settled)
        if not rows.size:
            break
        part = problem.only(rows)
        score, matrix, _ = _terms(part, theta[rows], jeffreys)
        move = _solve(matrix + ridge * np.eye(2), score - ridge * theta[rows])
        tried = theta[rows] + share[rows, None] * move
        found = _objective(part, tried, jeffreys, ridge)
        better = found >= value[rows] - 1e-13 * (1 + np.abs(value[rows]))
        small = np.all(np.abs(move) <= 1e-9 * (1 + np.abs(theta[rows])), axis=1)
        settled[rows] = small | (share[rows] < 1e-10)
        theta[rows[better]], value[rows[better]] = tried[better], found[better]
        share[rows] = np.where(better, np.minimum(1.0, 2 * share[rows]), share[rows] / 2)
    return theta, settled


def _objective(problem: Problem, theta: FloatArray, jeffreys: bool, ridge: float) -> FloatArray:
    shape = curve_at(theta[:, :1] + theta[:, 1:] * problem.z, problem.floor, problem.ceiling)
    lost = np.maximum(problem.n - problem.k, 0.0)
    parts = special.xlogy(problem.k, shape.value) + special.xlogy(lost, shape.rest)
    value: FloatArray = parts.sum(axis=1) - 0.5 * ridge * np.sum(theta**2, axis=1)
    if jeffreys:
        with np.errstate(divide="ignore", invalid="ignore"):
            value += 0.5 * np.nan_to_num(np.log(_determinant(_terms(problem, theta)[2])), nan=-np.inf)
    return value


def _terms(
    problem: Problem, theta: FloatArray, jeffreys: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Score (B, 2), the matrix to solve with, and the expected information, both (B, 2, 2).

    The matrix is the observed information where that is positive definite; under `jeffreys`, whose
    second derivative is not worked out, the expected one.
    """
    z, k, n = problem.z, problem.k, problem.n
    shape = curve_at(theta[:, :1] + theta[:, 1:] * z, problem.floor, problem.ceiling)
    error = k - n * shape.value
    if problem.floor == 0 and problem.ceiling == 1 and not jeffreys:
        information = _moments(n * shape.slope, z)
        return np.stack([error.sum(axis=1), error @ z], axis=1), information, information
    weight = shape.slope / (shape.value * shape.rest)
    inner = n * weight * shape.slope
    expected = _moments(inner, z)
    if jeffreys:
        leverage = _leverage(inner, z, expected)
        tilt = 2 * (1 - 2 * shape.part) - weight * (1 - 2 * shape.value)
        pull = error * weight + 0.5 * leverage * tilt
        return np.stack([pull.sum(axis=1), pull @ z], axis=1), expected, expected
    pull = error * weight
    score = np.stack([pull.sum(axis=1), pull @ z], axis=1)
    bent = inner + error * weight * (weight * (1 - 2 * shape.value) - (1 - 2 * shape.part))
    observed = _moments(bent, z)
    good = (_determinant(observed) > 1e-9 * _trace(observed) ** 2) & (_trace(observed) > 0)
    return score, np.where(good[:, None, None], observed, expected), expected


def _moments(weight: FloatArray, z: FloatArray) -> FloatArray:
    first, second = weight @ z, weight @ (z * z)
    rows = np.stack([weight.sum(axis=1), first, first, second], axis=1)
    return rows.reshape(-1, 2, 2)


def _leverage(inner: FloatArray, z: FloatArray, m: FloatArray) -> FloatArray:
    """inner (1, z) M^-1 (1, z)' of every level."""
    det = _determinant(m)[:, None] + 1e-300
    a, b, c = m[:, 0, 0, None], m[:, 0, 1, None], m[:, 1, 1, None]
    found: FloatArray = inner * (c - 2 * b * z + a * z * z) / det
    return found


def _solve(matrix: FloatArray, score: FloatArray) -> FloatArray:
    det = _determinant(matrix)
    det = np.where(np.abs(det) > 1e-300, det, np.nan)
    first = matrix[:, 1, 1] * score[:, 0] - matrix[:, 0, 1] * score[:, 1]
    second = matrix[:, 0, 0] * score[:, 1] - matrix[:, 0, 1] * score[:, 0]
    return np.nan_to_num(np.stack([first, second], axis=1) / det[:, None], nan=0.0, posinf=0.0, neginf=0.0)


def _sound(information: FloatArray, theta: FloatArray) -> BoolArray:
    """As `curvefit._sound`: no standard error beyond all bounds."""
    trace, det = _trace(information), _determinant(information)
    half = np.sqrt(np.maximum(trace * trace / 4 - det, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        fine = (trace / 2 - half > 1e-8 * (trace / 2 + half)) & (det > 0)
        widest = np.maximum(information[:, 0, 0], information[:, 1, 1]) / det
    found: BoolArray = fine & (widest < 1e4) & np.all(np.abs(theta) < 1e3, axis=1)
    return found


def _determinant(m: FloatArray) -> FloatArray:
    found: FloatArray = m[:, 0, 0] * m[:, 1, 1] - m[:, 0, 1] * m[:, 1, 0]
    return found


def _trace(m: FloatArray) -> FloatArray:
    found: FloatArray = m[:, 0, 0] + m[:, 1, 1]
    return found
