"""Sums over clusters within cells: what the two-way intervals rest on, in a few passes over the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .basics import FloatArray, IntArray

_SPARE = 100_000
_TABLE = 64_000_000


@dataclass(frozen=True)
class Clusters:
    """Weight sums of clusters within cells: `cell` (G,), `weight` (G,), `outcome` (K, G)."""

    cell: IntArray
    weight: FloatArray
    outcome: FloatArray


@dataclass(frozen=True)
class Index:
    """Which cluster within its cell each row is of: `place` (R,), -1 for none, and the `cell` (G,) of
    each place. Places may be empty."""

    place: IntArray
    cell: IntArray


def index(cell: IntArray, code: IntArray, n_cells: int) -> Index:
    """Places of (cell, cluster): a full table where that is small, else found by sorting.

    Rows that stand in order of (code, cell) are not sorted again; a cell or code of -1 has no place.
    """
    width = int(code.max()) + 1 if code.size else 1
    there = (cell >= 0) & (code >= 0)
    if n_cells * width <= code.size + _SPARE:
        cells = np.repeat(np.arange(n_cells), width)
        return Index(np.where(there, cell * width + code, -1), cells)
    if width * n_cells >= 2**62:
        code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    key = code * n_cells + cell
    if bool(there.all()):
        keys, place = runs(key)
        return Index(place, keys % n_cells)
    keys, place = runs(key[there])
    spread = np.full(cell.size, -1, dtype=np.int64)
    spread[there] = place
    return Index(spread, keys % n_cells)


@dataclass(frozen=True)
class Places:
    """Responses sorted into `n_cells` cells once, for any number of rates: `cell` (R,) or -1, and the
    clusters within cells of participants, outputs and repeated pairs."""

    cell: IntArray
    n_cells: int
    participant: Index
    output: Index
    pair: Index


def places_of(
    cell: IntArray, participant: IntArray, output: IntArray, pair: IntArray, n_cells: int
) -> Places:
    """Checked arrays (R,); `pair` is from `repeats(participant, output)`."""
    kinds = (index(cell, code, n_cells) for code in (participant, output, pair))
    return Places(cell, n_cells, *kinds)


def cluster_sums(places: IntArray, cell: IntArray, outcome: IntArray, weight: FloatArray, k: int) -> Clusters:
    """Sum the weights of rows (S,) within their places (S,), the cells of which are `cell` (G,)."""
    flat = np.bincount(outcome * cell.size + places, weight, cell.size * k)
    sums = flat.astype(np.float64, copy=False).reshape(k, cell.size)
    mass = sums.sum(axis=0)
    there = np.flatnonzero(mass)
    return Clusters(cell[there], mass[there], sums[:, there])


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
        found: IntArray = seen.reshape(n_cells, width).sum(axis=1, dtype=np.int64)
        return found
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


def repeated(first: IntArray, second: IntArray) -> tuple[IntArray, IntArray]:
    """The rows (A,) whose pair is met more than once, rising, and a code for the pair of each.

    As `repeats`, for rows most of which are met once.
    """
    width = int(second.max()) + 1 if second.size else 1
    keys = first * width + second
    ordered = np.sort(keys)
    often = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not often.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if int(ordered[-1]) < _TABLE:
        marked = np.zeros(int(ordered[-1]) + 1, dtype=bool)
        marked[often] = True
        rows = np.flatnonzero(marked[keys])
    else:
        rows = np.flatnonzero(np.isin(keys, often))
    return rows, np.searchsorted(often, keys[rows]).astype(np.int64)


def squared_errors(clusters: Clusters, rate: FloatArray) -> FloatArray:
    """Sum over the clusters of each cell of (sum w y - rate sum w)^2, shape of rate (C, K)."""
    count, k = rate.shape
    # Of two outcomes, one errs by as much as the other.
    columns = []
    for outcome in range(k if k != 2 else 1):
        error = clusters.outcome[outcome] - rate[clusters.cell, outcome] * clusters.weight
        columns.append(np.bincount(clusters.cell, error * error, count))
    return np.stack(columns if k != 2 else columns * 2, axis=1)


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
