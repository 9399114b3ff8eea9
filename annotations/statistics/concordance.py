"""Difficulty concordance: how nearly a system solves all items up to one difficulty and none beyond."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution, FloatArray, IntArray, floats

CURVE_BINS = 30
_MIDPOINTS = np.arange(CURVE_BINS) + 0.5
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Concordance:
    """`psi` (30,) from the easiest; `spread` in bins; `generality` 1 / spread (infinite for a step);
    `concordance` 1 / (1 + spread); `flat` is what a level curve of the same mean would give."""

    psi: FloatArray
    spread: float
    generality: float
    concordance: float
    flat: float
    excess: float
    n: int
    n_missing: int
    warnings: tuple[Caution, ...]


@dataclass(frozen=True)
class Cuts:
    """Where the 31 cuts of each of B samples fall among L levels: `level` and the `share` of it below
    the cut, both (31, B), and the number of rows `n` (B,)."""

    level: IntArray
    share: FloatArray
    n: FloatArray


@dataclass(frozen=True)
class Steepness:
    """Concordance of B curves, with the value of a flat curve of the same mean; each (B,)."""

    spread: FloatArray
    concordance: FloatArray
    flat: FloatArray


def concordance(
    difficulty: ArrayLike, correct: ArrayLike, incorrect: ArrayLike | None = None, *, guess: float = 0.0
) -> Concordance:
    """Concordance of items (N,): their difficulty, and the share of their outputs that is correct.

    psi over 30 bins of equal numbers of rows, a row being an item: rows are replaced by the mean of their
    tie, cuts fall at floor(k N / 30). With a chance `guess` of being right by guessing, psi is
    max(0, c - i guess / (1 - guess)) / n, i being the share `incorrect` (1 - correct if left out). Items
    with a nan are left out and counted. nan with a caution below 30 items, or where psi is all 0 or all 1.
    ValueError for shares outside 0-1 or a guess outside [0, 1). Source: STATISTICS 3.

    >>> found = concordance(range(60), [1.0] * 20 + [0.0] * 40)
    >>> found.concordance, round(found.flat, 4), round(found.excess, 4)
    (1.0, 0.066, 0.934)
    """
    x = floats(difficulty, "difficulty")
    c = floats(correct, "correct", x.size)
    i = 1 - c if incorrect is None else floats(incorrect, "incorrect", x.size)
    check_guess(guess)
    keep = np.isfinite(x) & np.isfinite(c) & np.isfinite(i)
    order = np.argsort(x[keep], kind="stable")
    x, c, i = x[keep][order], c[keep][order], i[keep][order]
    if bool(np.any((c < 0) | (i < 0) | (c + i > 1 + _ROUNDING))):
        raise ValueError("correct and incorrect must be shares between 0 and 1")
    level = levels_in(x)
    count = np.bincount(level).astype(np.float64)[:, None]
    cuts = cuts_of(count)
    solved, wrong = (bin_sums(np.bincount(level, part).astype(np.float64)[:, None], cuts) for part in (c, i))
    psi = curve_of(solved, wrong, cuts, guess)
    found = steepness(psi, cuts.n)
    spread, value, flat = (float(part[0]) for part in (found.spread, found.concordance, found.flat))
    generality = math.inf if spread == 0 else 1 / spread
    return Concordance(
        psi[:, 0], spread, generality, value, flat, value - flat, x.size, int(keep.size - x.size),
        _cautions(x.size, value),
    )  # fmt: skip


def check_guess(guess: float) -> None:
    if not 0 <= guess < 1:
        raise ValueError("guess must lie between 0 and 1, 1 excluded")


def levels_in(ordered: FloatArray) -> IntArray:
    """The number of the tie, 0, 1, ..., that each of the rising values (N,) belongs to."""
    rises = np.concatenate([np.zeros(min(1, ordered.size), dtype=bool), np.diff(ordered) > 0])
    return np.cumsum(rises, dtype=np.int64)


def cuts_of(count: FloatArray) -> Cuts:
    """The cuts of B samples that hold `count` (L, B) rows of each level, from the easiest."""
    levels, samples = count.shape
    n = count.sum(axis=0)
    below = np.zeros((samples, levels + 1))
    np.cumsum(count.T, axis=1, out=below[:, 1:])
    cut = np.floor(n[:, None] * np.arange(CURVE_BINS + 1) / CURVE_BINS)
    # Samples one after another on one rising axis, so that one search serves them all.
    offset = np.arange(samples)[:, None] * (float(n.max(initial=0.0)) + 1)
    found = np.searchsorted((below + offset).ravel(), (cut + offset).ravel(), side="right")
    level = found.reshape(cut.shape) - 1 - np.arange(samples)[:, None] * (levels + 1)
    start = np.take_along_axis(below, level, axis=1)
    stop = np.take_along_axis(below, np.minimum(level + 1, levels), axis=1)
    share = np.where(stop > start, (cut - start) / np.maximum(stop - start, 1e-300), 0.0)
    return Cuts(level.T, share.T, n)


def bin_sums(total: FloatArray, cuts: Cuts) -> FloatArray:
    """Sums (30, B) over the bins of what the rows of each level add up to, `total` (L, B)."""
    levels, samples = total.shape
    below = np.zeros((levels + 2, samples))
    np.cumsum(total, axis=0, out=below[1:-1])
    below[-1] = below[-2]
    columns = np.arange(samples)
    start = below[cuts.level, columns]
    at_cut = start + cuts.share * (below[cuts.level + 1, columns] - start)
    return np.diff(at_cut, axis=0)


def curve_of(correct: FloatArray, incorrect: FloatArray, cuts: Cuts, guess: float) -> FloatArray:
    """psi (30, B) from the bins' sums; nan below 30 rows."""
    edges = np.floor(cuts.n * np.arange(CURVE_BINS + 1)[:, None] / CURVE_BINS)
    corrected = np.maximum(correct - incorrect * guess / (1 - guess), 0.0) if guess else correct
    enough = cuts.n >= CURVE_BINS
    size = np.where(enough, np.diff(edges, axis=0), 1.0)
    return np.where(enough, corrected / size, np.nan)


def steepness(psi: FloatArray, n: FloatArray) -> Steepness:
    """Spread and concordance of B curves psi (30, B) of `n` (B,) rows; nan where psi is all 0 or all 1."""
    total = psi.sum(axis=0)
    inner = 2 * (_MIDPOINTS @ psi) - total**2
    flat_inner = total * (CURVE_BINS - total)
    known = (n >= CURVE_BINS) & (total > _ROUNDING) & (total < CURVE_BINS - _ROUNDING)
    spread = np.where(known, np.sqrt(np.where(inner > _ROUNDING, inner, 0.0)), np.nan)
    flat = np.where(known, 1 / (1 + np.sqrt(np.maximum(flat_inner, 0.0))), np.nan)
    return Steepness(spread, 1 / (1 + spread), flat)


def _cautions(n: int, value: float) -> tuple[Caution, ...]:
    if n < CURVE_BINS:
        text = f"{n} items with a difficulty and a grade: concordance needs {CURVE_BINS}."
        return (Caution("few_items", text),)
    if math.isnan(value):
        return (Caution("constant", "All items are solved or none: there is no concordance to find."),)
    return ()
