"""Weighted monotone regression: the check that no curve family was forced on the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from .basics import Caution, FloatArray, floats


@dataclass(frozen=True)
class Isotonic:
    """The monotone step curve: `estimate` (L,) at the distinct `x` (L,), each resting on `n` (L,)."""

    x: FloatArray
    estimate: FloatArray
    observed: FloatArray
    n: FloatArray
    blocks: int
    increasing: bool
    method: str
    warnings: tuple[Caution, ...]


def isotonic(x: ArrayLike, total: ArrayLike, n: ArrayLike, *, increasing: bool = True) -> Isotonic:
    """Least-squares monotone curve through the means total/n at the levels x, weighted by n.

    x, total, n: shape (L,); equal x are pooled, levels without x or with n = 0 are left out.
    ValueError for negative n. Source: pool adjacent violators, Barlow et al. 1972; STATISTICS 1.1.

    >>> isotonic([0, 1, 2, 3], [1, 6, 4, 9], [10, 10, 10, 10]).estimate.tolist()
    [0.1, 0.5, 0.5, 0.9]
    """
    levels = floats(x, "x")
    sums = floats(total, "total", levels.size)
    counts = floats(n, "n", levels.size)
    if bool(np.any(counts < 0)):
        raise ValueError("n must not be negative")
    keep = np.isfinite(levels) & np.isfinite(sums) & (counts > 0)
    points, inverse = np.unique(levels[keep], return_inverse=True)
    if not points.size:
        caution = Caution("no_data", "No level has both a metric and a response: there is no curve.")
        return Isotonic(points, points, points, points, 0, increasing, "isotonic", (caution,))
    weight = np.bincount(inverse, counts[keep], points.size).astype(np.float64)
    observed = np.bincount(inverse, sums[keep], points.size) / weight
    fit = isotonic_regression(observed, weights=weight, increasing=increasing)
    estimate = np.asarray(fit.x, dtype=np.float64)
    warnings: tuple[Caution, ...] = ()
    if points.size == 1:
        warnings = (Caution("one_level", "The metric has one value: the curve is one point."),)
    blocks = len(fit.blocks) - 1
    return Isotonic(points, estimate, observed, weight, blocks, increasing, "isotonic", warnings)
