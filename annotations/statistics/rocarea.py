"""The area under the curve of an ordered answer: kernel on shares, with every response's influence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import BoolArray, FloatArray, IntArray
from .clusters import Places
from .influence import Bounded, Spread, bounded, two_way_spread
from .rates import clopper_pearson_bounds
from .twoway import planned_effect

RHO = 0.1
"""The planned correlation within participants, and within outputs."""


@dataclass(frozen=True)
class Areas:
    """Per cell (C,): the `area`; shares (C, K) of the scores on `signal` and on `noise`; and each
    response's `influence` (R,) on the area of its cell."""

    area: FloatArray
    signal: FloatArray
    noise: FloatArray
    influence: FloatArray


def ordered_areas(
    cell: IntArray, score: IntArray, is_signal: BoolArray, weight: FloatArray, n_cells: int, scores: int
) -> Areas:
    """P(score of a signal > that of noise) + P(equal) / 2, for each cell; nan without either kind.

    cell (R,), -1 to leave out, score (R,) 0, 1, ... below `scores`, is_signal (R,), weight (R,).
    Source: Bamber 1975, J Math Psychol 12, 387-415; influences: DeLong, DeLong & Clarke-Pearson 1988,
    Biometrics 44, 837-845.
    """
    there = np.flatnonzero(cell >= 0)
    at, s, w, signal = cell[there], score[there], weight[there], is_signal[there]
    flat = np.bincount((signal * n_cells + at) * scores + s, w, 2 * n_cells * scores)
    sums = flat.reshape(2, n_cells, scores)
    mass = sums.sum(axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise, signals = sums / mass
    below = np.cumsum(noise, axis=1) - noise / 2
    above = 1 - np.cumsum(signals, axis=1) + signals / 2
    area = np.sum(signals * below, axis=1)
    # Where a response stands among those of the other kind, less the mean of its own kind.
    placement = np.stack([above, below]) - area[:, None]
    kind = signal.astype(np.int64)
    influence = np.zeros(cell.size)
    with np.errstate(invalid="ignore"):
        influence[there] = w * placement[kind, at, s] / mass[kind, at, 0]
    return Areas(area, signals, noise, np.where(np.isfinite(influence), influence, 0.0))


def area_bounded(places: Places, areas: Areas, n: IntArray, level: float) -> Bounded:
    """Two-way intervals of areas on the logit scale; n (C, 2) counts the scored noises and signals.

    For a single participant the variance is that of independent scores. Where none is seen, as with an
    area of 0 or 1: Clopper-Pearson at the number of the rarer kind over the planned design effect.
    """
    trials = n.astype(np.float64)
    spread = two_way_spread(places, areas.influence)
    rare = trials.min(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = (areas.area * (1 - areas.area)) ** 2
        alone = np.where(spread.participants > 1, 0.0, _independent(areas.area, trials) / scale)
        on_logit = Spread(spread.variance / scale, spread.participants, spread.outputs)
        found = bounded(special.logit(areas.area), on_logit, alone, level)
        planned = planned_effect(rare, spread.participants, np.minimum(spread.outputs, rare), RHO, RHO)
        exact = clopper_pearson_bounds(areas.area * rare / planned, rare / planned, level)
    flat = (spread.variance == 0) | ((spread.participants == 1) & (scale == 0))
    flat &= (spread.outputs > 1) & ~np.isnan(areas.area)
    low, high = (
        np.where(flat, end, special.expit(near))
        for end, near in zip(exact, (found.low, found.high), strict=True)
    )
    return Bounded(areas.area, low, high)


def _independent(area: FloatArray, n: FloatArray) -> FloatArray:
    """Hanley and McNeil's variance (1982, Radiology 143, 29-36) from n (C, 2) noises and signals."""
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    square = area**2
    parts = area - square + (n[:, 1] - 1) * (one - square) + (n[:, 0] - 1) * (two - square)
    variance: FloatArray = parts / (n[:, 0] * n[:, 1])
    return variance
