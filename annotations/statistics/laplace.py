"""Laplace's approximation for a logistic curve with two crossed normal intercepts: value and gradient.

eta = X beta + s1 u + s2 v, with u, v ~ N(0, I), and F = floor + (ceiling - floor) expit(eta).
Source: Breslow & Clayton 1993, JASA 88, 9-25; its gradient by implicit differentiation of the mode, as
in Kristensen et al. 2016, J Stat Softw 70(5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import FloatArray, IntArray
from .crossing import Blocks, Inverse, Pairs, invert, invert_roughly, pairs_of, solve, sums
from .logistic import curve_at

_STEPS = 30
_NOTHING = 1e-7
_LEAST_SHARE = 1e-4
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Rows:
    """Pooled rows (R,): members `first`, `second` of both kinds, `design` (R, K), weighted `hits` and
    `misses`, and the pair (R,) each row is of."""

    first: IntArray
    second: IntArray
    design: FloatArray
    hits: FloatArray
    misses: FloatArray
    floor: float
    ceiling: float
    pairs: Pairs
    pair: IntArray


@dataclass(frozen=True)
class Laplace:
    """Minus the log likelihood, its `gradient` (K + 2,) in (beta, s1, s2), the mode `u` (A,), `v` (C,),
    the variance (R,) of the random part at each row, and minus the second derivative `weight` (R,)."""

    value: float
    gradient: FloatArray
    u: FloatArray
    v: FloatArray
    variance: FloatArray
    inverse: Inverse
    blocks: Blocks
    weight: FloatArray


@dataclass(frozen=True)
class _Terms:
    """Of each row's log likelihood in eta: its value, slope, minus its second and third derivative, and
    the expected information."""

    value: FloatArray
    score: FloatArray
    weight: FloatArray
    bend: FloatArray
    expected: FloatArray


def pooled_rows(
    first: IntArray, second: IntArray, design: FloatArray, hits: FloatArray, misses: FloatArray,
    sizes: tuple[int, int], ends: tuple[float, float],
) -> Rows:  # fmt: skip
    """Rows of equal members and design added up; `ends` are floor and ceiling."""
    order = np.lexsort([*design.T, second, first])
    keys = np.column_stack([first, second, design])[order]
    fresh = np.ones(order.size, dtype=bool)
    fresh[1:] = np.any(keys[1:] != keys[:-1], axis=1)
    place = np.cumsum(fresh) - 1
    lead = order[fresh]
    pairs, pair = pairs_of(first[lead], second[lead], *sizes)
    return Rows(
        first[lead], second[lead], design[lead],
        sums(place, hits[order], lead.size), sums(place, misses[order], lead.size),
        *ends, pairs, pair,
    )  # fmt: skip


def laplace(
    rows: Rows, theta: FloatArray, start: tuple[FloatArray, FloatArray], *, roughly: bool = False
) -> Laplace | None:
    """At `theta` = (beta, s1, s2), searching the mode from `start`; None where there is none or the
    curvature there is not positive. `roughly` takes log |H| to first order in what the two kinds share;
    the gradient is then that of the rough value."""
    beta, s1, s2 = theta[:-2], float(theta[-2]), float(theta[-1])
    fixed = rows.design @ beta
    found = _mode(rows, fixed, s1, s2, start)
    if found is None:
        return None
    u, v, terms = found
    blocks = _blocks(rows, terms.weight, s1, s2)
    inverse = (invert_roughly if roughly else invert)(rows.pairs, blocks)
    if inverse is None:
        return None
    variance = (
        s1 * s1 * inverse.first[rows.first] + s2 * s2 * inverse.second[rows.second]
        + 2 * s1 * s2 * inverse.cross[rows.pair]
    )  # fmt: skip
    half = 0.5 * variance * terms.bend
    sum1, sum2 = _by_member(rows, half)
    q1, q2 = solve(rows.pairs, blocks, s1 * sum1, s2 * sum2)
    drift = half - terms.weight * (s1 * q1[rows.first] + s2 * q2[rows.second])
    pull1, pull2 = _by_member(rows, terms.score)
    drift1, drift2 = _by_member(rows, drift)
    shared = float(inverse.cross @ blocks.cross)
    slopes = [
        float(drift_i @ b - b @ pull + q @ pull) + _spread_slope(s, diagonal, block, shared)
        for drift_i, b, pull, q, s, diagonal, block in (
            (drift1, u, pull1, q1, s1, inverse.first, blocks.first),
            (drift2, v, pull2, q2, s2, inverse.second, blocks.second),
        )
    ]
    value = -float(np.sum(terms.value)) + 0.5 * float(u @ u + v @ v) + 0.5 * inverse.log_det
    gradient = np.array([*(rows.design.T @ (drift - terms.score)), *slopes])
    return Laplace(value, gradient, u, v, variance, inverse, blocks, terms.weight)


def fixed_information(rows: Rows, at: Laplace, s1: float, s2: float) -> FloatArray:
    """X'V^-1 X (K, K): the information on beta with the effects integrated out and s1, s2 held."""
    weighted = rows.design * at.weight[:, None]
    matrix = rows.design.T @ weighted
    for column in range(matrix.shape[0]):
        sum1, sum2 = _by_member(rows, weighted[:, column])
        q1, q2 = solve(rows.pairs, at.blocks, s1 * sum1, s2 * sum2)
        matrix[:, column] -= weighted.T @ (s1 * q1[rows.first] + s2 * q2[rows.second])
    return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


