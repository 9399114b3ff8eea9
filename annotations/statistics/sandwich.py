"""Cluster-robust covariance of a fitted curve from score sums by cluster."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import FloatArray
from .tally import Cells


@dataclass(frozen=True)
class Robust:
    """Cluster-robust covariance (2, 2) of (intercept, slope); nan below two clusters."""

    covariance: FloatArray
    intercept_se: float
    slope_se: float
    location_se: float
    clusters: int


@dataclass(frozen=True)
class Sandwiches:
    """Robust covariances over participants, over items, and two-way over both."""

    participant: Robust
    item: Robust
    twoway: Robust


@dataclass(frozen=True)
class Scores:
    """What a response of outcome y in unit u adds to the score: (y - value_u) weight_u (1, x_u)."""

    x: FloatArray
    value: FloatArray
    weight: FloatArray


def sandwiches(
    scores: Scores,
    information: FloatArray,
    by_participant: Cells,
    by_item: Cells,
    response_meat: FloatArray,
    back: FloatArray,
    theta: FloatArray,
) -> Sandwiches:
    """Scores and information on a standardised metric; `back` (2, 2) takes them to that of `theta`.

    HC1: G/(G-1) for each kind of cluster, (N-1)/(N-2) for all (R's sandwich::vcovCL, cadjust).

    Two-way is participants + items - responses (Cameron, Gelbach & Miller 2011); a negative
    eigenvalue of the difference is set to 0.
    """
    count = float(np.sum(by_participant.n))
    bread = back @ np.linalg.inv(information)
    scale = (count - 1) / (count - 2) if count > 2 else math.nan
    people = _meat(scores, by_participant)
    items = _meat(scores, by_item)
    single = response_meat * (count / (count - 1) if count > 1 else math.nan)
    both = _not_negative(bread @ (people + items - single) @ bread.T * scale)
    return Sandwiches(
        robust(bread @ people @ bread.T * scale, theta, by_participant.clusters),
        robust(bread @ items @ bread.T * scale, theta, by_item.clusters),
        robust(both, theta, min(by_participant.clusters, by_item.clusters)),
    )


def response_meat(scores: Scores, n: FloatArray, total: FloatArray, squares: FloatArray) -> FloatArray:
    """Sum over single responses of their squared score, from the sums of y and y^2 by unit (U,)."""
    spread = squares - 2 * scores.value * total + n * scores.value**2
    design = np.column_stack([np.ones(scores.x.size), scores.x])
    meat: FloatArray = design.T @ (design * (spread * scores.weight**2)[:, None])
    return meat


def robust(covariance: FloatArray, theta: FloatArray, clusters: int) -> Robust:
    """Standard errors of intercept, slope and (by the delta method) location = -a / b."""
    return Robust(
        covariance, _root(covariance[0, 0]), _root(covariance[1, 1]), location_se(covariance, theta), clusters
    )


def location_se(covariance: FloatArray, theta: FloatArray) -> float:
    """Delta method for -a / b; nan at a slope of 0."""
    if theta[1] == 0 or not np.all(np.isfinite(theta)):
        return math.nan
    gradient = np.array([-1.0, theta[0] / theta[1]]) / theta[1]
    return _root(float(gradient @ covariance @ gradient))


def t_quantile(over: Robust, level: float) -> float:
    """Quantile of t for a two-sided interval, clusters - 1 degrees of freedom; nan below two."""
    return float(special.stdtrit(over.clusters - 1, 0.5 + level / 2)) if over.clusters > 1 else math.nan


def _meat(scores: Scores, cells: Cells) -> FloatArray:
    """Sum over clusters of the squared score sum, with G/(G-1); nan below two clusters."""
    if cells.clusters < 2:
        return np.full((2, 2), np.nan)
    x = scores.x[cells.unit]
    pull = (cells.total - cells.n * scores.value[cells.unit]) * scores.weight[cells.unit]
    sums = np.stack([np.bincount(cells.cluster, part, cells.clusters) for part in (pull, pull * x)])
    return np.asarray(sums @ sums.T * (cells.clusters / (cells.clusters - 1)), dtype=np.float64)


def _not_negative(matrix: FloatArray) -> FloatArray:
    if not np.all(np.isfinite(matrix)):
        return np.full((2, 2), np.nan)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, dtype=np.float64)


def _root(variance: float) -> float:
    return math.sqrt(variance) if variance >= 0 else math.nan
