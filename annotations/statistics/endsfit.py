"""Kernels of the curve with free ends: F = g + (1 - g - l) expit(a + b x), fitted to counts by level."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from .basics import BoolArray, FloatArray
from .logistic import Counts, fit_likelihood

WIDEST = 0.95
"""Floor and lapse together leave the curve a twentieth of its height at least."""

_STEPS = 200
_STARTS = ((0.02, 0.02), (0.15, 0.15), (0.4, 0.02), (0.02, 0.4))


@dataclass(frozen=True)
class EndsFit:
    """`theta` (4,) = (a, b, g, l), the log likelihood there, and minus its second derivatives (4, 4)."""

    theta: FloatArray
    value: float
    information: FloatArray
    converged: bool


@dataclass(frozen=True)
class Shape:
    """F and 1 - F at each level (U,), and F's derivatives in (a, b, g, l), (U, 4)."""

    value: FloatArray
    rest: FloatArray
    gradient: FloatArray


def shape_at(x: FloatArray, theta: FloatArray) -> Shape:
    part, other = special.expit(theta[0] + theta[1] * x), special.expit(-theta[0] - theta[1] * x)
    span = 1 - theta[2] - theta[3]
    steep = span * part * other
    gradient = np.column_stack([steep, steep * x, other, -part])
    return Shape(theta[2] + span * part, theta[3] + span * other, gradient)


def fit_ends(counts: Counts, free: BoolArray, fixed: FloatArray) -> EndsFit:
    """Maximum likelihood of a, b and those ends (g, l) that are `free` (2,), the rest as `fixed` (2,).

    Newton's method from several starts, since the likelihood of four parameters may have several tops.
    """
    first = np.where(free, _STARTS[0], fixed)
    curve = fit_likelihood(replace(counts, floor=float(first[0]), ceiling=float(1 - first[1]))).theta
    tried = []
    for start in _STARTS if bool(free.any()) else _STARTS[:1]:
        ends = np.where(free, start, fixed)
        if ends.sum() < WIDEST:
            tried.append(climb(counts, np.concatenate([curve, ends]), free))
    return max(tried, key=lambda fit: fit.value)


def climb(counts: Counts, theta: FloatArray, free: BoolArray, tolerance: float = 1e-10) -> EndsFit:
    """Damped Newton from `theta` (4,); an end that would leave through 0 is held there."""
    loose = np.concatenate([[True, True], free])
    value, damping, converged = _log_likelihood(counts, theta), 1e-3, False
    for _ in range(_STEPS):
        score, matrix = _derivatives(counts, theta)
        held = ~loose | ((theta <= 0) & (score <= 0) & np.array([False, False, True, True]))
        move = _step(score, matrix, ~held, damping)
        new = theta + move
        new[2:] = np.maximum(new[2:], 0.0)
        new_value = _log_likelihood(counts, new)
        small = bool(np.all(np.abs(new - theta) <= tolerance * (1 + np.abs(theta))))
        if new_value >= value - 1e-13 * (1 + abs(value)):
            theta, value, damping = new, new_value, damping / 100
            if small and damping < 1e-4:
                converged = True
                break
        else:
            damping *= 30
        if damping > 1e12:
            break
    return EndsFit(theta, value, _derivatives(counts, theta)[1], converged)


def _log_likelihood(counts: Counts, theta: FloatArray) -> float:
    """Sum over responses of y log F + (1 - y) log(1 - F); minus infinity where the ends leave no curve."""
    if theta[2] + theta[3] > WIDEST:
        return -np.inf
    shape = shape_at(counts.x, theta)
    lost = np.maximum(counts.n - counts.k, 0.0)
    return float(np.sum(special.xlogy(counts.k, shape.value) + special.xlogy(lost, shape.rest)))


def _derivatives(counts: Counts, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The score (4,) and minus the second derivatives (4, 4)."""
    shape = shape_at(counts.x, theta)
    lost = np.maximum(counts.n - counts.k, 0.0)
    value, rest = np.maximum(shape.value, 1e-300), np.maximum(shape.rest, 1e-300)
    pull = counts.k / value - lost / rest
    bend = counts.k / value**2 + lost / rest**2
    matrix = shape.gradient.T @ (shape.gradient * bend[:, None])
    part = special.expit(theta[0] + theta[1] * counts.x)
    design = np.column_stack([np.ones(counts.x.size), counts.x])
    slope = pull * part * (1 - part)
    matrix[:2, :2] -= design.T @ (design * (slope * (1 - theta[2] - theta[3]) * (1 - 2 * part))[:, None])
    ends = np.repeat((design.T @ slope)[:, None], 2, axis=1)
    matrix[:2, 2:] += ends
    matrix[2:, :2] += ends.T
    return shape.gradient.T @ pull, matrix


def _step(score: FloatArray, matrix: FloatArray, loose: BoolArray, damping: float) -> FloatArray:
    """The Newton step of the loose parameters, its matrix lifted to be positive definite."""
    part = matrix[np.ix_(loose, loose)]
    scale = np.sqrt(np.maximum(np.abs(np.diag(part)), 1e-12))
    values, vectors = np.linalg.eigh(part / np.outer(scale, scale))
    lifted = np.maximum(np.abs(values), 1e-9) + damping
    move = np.zeros(score.size)
    move[loose] = vectors @ ((vectors.T @ (score[loose] / scale)) / lifted) / scale
    return move