def _spread_slope(s: float, diagonal: FloatArray, block: FloatArray, shared: float) -> float:
    """What half of log |H| adds through s itself."""
    return (float(diagonal @ (block - 1)) + shared) / s if abs(s) > _NOTHING else 0.0


def _mode(
    rows: Rows, fixed: FloatArray, s1: float, s2: float, start: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray, _Terms] | None:
    """Penalised iteratively reweighted least squares with step halving.

    Without floor and ceiling that is Newton's method, whose error is the square of its last move.
    """
    enough = 1e-8 if (rows.floor, rows.ceiling) == (0, 1) else 1e-11
    (u, v), longest = start, np.inf
    terms = _terms(rows, fixed + s1 * u[rows.first] + s2 * v[rows.second])
    value = 0.5 * float(u @ u + v @ v) - float(np.sum(terms.value))
    for _ in range(_STEPS):
        pull1, pull2 = _by_member(rows, terms.score)
        blocks = _blocks(rows, terms.expected, s1, s2)
        move1, move2 = solve(rows.pairs, blocks, s1 * pull1 - u, s2 * pull2 - v)
        longest = max(np.max(np.abs(move1), initial=0.0), np.max(np.abs(move2), initial=0.0))
        share = 1.0
        while True:
            new_u, new_v = u + share * move1, v + share * move2
            new_terms = _terms(rows, fixed + s1 * new_u[rows.first] + s2 * new_v[rows.second])
            new_value = 0.5 * float(new_u @ new_u + new_v @ new_v) - float(np.sum(new_terms.value))
            if new_value <= value + 1e-12 * (1 + abs(value)):
                break
            share /= 2
            if share < _LEAST_SHARE:
                return (u, v, terms) if longest < _ROUNDING else None
        u, v, terms, value = new_u, new_v, new_terms, new_value
        if share * longest < enough:
            return u, v, terms
    return (u, v, terms) if longest < _ROUNDING else None


def _blocks(rows: Rows, weight: FloatArray, s1: float, s2: float) -> Blocks:
    sum1, sum2 = _by_member(rows, weight)
    cross = sums(rows.pair, weight, rows.pairs.first.size)
    return Blocks(1 + s1 * s1 * sum1, 1 + s2 * s2 * sum2, s1 * s2 * cross)


def _by_member(rows: Rows, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (
        sums(rows.first, values, rows.pairs.a),
        sums(rows.second, values, rows.pairs.c),
    )


def _terms(rows: Rows, eta: FloatArray) -> _Terms:
    k, m = rows.hits, rows.misses
    if rows.floor == 0 and rows.ceiling == 1:
        n, part = k + m, special.expit(eta)
        weight: FloatArray = n * part * (1 - part)
        # log(1 + exp(eta)) by numpy's own loops, six times as fast as scipy's log_expit.
        value: FloatArray = k * eta - n * (np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta))))
        return _Terms(value, k - n * part, weight, weight * (1 - 2 * part), weight)
    shape = curve_at(eta, rows.floor, rows.ceiling)
    value = np.asarray(special.xlogy(k, shape.value) + special.xlogy(m, shape.rest), np.float64)
    up, down = shape.slope / shape.value, shape.slope / shape.rest
    turn = 1 - 2 * shape.part
    twist = 1 - 6 * shape.part * (1 - shape.part)
    weight = k * (up * up - up * turn) + m * (down * turn + down * down)
    third: FloatArray = k * (up * twist - 3 * up * up * turn + 2 * up**3)
    third -= m * (down * twist + 3 * down * down * turn + 2 * down**3)
    return _Terms(value, k * up - m * down, weight, -third, (k + m) * up * down)
