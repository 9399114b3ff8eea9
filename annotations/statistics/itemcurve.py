"""The joint fit of curve and item spread: F_i = floor + (ceiling - floor) expit(a + b x_i + u_i)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from .basics import FloatArray
from .logistic import Counts, fit_likelihood
from .quadrature import ItemData, evidence

_TAU_LEAST, _TAU_MOST = 1e-3, 6.0
_STEPS = 12


@dataclass(frozen=True)
class ItemCurve:
    """`theta` = (a, b) on the standardised metric (x - centre) / spread, its `covariance` (2, 2) from
    the observed information with tau profiled in, and `tau`, the sd of u, with its variance (0 where it lies
    on its bound, or none was found). `hessian` (3, 3) is that of the mean loss in (a, b, tau), `items`
    how many were judged."""

    theta: FloatArray
    covariance: FloatArray
    tau: float
    tau_variance: float
    items: int
    centre: float
    spread: float
    converged: bool
    hessian: FloatArray


def fit_item_curve(
    data: ItemData, x: FloatArray, *, ridge: float, near: ItemCurve | None = None
) -> ItemCurve:
    """Marginal maximum likelihood over items with n > 0; `ridge` on (a, b), 0 for none.

    log(tau) - tau is added: a gamma(2, 1) prior, which keeps tau off 0, where no item could differ
    from the curve, and gives it a size where no item was judged twice; with more data it is lost
    (Chung et al. 2013, Psychometrika 78, 685-709).

    Items with equal (x, n, mean) are counted together, so the cost follows their distinct number.
    `near` is the fit to almost the same data: a few steps from there end at the same optimum, and its
    covariance is kept.
    """
    centre, spread = float(np.mean(x)), float(np.std(x)) or 1.0
    if near is not None:
        centre, spread = near.centre, near.spread
    rows, counts = np.unique(np.column_stack([x, data.n, data.mean]), axis=0, return_counts=True)
    z = (rows[:, 0] - centre) / spread
    packed = replace(data, n=rows[:, 1], mean=rows[:, 2])
    scale = float(np.sum(counts))
    mode: FloatArray | None = None

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        nonlocal mode
        at = evidence(packed, theta[0] + theta[1] * z, float(theta[2]), mode)
        mode = at.mode if bool(np.all(np.isfinite(at.mode))) else None
        tau = float(theta[2])
        value = float(counts @ at.log_marginal) - 0.5 * ridge * float(theta[:2] @ theta[:2])
        value += math.log(tau) - tau
        pull = np.array([counts @ at.score, counts @ (z * at.score), counts @ at.score_z])
        pull[:2] -= ridge * theta[:2]
        pull[2] += 1 / tau - 1
        return -value / scale, -pull / scale

    if near is not None and (found_near := _from_near(loss, near)) is not None:
        return replace(near, theta=found_near[:2], tau=float(found_near[2]))
    flat = fit_likelihood(
        Counts(z, rows[:, 1] * rows[:, 2] * counts, rows[:, 1] * counts, data.floor, data.ceiling), ridge=0.25
    )
    start = np.array([*np.clip(flat.theta, -12, 12), 0.5])
    bounds = [(-15.0, 15.0), (-15.0, 15.0), (_TAU_LEAST, _TAU_MOST)]
    found = optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds,
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 200},
    )  # fmt: skip
    theta = np.asarray(found.x, dtype=np.float64)
    hessian = _hessian(loss, theta)
    tau = float(theta[2])
    covariance, variance = _covariances(hessian * scale)
    return ItemCurve(
        theta[:2], covariance, tau, variance, x.size, centre, spread, bool(found.success), hessian
    )


def _from_near(loss: Callable[[FloatArray], tuple[float, FloatArray]], near: ItemCurve) -> FloatArray | None:
    """Broyden's steps from the Hessian of the fit nearby; None where they do not settle within bounds.

    Source: Broyden 1965, Math Comp 19, 577-593.
    """
    theta: FloatArray = np.array([*near.theta, near.tau])
    if not near.converged or not np.all(np.isfinite(near.hessian)):
        return None
    if float(np.linalg.eigvalsh(near.hessian).min()) <= 1e-10:
        return None
    inverse, pull = np.linalg.inv(near.hessian), loss(theta)[1]
    for _ in range(_STEPS):
        move = -inverse @ pull
        theta = theta + move
        if not (_TAU_LEAST < theta[2] < _TAU_MOST and bool(np.all(np.abs(theta[:2]) < 15))):
            return None
        if float(np.max(np.abs(move))) < 1e-8:
            return theta
        found = loss(theta)[1]
        turned = inverse @ (found - pull)
        inverse = inverse + np.outer(move - turned, move @ inverse) / (move @ turned)
        pull = found
    return None


def _hessian(loss: Callable[[FloatArray], tuple[float, FloatArray]], theta: FloatArray) -> FloatArray:
    """Central differences of the gradient; tau is kept above 0."""
    columns = []
    for i in range(theta.size):
        width = 1e-4 * (abs(theta[i]) if i == 2 else max(1.0, abs(theta[i])))
        up, down = theta.copy(), theta.copy()
        up[i] += width
        down[i] = max(down[i] - width, _TAU_LEAST) if i == 2 else down[i] - width
        columns.append((loss(up)[1] - loss(down)[1]) / (up[i] - down[i]))
    matrix = np.stack(columns, axis=1)
    return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


def _covariances(hessian: FloatArray) -> tuple[FloatArray, float]:
    """Of (a, b), and the variance of tau: from all three, or with tau held where it lies on its bound."""
    for size in (3, 2):
        part = hessian[:size, :size]
        if np.all(np.isfinite(part)) and float(np.linalg.eigvalsh(part).min()) > 1e-10:
            found = np.linalg.inv(part)
            return np.asarray(found[:2, :2], dtype=np.float64), float(found[2, 2]) if size == 3 else 0.0
    return np.full((2, 2), np.nan), 0.0
