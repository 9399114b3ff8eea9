"""Difficulty bins of outputs: equal numbers, cut without looking at verdicts, or fixed edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution, FloatArray, IntArray, floats


@dataclass(frozen=True)
class Bins:
    """Bins from the easiest: `code` (N,) is 1, 2, ... per output, 0 where it has no difficulty.

    `low`, `high` (B,) are the lowest and highest difficulty among the bin's own outputs, `n` (B,)
    their number, `asked` the number of bins wanted; B = len(n) remain.
    """

    code: IntArray
    low: FloatArray
    high: FloatArray
    n: IntArray
    asked: int
    n_missing: int
    method: str
    warnings: tuple[Caution, ...]


def equal_bins(difficulty: ArrayLike, bins: int = 10) -> Bins:
    """Bins of equal numbers of outputs; difficulty (N,) on 0-100, nan where missing.

    Cuts at floor(k N / bins) of the sorted outputs. A cut inside a tie moves to the nearer end of the
    tie; at equal distance to the lower end, so that the tie joins the harder bin and the easier bin
    stays easy. Empty bins vanish. ValueError for bins < 1. Source: STATISTICS 2.1.

    >>> result = equal_bins([10, 20, 20, 20, 30, 40], 3)
    >>> result.code.tolist(), result.low.tolist()
    ([1, 2, 2, 2, 3, 3], [10.0, 20.0, 30.0])
    """
    if bins < 1:
        raise ValueError("there must be one bin or more")
    values = floats(difficulty, "difficulty")
    present = np.isfinite(values)
    ordered = np.sort(values[present])
    cuts = (np.arange(1, bins) * ordered.size) // bins
    code = np.zeros(values.size, dtype=np.int64)
    if ordered.size:
        code[present] = _codes_at(_off_ties(ordered, cuts), ordered, values[present])
    return _described(values, code, bins, "equal_numbers")


def fixed_bins(difficulty: ArrayLike, edges: ArrayLike) -> Bins:
    """Bins between fixed inner `edges` (E,), strictly rising, on 0-100; an edge opens the harder bin.

    Empty bins vanish, as in `equal_bins`. ValueError for edges that do not rise. Source: STATISTICS 2.1.

    >>> fixed_bins([5, 25, 50, 99], [25, 75]).code.tolist()
    [1, 2, 2, 3]
    """
    values = floats(difficulty, "difficulty")
    inner = floats(edges, "edges")
    if bool(np.any(~np.isfinite(inner))) or bool(np.any(np.diff(inner) <= 0)):
        raise ValueError("edges must rise strictly")
    present = np.isfinite(values)
    code = np.zeros(values.size, dtype=np.int64)
    code[present] = np.searchsorted(inner, values[present], side="right") + 1
    return _described(values, code, inner.size + 1, "fixed_edges")


def _off_ties(ordered: FloatArray, cuts: IntArray) -> IntArray:
    """Move each cut (a count of outputs below it) to the nearer end of the tie it falls into."""
    inside = cuts[(cuts > 0) & (cuts < ordered.size)]
    at = ordered[inside]
    start = np.searchsorted(ordered, at, side="left")
    stop = np.searchsorted(ordered, at, side="right")
    moved = np.where(inside - start <= stop - inside, start, stop)
    kept = np.unique(moved)
    return kept[(kept > 0) & (kept < ordered.size)].astype(np.int64)


def _codes_at(cuts: IntArray, ordered: FloatArray, values: FloatArray) -> IntArray:
    """1 + the number of cuts at or below each value; a cut lies just below the output it precedes."""
    return np.searchsorted(ordered[cuts], values, side="right").astype(np.int64) + 1


def _described(values: FloatArray, code: IntArray, asked: int, method: str) -> Bins:
    used = np.unique(code[code > 0])
    renumbered = np.where(code > 0, np.searchsorted(used, code) + 1, 0).astype(np.int64)
    low, high = np.full(used.size, np.inf), np.full(used.size, -np.inf)
    present = renumbered > 0
    np.minimum.at(low, renumbered[present] - 1, values[present])
    np.maximum.at(high, renumbered[present] - 1, values[present])
    n = np.bincount(renumbered, minlength=used.size + 1)[1:].astype(np.int64)
    missing = int(np.count_nonzero(~present))
    warnings = []
    if not used.size:
        warnings.append(Caution("no_difficulty", "No output has a difficulty: there are no bins."))
    elif used.size < asked:
        warnings.append(Caution("fewer_bins", f"{used.size} of {asked} bins remain: the others were empty."))
    if missing:
        warnings.append(Caution("missing_difficulty", f"{missing} outputs have no difficulty and no bin."))
    return Bins(renumbered, low, high, n, asked, missing, method, tuple(warnings))
