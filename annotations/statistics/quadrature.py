"""Adaptive Gauss-Hermite integrals over one random effect an item, vectorised over items.

An item's curve is F(c + tau z) with z ~ N(0, 1); its data enter through a log-likelihood in F.
Source: Pinheiro & Bates 1995, J Comput Graph Stat 4, 12-35.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special

from .basics import FloatArray
from .logistic import Curve, curve_at

NODES = 21
_NEWTON = 40


@dataclass(frozen=True)
class ItemData:
    """Items of shape (I,): `n` responses of mean `mean`; `noise` is the variance of one response
    around its item, None for binomial failures."""

    n: FloatArray
    mean: FloatArray
    noise: float | None
    floor: float
    ceiling: float


@dataclass(frozen=True)
class Evidence:
    """Per item (I,): log marginal likelihood, the `mode` of z, and the score's expectations E[dl/d eta] and
    E[z dl/d eta] under the posterior of z."""

    log_marginal: FloatArray
    score: FloatArray
    score_z: FloatArray
    mode: FloatArray


@dataclass(frozen=True)
class Posterior:
    """Per item (I,): E[F], mean and sd of eta."""

    expected: FloatArray
    eta_mean: FloatArray
    eta_sd: FloatArray


def evidence(data: ItemData, centre: FloatArray, tau: float, near: FloatArray | None = None) -> Evidence:
    """What a fit needs of every item's integral over its effect; centre (I,) is the linear predictor.

    `near` (I,) are the `mode` of almost the same integrals, from which these are found in fewer steps.
    """
    at = _integrals(data, centre, tau, near)
    score, _ = _terms(data, at.shape, data.n[:, None], data.mean[:, None])
    score *= at.share
    log_marginal = at.log_mass + np.log(at.scale) - 0.5 * math.log(math.pi)
    return Evidence(log_marginal, score.sum(axis=1), np.einsum("ij,ij->i", score, at.z), at.mode)


def posterior(data: ItemData, centre: FloatArray, tau: float) -> Posterior:
    """Integrate every item over its effect; centre (I,) is the curve's linear predictor."""
    at = _integrals(data, centre, tau, None)
    eta = centre[:, None] + tau * at.z
    middle = np.sum(at.share * eta, axis=1)
    spread = np.sum(at.share * (eta - middle[:, None]) ** 2, axis=1)
    return Posterior(np.sum(at.share * at.shape.value, axis=1), middle, np.sqrt(spread))


@dataclass(frozen=True)
class _Integrals:
    """The curve at the nodes z and their share of each item's posterior, both (I, NODES); `mode`, `scale` of
    z and the log of the integral's mass (I,)."""

    z: FloatArray
    shape: Curve
    share: FloatArray
    mode: FloatArray
    scale: FloatArray
    log_mass: FloatArray


def _integrals(data: ItemData, centre: FloatArray, tau: float, near: FloatArray | None) -> _Integrals:
    mode = _modes(data, centre, tau, near)
    _, information = _terms(data, curve_at(centre + tau * mode, data.floor, data.ceiling), data.n, data.mean)
    scale = 1 / np.sqrt(1 + tau * tau * information)
    nodes, weights = _hermite()
    z = mode[:, None] + math.sqrt(2) * scale[:, None] * nodes
    shape = curve_at(centre[:, None] + tau * z, data.floor, data.ceiling)
    joint = _log_density(data, shape, data.n[:, None], data.mean[:, None])
    joint = joint - 0.5 * z * z + (nodes * nodes + np.log(weights))
    top = joint.max(axis=1, keepdims=True)
    share = np.exp(joint - top)
    mass = share.sum(axis=1)
    share /= mass[:, None]
    return _Integrals(z, shape, share, mode, scale, np.log(mass) + top[:, 0])


def in_blocks(
    items: int, block: int, work: Callable[[slice], Posterior]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """E[F], mean and sd of eta for many items, `block` at a time, so memory stays small."""
    parts = [work(slice(at, at + block)) for at in range(0, items, block)]
    if not parts:
        return np.empty(0), np.empty(0), np.empty(0)
    return (
        np.concatenate([p.expected for p in parts]),
        np.concatenate([p.eta_mean for p in parts]),
        np.concatenate([p.eta_sd for p in parts]),
    )


def information_at(data: ItemData, eta: FloatArray) -> FloatArray:
    """Expected information on eta in each item's own responses."""
    return _terms(data, curve_at(eta, data.floor, data.ceiling), data.n, data.mean)[1]


@cache
def _hermite() -> tuple[FloatArray, FloatArray]:
    nodes, weights = special.roots_hermite(NODES)
    return nodes, weights


def _modes(data: ItemData, centre: FloatArray, tau: float, near: FloatArray | None) -> FloatArray:
    """Mode of the posterior of z by Newton's steps, halved where they do not climb."""
    z = np.zeros(centre.size) if near is None else near
    shape = curve_at(centre + tau * z, data.floor, data.ceiling)
    value = _log_density(data, shape, data.n, data.mean) - 0.5 * z * z
    share = np.ones(z.size)
    for _ in range(_NEWTON):
        score, information = _terms(data, shape, data.n, data.mean)
        bend = 1 + tau * tau * (information - _bend(data, shape))
        expected = 1 + tau * tau * information
        move = (tau * score - z) / np.where(bend > 0.25 * expected, bend, expected)
        tried = z + share * np.clip(move, -3, 3)
        shape_tried = curve_at(centre + tau * tried, data.floor, data.ceiling)
        value_tried = _log_density(data, shape_tried, data.n, data.mean) - 0.5 * tried * tried
        better = value_tried >= value - 1e-12 * (1 + np.abs(value))
        if np.max(np.abs(move), initial=0.0) < 1e-9:
            return np.where(better, tried, z)
        if bool(better.all()):
            z, value, shape = tried, value_tried, shape_tried
        else:
            z, value = np.where(better, tried, z), np.where(better, value_tried, value)
            shape = curve_at(centre + tau * z, data.floor, data.ceiling)
        share = np.where(better, np.minimum(1.0, share * 2), share / 4)
    return z


def _bend(data: ItemData, shape: Curve) -> FloatArray | float:
    """What the observed information of ratings has less than the expected one; of failures it is left out."""
    if data.noise is None:
        return 0.0
    return data.n * (data.mean - shape.value) * shape.slope * (1 - 2 * shape.part) / data.noise


def _log_density(data: ItemData, shape: Curve, n: FloatArray, mean: FloatArray) -> FloatArray:
    """Log-likelihood of an item's responses, without the terms that hold no parameter."""
    if data.noise is None:
        parts = special.xlogy(n * mean, shape.value) + special.xlogy(n * (1 - mean), shape.rest)
        return np.asarray(parts, dtype=np.float64)
    return -0.5 * n * (mean - shape.value) ** 2 / data.noise


def _terms(data: ItemData, shape: Curve, n: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Score and expected information of an item's responses with respect to eta."""
    if data.noise is None:
        weight = shape.slope / (shape.value * shape.rest)
        return n * (mean - shape.value) * weight, n * weight * shape.slope
    return n * (mean - shape.value) * shape.slope / data.noise, n * shape.slope**2 / data.noise
