"""Restricted maximum likelihood for a mean with two crossed normal effects, from counts and sums alone.

The criterion is profiled over the mean and the residual variance, as in Bates et al. 2015, J Stat Softw
67(1), so two ratios of standard deviations remain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .basics import FloatArray
from .crossing import Blocks, Inverse, Pairs, invert, solve, sums
from .quasinewton import hessian_at, minimise

_LARGEST = 1e4
_RUNAWAY = 1e3
_TINY = 1e-9


@dataclass(frozen=True)
class Sums:
    """Ratings of mean near 0 and variance near 1: `counts` (M,) at the pairs, their `totals` by member
    of either kind (A,), (C,), and the sum of their `squares`."""

    pairs: Pairs
    counts: FloatArray
    totals: tuple[FloatArray, FloatArray]
    squares: float


@dataclass(frozen=True)
class Reml:
    """`ratio` (2,) of each kind's sd to that of the residual with its `covariance`, the `residual`
    variance, the `mean` with its standard error, and -2 log of the restricted likelihood."""

    ratio: FloatArray
    covariance: FloatArray
    residual: float
    mean: float
    mean_se: float
    criterion: float
    converged: bool


@dataclass(frozen=True)
class _At:
    half: float
    gradient: FloatArray
    mean: float
    known: float
    residual: float
    inverse: Inverse


def fit_reml(data: Sums, free: tuple[bool, bool]) -> Reml | None:
    """Minimise the criterion over the ratios that are `free`, the others 0; None where the residual
    vanishes beside them. The criterion is even in each ratio, so the search knows no bounds."""
    places = [place for place in (0, 1) if free[place]]
    start = np.where(free, 1.0, 0.0)
    first = _at(data, start)
    if first is None:
        return None
    scale = np.zeros((2, len(places)))
    for column, place in enumerate(places):
        diagonal = first.inverse.first if place == 0 else first.inverse.second
        scale[place, column] = 1 / math.sqrt(max(2 * float(np.sum((1 - diagonal) ** 2)), 1.0))

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        ratio = start + scale @ point
        found = _at(data, ratio) if float(np.max(np.abs(ratio))) < _LARGEST else None
        if found is None:
            return math.inf, np.zeros(point.size)
        return found.half, scale.T @ found.gradient

    found = minimise(loss, np.zeros(len(places)), longest=3 / float(np.max(scale)))
    ratio = start + scale @ found.point
    best = _at(data, ratio)
    if best is None or (not found.converged and float(np.max(np.abs(ratio))) > _RUNAWAY):
        return None
    hessian = hessian_at(loss, found)
    covariance = np.zeros((2, 2))
    if np.all(np.isfinite(hessian)) and float(np.linalg.eigvalsh(hessian).min()) > 1e-8:
        covariance = scale @ np.linalg.inv(hessian) @ scale.T
    sign = np.where(ratio < 0, -1.0, 1.0)
    mean_se = math.sqrt(best.residual / best.known)
    return Reml(
        ratio * sign,
        covariance * np.outer(sign, sign),
        best.residual,
        best.mean,
        mean_se,
        2 * best.half,
        found.converged,
    )


def _at(data: Sums, ratio: FloatArray) -> _At | None:
    """Half the criterion and its gradient (2,) in the ratios."""
    pairs, (one, two) = data.pairs, (float(ratio[0]), float(ratio[1]))
    sizes = sums(pairs.first, data.counts, pairs.a), sums(pairs.second, data.counts, pairs.c)
    blocks = Blocks(1 + one * one * sizes[0], 1 + two * two * sizes[1], one * two * data.counts)
    inverse = invert(pairs, blocks)
    if inverse is None:
        return None
    flat = solve(pairs, blocks, one * sizes[0], two * sizes[1])
    seen = solve(pairs, blocks, one * data.totals[0], two * data.totals[1])
    n = float(np.sum(data.counts))
    known = n - one * float(sizes[0] @ flat[0]) - two * float(sizes[1] @ flat[1])
    pull = (
        float(np.sum(data.totals[0]))
        - one * float(data.totals[0] @ flat[0])
        - two * float(data.totals[1] @ flat[1])
    )
    mean = pull / known
    rest = data.squares - one * float(data.totals[0] @ seen[0]) - two * float(data.totals[1] @ seen[1])
    rest -= mean * mean * known
    if rest <= 0 or known <= 0:
        return None
    criterion = inverse.log_det + math.log(known) + (n - 1) * (1 + math.log(2 * math.pi * rest / (n - 1)))
    gradient = []
    for place, diagonal in ((0, inverse.first), (1, inverse.second)):
        s = float(ratio[place])
        effect = seen[place] - mean * flat[place]
        slope = float(np.sum(1 - diagonal)) - float(flat[place] @ flat[place]) / known
        slope -= (n - 1) / rest * float(effect @ effect)
        gradient.append(slope / s if abs(s) > _TINY else 0.0)
    return _At(criterion / 2, np.array(gradient), mean, known, rest / (n - 1), inverse)
