"""Kernels of Krippendorff's alpha: how far apart the values are, within units and over all of them.

Both are sums over ordered pairs of judgements of delta^2(value, value); most need no pairs at all, for
sum n_i n_j (x_i - x_j)^2 = 2 (n sum n_i x_i^2 - (sum n_i x_i)^2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from scipy import sparse

from .basics import FloatArray, IntArray

Metric = Literal["nominal", "ordinal", "interval", "ratio"]

_BLOCK = 2_000_000


def mid_ranks(n: FloatArray) -> FloatArray:
    """Ranks (B, V) of the values where n (B, V) judgements hold each, ties at their middle, mean 0.

    The ordinal delta between two values is the distance of these ranks.
    """
    ranks: FloatArray = np.cumsum(n, axis=1) - n / 2 - n.sum(axis=1, keepdims=True) / 2
    return ranks


def over_all(metric: Metric, n: FloatArray, x: FloatArray) -> FloatArray:
    """sum_ck n_c n_k delta^2 (B,) over the values x (V,), of which there are n (B, V)."""
    if metric == "nominal":
        return np.asarray(n.sum(axis=1) ** 2 - np.sum(n * n, axis=1), dtype=np.float64)
    if metric == "ratio":
        return _ratio_over_all(n, x)
    at = mid_ranks(n) if metric == "ordinal" else centred(x)
    total = n.sum(axis=1) * np.sum(n * at * at, axis=1) - np.sum(n * at, axis=1) ** 2
    return np.asarray(2 * total, dtype=np.float64)


def within_units(metric: Metric, counts: sparse.csr_array, x: FloatArray, ranks: FloatArray) -> FloatArray:
    """The same sum over the pairs of each unit, (U,), from its counts (U, V); `ranks` (V,) if ordinal."""
    if metric == "ratio":
        return ratio_within(counts, x, counts.data[:, None])[:, 0]
    m = np.asarray(counts.sum(axis=1), dtype=np.float64)
    if metric == "nominal":
        return np.asarray(m * m - counts.power(2).sum(axis=1), dtype=np.float64)
    at = ranks if metric == "ordinal" else centred(x)
    return np.asarray(2 * (m * (counts @ (at * at)) - (counts @ at) ** 2), dtype=np.float64)


def ratio_within(counts: sparse.csr_array, x: FloatArray, n: FloatArray) -> FloatArray:
    """Sums (U, B) for the ratio metric, n (M, B) being the judgements in each cell of `counts`."""
    found = np.zeros((counts.shape[0], n.shape[1]))
    for first, second, unit in _cell_pairs(counts, n.shape[1]):
        apart = _ratio(x[counts.indices[first]], x[counts.indices[second]])
        gather = sparse.csr_array(
            (2 * apart, (unit, np.arange(unit.size))), shape=(counts.shape[0], unit.size)
        )
        found += np.asarray(gather @ (n[first] * n[second]))
    return found


def centred(x: FloatArray) -> FloatArray:
    """Values around their middle, so that squares of large ones do not cancel."""
    return x - (x[0] + x[-1]) / 2 if x.size else x


def _ratio(one: FloatArray, other: FloatArray) -> FloatArray:
    total = one + other
    part: FloatArray = (one - other) / np.where(total > 0, total, 1.0)
    return part * part


def _ratio_over_all(n: FloatArray, x: FloatArray) -> FloatArray:
    """In blocks of columns of delta^2, which as a whole may be large."""
    total = np.zeros(n.shape[0])
    width = max(1, _BLOCK // max(x.size, 1))
    for at in range(0, x.size, width):
        block = slice(at, at + width)
        total += np.sum((n @ _ratio(x[:, None], x[None, block])) * n[:, block], axis=1)
    return total


def _cell_pairs(counts: sparse.csr_array, width: int) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Pairs of different cells of one unit, with that unit, in blocks."""
    start = counts.indptr.astype(np.int64)
    unit = np.repeat(np.arange(counts.shape[0]), np.diff(start))
    later = start[unit + 1] - np.arange(unit.size) - 1
    done = np.concatenate([[0], np.cumsum(later)])
    at, step = 0, max(1, _BLOCK // max(width, 1))
    while at < unit.size:
        end = max(at + 1, int(np.searchsorted(done, done[at] + step, side="right")) - 1)
        first = np.repeat(np.arange(at, end), later[at:end])
        second = first + 1 + np.arange(first.size) - (done[first] - done[at])
        if first.size:
            yield first, second, unit[first]
        at = end
