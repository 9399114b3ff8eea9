"""Minimising a costly smooth loss that comes with its gradient: BFGS on standardised parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .basics import FloatArray

Loss = Callable[[FloatArray], tuple[float, FloatArray]]

_STEPS = 100
_LEAST_SHARE = 1e-5
_MOST_EVALUATIONS = 60
_SLACK = 1e-11
"""Rounding of a loss, relative: a rise below it is none."""


@dataclass(frozen=True)
class Minimum:
    """Where the search ended, (K,), with the loss and gradient there."""

    point: FloatArray
    value: float
    gradient: FloatArray
    converged: bool
    evaluations: int


def minimise(loss: Loss, start: FloatArray, *, longest: float, tolerance: float = 1e-6) -> Minimum:
    """BFGS with backtracking from the unit matrix, so scale the parameters to a curvature near 1.

    A step moves no parameter by more than `longest`; a loss of inf is no place to go to. Settled where
    no entry of the gradient exceeds `tolerance`.
    Source: Nocedal & Wright 2006, Numerical Optimization, algorithm 6.1.
    """
    point, inverse = start, np.eye(start.size)
    value, pull = loss(point)
    evaluations = 1
    for _ in range(_STEPS):
        if not np.isfinite(value) or float(np.max(np.abs(pull), initial=0.0)) < tolerance:
            break
        move = -inverse @ pull
        if float(move @ pull) >= 0:
            inverse, move = np.eye(start.size), -pull
        share = min(1.0, longest / float(np.max(np.abs(move))))
        while share > _LEAST_SHARE and evaluations < _MOST_EVALUATIONS:
            new_value, new_pull = loss(point + share * move)
            evaluations += 1
            if new_value <= value + 1e-4 * share * float(move @ pull) + _SLACK * (1 + abs(value)):
                break
            share = _shorter(share, value, new_value, float(move @ pull))
        else:
            break
        inverse = _updated(inverse, share * move, new_pull - pull)
        point, value, pull = point + share * move, new_value, new_pull
    settled = bool(np.isfinite(value)) and float(np.max(np.abs(pull), initial=0.0)) < tolerance
    return Minimum(point, value, pull, settled, evaluations)


def hessian_at(loss: Loss, found: Minimum, *, width: float = 1e-4) -> FloatArray:
    """Forward differences (K, K) of the gradient from the minimum, symmetrised."""
    columns = [
        (loss(found.point + unit)[1] - found.gradient) / width for unit in np.eye(found.point.size) * width
    ]
    matrix = np.stack(columns)
    return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


def _shorter(share: float, value: float, tried: float, slope: float) -> float:
    """The minimum of the parabola through what is known, kept between a tenth and a half."""
    if not np.isfinite(tried):
        return share / 4
    bend = tried - value - share * slope
    best = -slope * share * share / (2 * bend) if bend > 0 else share / 2
    return float(np.clip(best, share / 10, share / 2))


def _updated(inverse: FloatArray, move: FloatArray, change: FloatArray) -> FloatArray:
    along = float(move @ change)
    if along <= 1e-10 * float(np.linalg.norm(move) * np.linalg.norm(change)):
        return inverse
    image = inverse @ change
    both = np.outer(move, image)
    spread = (along + float(change @ image)) / along**2
    return np.asarray(inverse + spread * np.outer(move, move) - (both + both.T) / along, dtype=np.float64)
