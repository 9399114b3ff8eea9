"""Item values without a metric: shrinkage of each item towards its domain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from .basics import FloatArray


@dataclass(frozen=True)
class Shrunk:
    """Values and intervals on 0-1 for items with responses (I,), and the domain's mean and spread.

    `spread` is the correlation rho of a beta-binomial, or the sd between items of a normal.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    mean: float
    spread: float


def shrink_failures(k: FloatArray, n: FloatArray, level: float) -> Shrunk:
    """Beta-binomial: p_i ~ Beta(alpha, beta) by marginal likelihood, posterior mean and quantiles.

    k, n: shape (I,), n > 0. With alpha + beta = 1 / rho - 1, and a weak beta(3/2, 2) prior on rho that
    keeps it off 0. The interval is that of a beta with the posterior's mean and its variance plus that
    of the domain's mean. Source: Skellam 1948, JRSS B 10, 257-261; Kass & Steffey 1989.
    """
    rows, counts = np.unique(np.column_stack([k, n]), axis=0, return_counts=True)
    pooled = (float(np.sum(k)) + 0.5) / (float(np.sum(n)) + 1)

    def loss(theta: FloatArray) -> float:
        alpha, beta = _beta(theta)
        parts = special.betaln(rows[:, 0] + alpha, rows[:, 1] - rows[:, 0] + beta)
        rho = float(special.expit(theta[1]))
        prior = 0.5 * math.log(rho) + math.log1p(-rho)
        return -(float(counts @ (parts - special.betaln(alpha, beta))) + prior) / float(np.sum(counts))

    start = np.array([special.logit(pooled), special.logit(0.1)])
    bounds = [(-12.0, 12.0), (-9.0, 9.0)]
    best = optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14})
    theta = np.asarray(best.x, dtype=np.float64)
    alpha, beta = _beta(theta)
    mean, rho = float(special.expit(theta[0])), float(special.expit(theta[1]))
    value = (k + alpha) / (n + alpha + beta)
    mean_variance = mean * (1 - mean) / float(np.sum(n / (1 + (n - 1) * rho)))
    pulled = (alpha + beta) / (n + alpha + beta)
    variance = value * (1 - value) / (n + alpha + beta + 1) + pulled**2 * mean_variance
    size = np.maximum(value * (1 - value) / variance - 1, 1e-3)
    tail = (1 - level) / 2
    low = special.betaincinv(value * size, (1 - value) * size, tail)
    high = special.betaincinv(value * size, (1 - value) * size, 1 - tail)
    return Shrunk(value, np.minimum(low, value), np.maximum(high, value), mean, rho)


def shrink_ratings(mean: FloatArray, n: FloatArray, noise: float, level: float) -> Shrunk:
    """Normal: item means (I,) ~ N(mu, between^2 + noise / n), by restricted maximum likelihood,
    with a weak gamma(2, 4) prior on `between` that keeps it off 0.

    The interval holds the uncertainty of mu and is cut to 0-1.
    Source: Morris 1983, JASA 78, 47-55, without its small-sample factor.
    """

    def weights(log_between: float) -> tuple[FloatArray, float]:
        weight = 1 / (math.exp(log_between) + noise / n)
        return weight, float(weight @ mean / np.sum(weight))

    def loss(log_between: float) -> float:
        weight, mu = weights(log_between)
        fit = float(weight @ (mean - mu) ** 2) - float(np.sum(np.log(weight)))
        prior = log_between / 2 - 4 * math.exp(log_between / 2)
        return fit + math.log(float(np.sum(weight))) - 2 * prior

    ends = (math.log(1e-10), 0.0)
    best = optimize.minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-9})
    between = math.exp(float(best.x))
    weight, mu = weights(float(best.x))
    keep = between * weight
    value = mu + keep * (mean - mu)
    variance = keep * noise / n + (1 - keep) ** 2 / float(np.sum(weight))
    half = float(special.ndtri(0.5 + level / 2)) * np.sqrt(variance)
    low, high = np.clip(value - half, 0, 1), np.clip(value + half, 0, 1)
    return Shrunk(np.clip(value, 0, 1), low, high, mu, math.sqrt(between))


def _beta(theta: FloatArray) -> tuple[float, float]:
    """(logit mean, logit rho) as (alpha, beta)."""
    mean, rho = float(special.expit(theta[0])), float(special.expit(theta[1]))
    size = 1 / rho - 1
    return mean * size, (1 - mean) * size
