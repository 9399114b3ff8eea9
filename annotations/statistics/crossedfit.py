"""The search for the maximum of the Laplace likelihood, and the information there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, special

from .basics import FloatArray
from .laplace import Laplace, Rows, fixed_information, laplace
from .logistic import curve_at
from .quasinewton import Minimum, hessian_at, minimise

_FIRST_SPREAD = 0.5
_LONGEST_STEP = 1.5
_FARTHEST = 20.0
_WIDEST = 10.0
_LARGE = 500
"""From so many members of the fewer kind on, a rough search first saves time."""


@dataclass(frozen=True)
class CrossedFit:
    """`theta` = (beta, s1, s2) and its `covariance` (K + 2, K + 2), nan for a spread that is held at 0
    and where the information is not positive; minus the log likelihood `value`; for each kind the
    `modes` of its standard normal effects and their `variances`; `freedom`, the effective number of
    effects. Without a maximum all but `evaluations` is nan or empty."""

    theta: FloatArray
    covariance: FloatArray
    value: float
    modes: tuple[FloatArray, FloatArray]
    variances: tuple[FloatArray, FloatArray]
    freedom: float
    evaluations: int


def fit_crossed(rows: Rows, free: tuple[bool, bool]) -> CrossedFit:
    """Maximise over beta and the spreads that are `free`; the others stay 0.

    The likelihood is even in each spread, so the search knows no bounds and signs are dropped. It works
    on parameters standardised by the information at its start.
    """
    grown = math.sqrt(1 + 0.346 * _FIRST_SPREAD**2 * sum(free))
    start = np.array([*(_plain_fit(rows) * grown), *(_FIRST_SPREAD if is_free else 0.0 for is_free in free)])
    search = _Search(rows, start, roughly=rows.pairs.a > _LARGE)
    first = search.at(start)
    if first is None or (scale := _scale(rows, first, start, free)) is None:
        return no_fit((rows.pairs.a, rows.pairs.c), start.size, 1)
    search.scale = scale
    if search.roughly:
        search.draw_near()
    found = search.descend()
    start, scale = search.start, search.scale
    evaluations = found.evaluations + scale.shape[1]
    theta = start + scale @ found.point
    best = search.at(theta) if found.converged else None
    if best is None:
        return no_fit((rows.pairs.a, rows.pairs.c), start.size, evaluations)
    covariance = _covariance(hessian_at(search.loss, found), scale)
    if not _is_near(rows, theta, covariance):
        return no_fit((rows.pairs.a, rows.pairs.c), start.size, evaluations)
    sign = np.where(theta < 0, -1.0, 1.0)
    sign[:-2] = 1.0
    seen = best.inverse
    freedom = float(np.sum(1 - seen.first) + np.sum(1 - seen.second))
    return CrossedFit(
        theta * sign, covariance * np.outer(sign, sign), best.value,
        (best.u * sign[-2], best.v * sign[-1]), (seen.first, seen.second), freedom, evaluations,
    )  # fmt: skip


def turned(fit: CrossedFit) -> CrossedFit:
    """The same with the two kinds of effects exchanged."""
    order = [*range(fit.theta.size - 2), fit.theta.size - 1, fit.theta.size - 2]
    return replace(
        fit, theta=fit.theta[order], covariance=fit.covariance[np.ix_(order, order)],
        modes=fit.modes[::-1], variances=fit.variances[::-1],
    )  # fmt: skip


def no_fit(members: tuple[int, int], size: int, evaluations: int) -> CrossedFit:
    nothing = np.full(members[0], np.nan), np.full(members[1], np.nan)
    theta, covariance = np.full(size, np.nan), np.full((size, size), np.nan)
    return CrossedFit(theta, covariance, math.nan, nothing, nothing, math.nan, evaluations)


class _Search:
    """The loss at standardised parameters; every mode is sought from the last one found."""

    def __init__(self, rows: Rows, start: FloatArray, *, roughly: bool) -> None:
        self.rows, self.start = rows, start
        self.scale = np.eye(start.size)
        self.effects = np.zeros(rows.pairs.a), np.zeros(rows.pairs.c)
        self.last: tuple[FloatArray, Laplace | None] = (np.full(start.size, np.nan), None)
        self.roughly = roughly

    def at(self, theta: FloatArray) -> Laplace | None:
        if np.array_equal(theta, self.last[0]):
            return self.last[1]
        far = float(np.max(np.abs(theta[-2:]))) > _FARTHEST
        found = None if far else laplace(self.rows, theta, self.effects, roughly=self.roughly)
        if found is not None:
            self.effects = found.u, found.v
        self.last = theta, found
        return found

    def loss(self, point: FloatArray) -> tuple[float, FloatArray]:
        found = self.at(self.start + self.scale @ point)
        if found is None:
            return math.inf, np.zeros(point.size)
        return found.value, self.scale.T @ found.gradient

    def descend(self) -> Minimum:
        effect, spread = self.rows.design @ self.scale[:-2], self.scale[-2:]
        reach = max(float(np.max(np.abs(effect))), float(np.max(np.abs(spread))))
        return minimise(self.loss, np.zeros(self.scale.shape[1]), longest=_LONGEST_STEP / reach)

    def draw_near(self) -> None:
        """Start again from the minimum of the rough loss, which is cheap, and standardise by its Hessian."""
        found = self.descend()
        hessian = hessian_at(self.loss, found)
        sound = found.converged and np.all(np.isfinite(hessian))
        if sound and float(np.linalg.eigvalsh(hessian).min()) > 1e-8:
            self.start = self.start + self.scale @ found.point
            self.scale = self.scale @ np.linalg.cholesky(np.linalg.inv(hessian))
        self.roughly = False
        self.last = (np.full(self.start.size, np.nan), None)


def _plain_fit(rows: Rows) -> FloatArray:
    """beta without effects, by scoring with a little ridge."""
    beta, n = np.zeros(rows.design.shape[1]), rows.hits + rows.misses
    mean = (float(np.sum(rows.hits)) + 0.5) / (float(np.sum(n)) + 1)
    share = np.clip((mean - rows.floor) / (rows.ceiling - rows.floor), 0.02, 0.98)
    beta[0] = float(special.logit(share))
    for _ in range(8):
        shape = curve_at(rows.design @ beta, rows.floor, rows.ceiling)
        weight = shape.slope / (shape.value * shape.rest)
        information = rows.design.T @ (rows.design * (n * weight * shape.slope)[:, None])
        pull = rows.design.T @ ((rows.hits - n * shape.value) * weight)
        move = np.linalg.lstsq(information + 1e-9 * np.diag(np.diag(information)), pull)[0]
        far = float(np.max(np.abs(rows.design @ move)))
        beta = beta + move * min(1.0, 3 / far if far > 0 else 1.0)
    return beta * min(1.0, 8 / max(float(np.max(np.abs(rows.design @ beta))), 8.0))


def _scale(rows: Rows, at: Laplace, theta: FloatArray, free: tuple[bool, bool]) -> FloatArray | None:
    """(K + 2, free parameters): takes standardised parameters to theta - start.

    The information on a spread is taken as if the effects were seen through their shrinkage.
    """
    k = theta.size - 2
    try:
        root = np.linalg.cholesky(fixed_information(rows, at, float(theta[-2]), float(theta[-1])))
    except np.linalg.LinAlgError:
        return None
    scale = np.zeros((k + 2, k + 2))
    scale[:k, :k] = linalg.solve_triangular(root, np.eye(k), lower=True).T
    for place, diagonal in ((k, at.inverse.first), (k + 1, at.inverse.second)):
        if free[place - k]:
            scale[place, place] = theta[place] / math.sqrt(max(2 * float(np.sum((1 - diagonal) ** 2)), 1.0))
    return np.asarray(scale[:, [*range(k), *(k + i for i in (0, 1) if free[i])]], dtype=np.float64)


def _covariance(hessian: FloatArray, scale: FloatArray) -> FloatArray:
    size = scale.shape[0]
    if not np.all(np.isfinite(hessian)) or float(np.linalg.eigvalsh(hessian).min()) < 1e-8:
        return np.full((size, size), np.nan)
    matrix = scale @ np.linalg.inv(hessian) @ scale.T
    held = ~np.any(scale != 0, axis=1)
    matrix[held], matrix[:, held] = np.nan, np.nan
    return np.asarray(matrix, dtype=np.float64)


def _is_near(rows: Rows, theta: FloatArray, covariance: FloatArray) -> bool:
    """Whether the maximum is one, rather than the place where a runaway search was stopped."""
    k = theta.size - 2
    if max(np.max(np.abs(rows.design @ theta[:k])), 2 * np.max(np.abs(theta[k:]))) > _FARTHEST:
        return False
    fixed = covariance[:k, :k]
    if not np.all(np.isfinite(fixed)):
        return True
    return float(np.max(np.einsum("rk,kl,rl->r", rows.design, fixed, rows.design))) < _WIDEST**2
