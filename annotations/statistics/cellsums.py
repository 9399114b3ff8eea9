"""What the two-way intervals of every rate of a cell rest on, gathered once for all the cell's rates.

A response on a graded output falls into one of 12 categories, grade x verdict. A rate's squared errors over
clusters, sum (a - rate b)^2, are a a' - 2 rate a b' + rate^2 b b', whichever categories a and b add up: the
products of the categories' sums over the clusters are enough, and no rate needs a pass of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .basics import BoolArray, FloatArray, IntArray
from .clusters import repeated, runs
from .judgements import GRADES, VERDICTS, Judgements

CATEGORIES = len(GRADES) * len(VERDICTS)
_NUMBERS = 16_000_000
"""At most so many sums are held at once: 128 MB."""
_SPARE = 100_000


@dataclass(frozen=True)
class Graded:
    """Responses on graded outputs, category by category: their `row` in the data, `category`, codes and
    weights, (S,); `again` of them (A,) share participant and cluster with another, as `pair` (A,) says."""

    row: IntArray
    category: IntArray
    participant: IntArray
    cluster: IntArray
    weight: FloatArray
    again: IntArray
    pair: IntArray
    equal: bool


@dataclass(frozen=True)
class Products:
    """Over the clusters of each cell: `gram` (C, 12, 12), the sums' products; and which categories every
    cluster holds, as bits of `held` (G,), those of one cell from its `first` (C + 1,) on."""

    gram: FloatArray
    held: NDArray[np.uint16]
    first: IntArray

    def errors(self, rate: FloatArray, events: FloatArray, among: FloatArray) -> FloatArray:
        """Sum over clusters of (weight of the event - rate x weight among)^2, (C, K)."""
        both = self.gram @ among
        own = np.sum((self.gram @ events.T) * events.T, axis=1)
        found: FloatArray = own - 2 * rate * (both @ events.T) + rate**2 * (both @ among)[:, None]
        return np.maximum(found, 0.0)

    def clusters(self, among: BoolArray) -> IntArray:
        """How many clusters of each cell (C,) hold any of the categories."""
        bits = np.uint16(np.sum(1 << np.flatnonzero(among)))
        met = (self.held & bits) > 0
        sizes = np.diff(self.first)
        if sizes.size and bool(np.all(sizes == sizes[0])):
            found: IntArray = met.reshape(sizes.size, -1).sum(axis=1, dtype=np.int64)
            return found
        return np.diff(np.append(0, np.cumsum(met))[self.first]).astype(np.int64)


@dataclass(frozen=True)
class CellSums:
    """Per cell and category (C, 12): responses `n` and their weights `mass`; of those that share their
    participant and cluster with no other, the number `n_alone` and squared weights `alone`."""

    n: IntArray
    mass: FloatArray
    n_alone: IntArray
    alone: FloatArray
    participant: Products
    cluster: Products
    pair: Products


def graded_responses(data: Judgements) -> Graded:
    """The responses that enter rates, sorted by category."""
    grade = data.grade[data.output]
    category = grade * len(VERDICTS) + data.verdict
    row = np.argsort(np.where(grade < 0, CATEGORIES, category).astype(np.uint8), kind="stable")
    row = row[: int(np.count_nonzero(grade >= 0))]
    people, clusters = _close_codes(data.participant[row]), _close_codes(data.cluster[row])
    weight = data.weight[row]
    again, pair = repeated(people, clusters)
    equal = bool(np.all(weight == 1.0))
    return Graded(row, category[row], people, clusters, weight, again, pair, equal)


def cell_sums(graded: Graded, cell: IntArray, n_cells: int) -> CellSums:
    """Gather the responses by their cells (S,), of which -1 is none."""
    there = cell >= 0
    every = bool(there.all())

    def kept(values: IntArray) -> IntArray:
        return values if every else values[there]

    own, category = kept(cell), kept(graded.category)
    weight = None if graded.equal else (graded.weight if every else graded.weight[there])
    place = own * CATEGORIES + category
    n = _table(place, None, n_cells)
    mass = n if weight is None else _table(place, weight, n_cells)
    squares = n if weight is None else _table(place, weight * weight, n_cells)
    again = graded.again[there[graded.again]]
    place = cell[again] * CATEGORIES + graded.category[again]
    twice = None if weight is None else graded.weight[again]
    n_twice = _table(place, None, n_cells)
    squares_twice = n_twice if twice is None else _table(place, twice * twice, n_cells)
    products = [
        _products(own, kept(code), category, weight, n_cells) for code in (graded.participant, graded.cluster)
    ]
    pair = graded.pair[there[graded.again]]
    products.append(_products(cell[again], pair, graded.category[again], twice, n_cells))
    return CellSums(
        n.astype(np.int64), mass, (n - n_twice).astype(np.int64), np.maximum(squares - squares_twice, 0.0),
        *products,
    )  # fmt: skip


def _table(place: IntArray, weight: FloatArray | None, n_cells: int) -> FloatArray:
    sums = np.bincount(place, weight, n_cells * CATEGORIES)
    return sums.reshape(n_cells, CATEGORIES).astype(np.float64)


def _close_codes(code: IntArray) -> IntArray:
    """The codes themselves, or their ranks where they lie so far apart that tables of them would be empty."""
    if not code.size or int(code.max()) < 4 * code.size + _SPARE:
        return code
    return np.unique(code, return_inverse=True)[1].astype(np.int64)


def _products(
    cell: IntArray, code: IntArray, category: IntArray, weight: FloatArray | None, n_cells: int
) -> Products:
    """In one go, or in blocks of cells where their sums would fill the memory."""
    width = int(code.max()) + 1 if code.size else 1
    blocks = list(_blocks(cell, n_cells, width))
    if len(blocks) == 1:
        return _block(cell, code, category, weight, n_cells, width)
    parts = []
    # Of 16 bits, cells are sorted in a pass or two.
    order = np.argsort(cell.astype(np.uint16) if n_cells < 2**16 else cell, kind="stable")
    ends = np.searchsorted(cell[order], np.arange(n_cells + 1))
    for low, high in blocks:
        rows = np.sort(order[ends[low] : ends[high]])
        share = None if weight is None else weight[rows]
        parts.append(_block(cell[rows] - low, code[rows], category[rows], share, high - low, width))
    starts = np.cumsum([0, *(part.held.size for part in parts)])
    first = [part.first[:-1] + start for part, start in zip(parts, starts[:-1], strict=True)]
    return Products(
        np.concatenate([part.gram for part in parts]),
        np.concatenate([part.held for part in parts]),
        np.concatenate([*first, starts[-1:]]),
    )


def _blocks(cell: IntArray, n_cells: int, width: int) -> Iterator[tuple[int, int]]:
    """Runs of cells that have no more than `_NUMBERS` sums together, or are one cell."""
    most = np.minimum(np.bincount(cell, minlength=n_cells), width) * CATEGORIES
    low, held = 0, 0
    for at, numbers in enumerate(most.tolist()):
        if held and held + numbers > _NUMBERS:
            yield low, at
            low, held = at, 0
        held += numbers
    yield low, n_cells


def _block(
    cell: IntArray, code: IntArray, category: IntArray, weight: FloatArray | None, n_cells: int, width: int
) -> Products:
    """A full table of cells by clusters where that is small, else the clusters that are met, by sorting."""
    place = cell * width + code
    full = n_cells * width <= code.size + _SPARE
    if full:
        size, first = n_cells * width, np.arange(n_cells + 1) * width
    else:
        keys, place = runs(place)
        size, first = keys.size, np.searchsorted(keys, np.arange(n_cells + 1) * width)
    weight = np.ones(place.size) if weight is None else weight
    flat = np.bincount(place * CATEGORIES + category, weight, size * CATEGORIES)
    sums: FloatArray = flat.astype(np.float64, copy=False).reshape(size, CATEGORIES)
    held = np.zeros(size, dtype=np.uint16)
    ends = np.searchsorted(category, np.arange(CATEGORIES + 1))
    for at in range(CATEGORIES):
        held[place[ends[at] : ends[at + 1]]] |= np.uint16(1 << at)
    if full:
        table = sums.reshape(n_cells, width, CATEGORIES)
        return Products(table.transpose(0, 2, 1) @ table, held, first)
    gram = np.zeros((n_cells, CATEGORIES, CATEGORIES))
    for at in np.flatnonzero(np.diff(first)).tolist():
        part = sums[first[at] : first[at + 1]]
        gram[at] = part.T @ part
    return Products(gram, held, first)
