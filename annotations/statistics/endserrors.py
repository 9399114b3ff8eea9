"""Covariances of a curve with free ends, as kernels in (a, b, floor, lapse) on the standardised metric."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from .basics import BoolArray, FloatArray
from .endsfit import EndsFit, shape_at
from .logistic import Counts
from .tally import Tally


def inverse_of(fit: EndsFit, loose: BoolArray) -> FloatArray:
    """The inverse (4, 4) of the information of the loose parameters, 0 elsewhere; nan where singular."""
    part = fit.information[np.ix_(loose, loose)]
    root = np.sqrt(np.maximum(np.diag(part), 1e-300))
    full = np.zeros((4, 4))
    scaled = part / np.outer(root, root)
    sound = bool(np.all(np.isfinite(scaled))) and float(np.linalg.eigvalsh(scaled)[0]) > 1e-10
    found = np.linalg.inv(scaled) / np.outer(root, root) if sound else np.full(part.shape, np.nan)
    full[np.ix_(loose, loose)] = found
    return full


def meat(tally: Tally, counts: Counts, fit: EndsFit, n_free: int) -> FloatArray:
    """Squared score sums of participants (4, 4), with the small-sample factors of `sandwich`."""
    cells, shape = tally.by_participant, shape_at(counts.x, fit.theta)
    count, parameters = float(cells.n.sum()), 2 + n_free
    if cells.clusters < 2 or count <= parameters:
        return np.full((4, 4), np.nan)
    weight = 1 / np.maximum(shape.value * shape.rest, 1e-300)
    pull = (cells.total - cells.n * shape.value[cells.unit]) * weight[cells.unit]
    rows = pull[:, None] * shape.gradient[cells.unit]
    sums = np.stack([np.bincount(cells.cluster, row, cells.clusters) for row in rows.T])
    factor = cells.clusters / (cells.clusters - 1) * (count - 1) / (count - parameters)
    return np.asarray(factor * sums @ sums.T, dtype=np.float64)


def dispersion(tally: Tally, counts: Counts, fit: EndsFit, n_free: int) -> float:
    """Pearson's, of single responses."""
    shape = shape_at(counts.x, fit.theta)
    spread = tally.squares - 2 * shape.value * tally.total + tally.n * shape.value**2
    lost = float(tally.n.sum()) - 2 - n_free
    return (
        float(np.sum(spread / np.maximum(shape.value * shape.rest, 1e-300))) / lost if lost > 0 else math.nan
    )


def coefficients(counts: Counts) -> float:
    """The log binomial coefficients that single responses do not have and counts have."""
    lost = np.maximum(counts.n - counts.k, 0.0)
    parts = special.gammaln(counts.n + 1) - special.gammaln(counts.k + 1) - special.gammaln(lost + 1)
    return float(np.sum(parts))
