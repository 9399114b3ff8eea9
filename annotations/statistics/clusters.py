"""Sums over clusters within cells: what the two-way intervals rest on, in a few passes over the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .basics import FloatArray, IntArray

_SPARE = 100_000


@dataclass(frozen=True)
class Clusters:
    """Weight sums of clusters within cells: `cell` (G,), `weight` (G,), `outcome` (G, K)."""

    cell: IntArray
    weight: FloatArray
    outcome: FloatArray


def cluster_sums(
    cell: IntArray, code: IntArray, outcome: IntArray, weight: FloatArray, n_cells: int, k: int
) -> Clusters:
    """Sum weights (R,) within (cell, cluster): by a full table where that is small, else by sorting.

    Rows that stand in order of (code, cell) are not sorted again.
    """
    width = int(code.max()) + 1 if code.size else 1
    if n_cells * width * k <= 4 * code.size + _SPARE:
        flat = np.bincount((cell * width + code) * k + outcome, weight, n_cells * width * k)
        sums = flat.astype(np.float64).reshape(-1, k)
        mass = sums.sum(axis=1)
        there = np.flatnonzero(mass)
        return Clusters(there // width, mass[there], sums[there])
    if width * n_cells >= 2**62:
        code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    keys, place = runs(code * n_cells + cell)
    sums = np.bincount(place * k + outcome, weight, keys.size * k).astype(np.float64).reshape(-1, k)
    return Clusters(keys % n_cells, sums.sum(axis=1), sums)


def runs(keys: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct keys, rising, and the place of each row's key among them."""
    if not keys.size:
        return keys, keys
    order = None if bool(np.all(keys[1:] >= keys[:-1])) else np.argsort(keys)
    ordered = keys if order is None else keys[order]
    first = np.empty(keys.size, dtype=bool)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    place = np.cumsum(first, dtype=np.int64) - 1
    if order is None:
        return ordered[first], place
    back = np.empty_like(place)
    back[order] = place
    return ordered[first], back


def distinct(cell: IntArray, code: IntArray, n_cells: int) -> IntArray:
    """How many different codes each cell holds, shape (n_cells,); a cell of -1 takes no part."""
    keep = cell >= 0
    width = int(code.max()) + 1 if code.size else 1
    keys = cell[keep] * width + code[keep]
    if n_cells * width <= 8 * code.size + _SPARE:
        seen = np.zeros(n_cells * width, dtype=bool)
        seen[keys] = True
        return np.count_nonzero(seen.reshape(n_cells, width), axis=1).astype(np.int64)
    keys = np.sort(keys)
    first = np.ones(keys.size, dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return np.bincount(keys[first] // width, minlength=n_cells).astype(np.int64)


def repeats(first: IntArray, second: IntArray) -> IntArray:
    """A code for each pair that is met more than once, -1 for a pair met once; shape (R,)."""
    width = int(second.max()) + 1 if second.size else 1
    keys, place = runs(first * width + second)
    often = np.bincount(place, minlength=keys.size) > 1
    code = np.where(often, np.cumsum(often) - 1, -1).astype(np.int64)
    return code[place]


def squared_errors(clusters: Clusters, rate: FloatArray) -> FloatArray:
    """Sum over the clusters of each cell of (sum w y - rate sum w)^2, shape of rate (C, K)."""
    columns = []
    for k in range(rate.shape[1]):
        error = clusters.outcome[:, k] - rate[clusters.cell, k] * clusters.weight
        columns.append(np.bincount(clusters.cell, error * error, rate.shape[0]))
    return np.stack(columns, axis=1)


def squared_errors_alone(
    cell: IntArray, outcome: IntArray, weight: FloatArray, rate: FloatArray
) -> FloatArray:
    """The same where every row is a cluster of its own: it needs only the sums of squared weights."""
    count, k = rate.shape
    hit = np.bincount(cell * k + outcome, weight * weight, count * k).reshape(count, k)
    result: FloatArray = hit * (1 - rate) ** 2 + (hit.sum(axis=1, keepdims=True) - hit) * rate**2
    return result


def sizes(clusters: Clusters, n_cells: int) -> IntArray:
    """Clusters in each cell, shape (n_cells,)."""
    return np.bincount(clusters.cell, minlength=n_cells).astype(np.int64)
