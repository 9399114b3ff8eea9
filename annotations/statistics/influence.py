"""The variance of any smooth estimate whose responses share participants and outputs.

An estimate differs from the truth by about the sum of its responses' influences. Their sums over
clusters give its variance, as STATISTICS 2.2 has it for a rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import BoolArray, FloatArray, IntArray
from .clusters import Index, Places

_NOISE = 1e-14


@dataclass(frozen=True)
class Spread:
    """Per cell (C,): the variance of its estimate, and how many participants and outputs it rests on."""

    variance: FloatArray
    participants: IntArray
    outputs: IntArray


@dataclass(frozen=True)
class Bounded:
    """Estimates (C,) with the ends of their intervals; nan where the data give none."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray


def two_way_spread(places: Places, influence: FloatArray, among: BoolArray | None = None) -> Spread:
    """max(V_P + V_O - V_PO, V_P, V_O) of the influences (R,), each V a sum over clusters of squared sums
    times G / (G - 1); nan below two clusters of either kind. Less than 1e-14 is rounding, and 0.

    `among` (R,) says which responses the estimate rests on; those of the others must be 0.
    Source: STATISTICS 2.2; Cameron, Gelbach & Miller 2011, J Bus Econ Stat 29, 238-249.
    """
    counted = places.cell >= 0 if among is None else among & (places.cell >= 0)
    people, p = _part(places.participant, influence, counted, places.n_cells)
    outputs, o = _part(places.output, influence, counted, places.n_cells)
    again, repeated = _part(places.pair, influence, counted, places.n_cells)
    once = counted & (places.pair.place < 0)
    cell, alone = places.cell[once], influence[once]
    pairs = again + np.bincount(cell, alone * alone, places.n_cells)
    n_pairs = repeated + np.bincount(cell, minlength=places.n_cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        v_p, v_o, v_po = (v * g / (g - 1.0) for v, g in ((people, p), (outputs, o), (pairs, n_pairs)))
        largest = np.maximum(np.maximum(v_p + v_o - v_po, v_p), v_o)
    largest = np.where(largest > _NOISE, largest, 0.0)
    return Spread(np.where(np.minimum(p, o) > 1, largest, np.nan), p, o)


def t_of(spread: Spread, level: float) -> FloatArray:
    """Quantiles of t (C,) for two-sided intervals, min(P, O) - 1 degrees of freedom; nan below one."""
    freedom = np.minimum(spread.participants, spread.outputs) - 1
    quantile = special.stdtrit(np.maximum(freedom, 1), 0.5 + level / 2)
    return np.where(freedom > 0, quantile, np.nan)


def bounded(estimate: FloatArray, spread: Spread, alone: FloatArray, level: float) -> Bounded:
    """Intervals with the larger of the two-way variance and that of independent trials, `alone` (C,).

    A cell of one participant has the latter alone: it speaks of exactly this person.
    """
    person = (spread.participants == 1) & (spread.outputs > 1)
    variance = np.where(person, alone, np.maximum(spread.variance, alone))
    quantile = np.where(person, special.ndtri(0.5 + level / 2), t_of(spread, level))
    half = quantile * np.sqrt(variance)
    return Bounded(estimate, estimate - half, estimate + half)


def _part(
    kind: Index, influence: FloatArray, counted: BoolArray, n_cells: int
) -> tuple[FloatArray, IntArray]:
    """Sums of squared sums over the clusters of each cell, and how many clusters, both (C,)."""
    there = counted & (kind.place >= 0)
    if not there.any():
        return np.zeros(n_cells), np.zeros(n_cells, dtype=np.int64)
    place, own = (kind.place, influence) if bool(there.all()) else (kind.place[there], influence[there])
    sums = np.bincount(place, own, kind.cell.size)
    met = np.bincount(place, minlength=kind.cell.size) > 0
    squares = np.bincount(kind.cell, sums * sums, n_cells).astype(np.float64)
    return squares, np.bincount(kind.cell[met], minlength=n_cells).astype(np.int64)
