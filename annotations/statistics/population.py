"""The curve of a crossed model twice: for the typical participant and item, and averaged over all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, check_level
from .crossedeffects import CrossedEffects, t_of_fewest

_NODES = np.linspace(-8.5, 8.5, 171)
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.sum(np.exp(-0.5 * _NODES**2))


@dataclass(frozen=True)
class Averaged:
    """E expit(eta + sd z), z ~ N(0, 1), with its derivatives in eta and in sd; shape of eta."""

    value: FloatArray
    by_eta: FloatArray
    by_sd: FloatArray


@dataclass(frozen=True)
class PopulationCurve:
    """At each point (X,), on 0-1: the `typical` curve, that of effects 0, and the `marginal` one, the
    mean over participants and items, each with its pointwise interval."""

    typical: FloatArray
    typical_low: FloatArray
    typical_high: FloatArray
    marginal: FloatArray
    marginal_low: FloatArray
    marginal_high: FloatArray
    level: float
    method: str
    warnings: tuple[Caution, ...]


def averaged(eta: FloatArray, sd: float) -> Averaged:
    """The logistic-normal integral by the trapezoidal rule, which for a smooth integrand that dies off
    at both ends is exact to 1e-8 up to an sd of 10, where Gauss-Hermite nodes stand too far apart.

    Source: Trefethen & Weideman 2014, SIAM Review 56, 385-458.

    >>> averaged(np.array([0.0, 1.0]), 2.0).value.round(6).tolist()
    [0.5, 0.647726]
    """
    part = special.expit(eta[..., None] + sd * _NODES)
    slope = part * (1 - part)
    return Averaged(part @ _WEIGHTS, slope @ _WEIGHTS, slope @ (_WEIGHTS * _NODES))


def population_curve(
    result: CrossedEffects, covariates: ArrayLike | None = None, *, level: float = 0.95
) -> PopulationCurve:
    """Both curves at the covariates (X,) or (X, C), one point without any.

    The marginal curve averages over the normal effects of participants and items; it is the one to
    read as a share of people. Intervals by the delta method on the logit scale, from the joint
    covariance of fixed effects and sds, t with min(participants, items) - 1 degrees of freedom.

    >>> from annotations.statistics.crossedeffects import crossed_effects
    >>> rng = np.random.default_rng(1)
    >>> people, items = np.repeat(np.arange(30), 20), np.tile(np.arange(20), 30)
    >>> eta = 1 + rng.normal(0, 1, 30)[people]
    >>> found = population_curve(crossed_effects(people, items, rng.random(600) < special.expit(eta)))
    >>> found.typical.round(3).tolist(), found.marginal.round(3).tolist()
    ([0.764], [0.716])
    """
    check_level(level)
    k = result.fixed.size
    points = np.ones((1, 1)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    if covariates is not None:
        points = points[:, None] if points.ndim == 1 else points
        points = np.column_stack([np.ones(points.shape[0]), points])
    if points.ndim != 2 or points.shape[1] != k:
        raise ValueError(f"covariates must have {k - 1} columns")
    eta = points @ result.fixed
    sds = np.array([result.participants.sd, result.items.sd])
    sd = float(np.hypot(*sds))
    mean = averaged(eta, sd)
    covariance = known_part(result)
    by_sd = mean.by_sd[:, None] * (sds / sd if sd > 0 else np.zeros(2))
    steep = np.maximum(mean.value * (1 - mean.value), 1e-300)
    gradients = np.column_stack([mean.by_eta[:, None] * points, by_sd]) / steep[:, None]
    half = t_of_fewest((result.participants.code.size, result.items.code.size), level)
    typical_se = _errors(points, covariance[:k, :k])
    marginal_se = _errors(gradients, covariance)
    middle = special.logit(mean.value)
    span = result.ceiling - result.floor
    typical, typical_low, typical_high, marginal, low, high = (
        result.floor + span * special.expit(line)
        for centre, reach in ((eta, half * typical_se), (middle, half * marginal_se))
        for line in (centre, centre - reach, centre + reach)
    )
    return PopulationCurve(
        typical, typical_low, typical_high, marginal, low, high, level, "logistic_normal", result.warnings
    )


def known_part(result: CrossedEffects) -> FloatArray:
    """The joint covariance with an sd that is held at 0 taken as known."""
    covariance, k = result.covariance.copy(), result.fixed.size
    for place, members in ((k, result.participants), (k + 1, result.items)):
        if members.sd == 0:
            covariance[place], covariance[:, place] = 0.0, 0.0
    return covariance


def _errors(gradients: FloatArray, covariance: FloatArray) -> FloatArray:
    variance = np.einsum("xk,kl,xl->x", gradients, covariance, gradients)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=np.float64)
