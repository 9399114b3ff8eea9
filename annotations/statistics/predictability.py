"""How well human difficulty predicts which items a system solves: Spearman and AUC, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .basics import FloatArray, IntArray


@dataclass(frozen=True)
class Ranked:
    """Samples of items by rising difficulty: `drawn` (N, B) how often each is in each sample, `level` (N,)
    its tie, `count` (L, B) draws of each tie, `rank` (N, B) mid-ranks less their mean, `spread` (B,) the
    ranks' sum of squares."""

    drawn: FloatArray
    level: IntArray
    starts: IntArray
    count: FloatArray
    rank: FloatArray
    spread: FloatArray


def ranked(drawn: FloatArray, level: IntArray) -> Ranked:
    """Rank the items (N,), which stand by rising difficulty, in each sample."""
    starts = np.flatnonzero(np.diff(level, prepend=-1))
    count = by_level(drawn, starts)
    rank = np.cumsum(count, axis=0) - (count + count.sum(axis=0)) / 2
    return Ranked(drawn, level, starts, count, rank[level], np.sum(count * rank * rank, axis=0))


def by_level(rows: FloatArray, starts: IntArray) -> FloatArray:
    """Sums (L, B) of the rows (N, B) of each tie, whose first rows are `starts` (L,)."""
    if starts.size == rows.shape[0]:
        return rows
    return np.asarray(np.add.reduceat(rows, starts, axis=0), dtype=np.float64)


def spearman_in(samples: Ranked, value: FloatArray) -> FloatArray:
    """Spearman's rho (B,) of difficulty and the items' value (N,); nan where either is constant."""
    # Shares that are equal on paper may differ in their last digits.
    names, place = np.unique(value.round(12), return_inverse=True)
    ones, columns = np.ones(value.size), np.arange(value.size)
    gather = sparse.csr_array((ones, (place, columns)), shape=(names.size, value.size))
    count, pulled = (np.asarray(gather @ part) for part in (samples.drawn, samples.drawn * samples.rank))
    rank = np.cumsum(count, axis=0) - (count + count.sum(axis=0)) / 2
    both = np.sum(pulled * rank, axis=0)
    product = samples.spread * np.sum(count * rank * rank, axis=0)
    return np.where(product > 1e-9, both / np.sqrt(np.maximum(product, 1e-300)), np.nan)


def auc_in(samples: Ranked, hit: FloatArray, miss: FloatArray) -> FloatArray:
    """P(a hit is easier than a miss), ties by half, (B,); masses of hits and misses (N,) of each item."""
    hits = by_level(hit[:, None] * samples.drawn, samples.starts)
    misses = by_level(miss[:, None] * samples.drawn, samples.starts)
    harder = misses.sum(axis=0) - np.cumsum(misses, axis=0) + misses / 2
    pairs = hits.sum(axis=0) * misses.sum(axis=0)
    found = np.sum(hits * harder, axis=0) / np.where(pairs > 0, pairs, 1.0)
    return np.where(pairs > 0, found, np.nan)
