"""Split-half reliability of the items' means, over random halves of the raters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .basics import BoolArray, Caution, FloatArray, IntArray, Interval, check_level, floats, integer_codes
from .crossing import pairs_of, sums
from .variancecomponents import RELIABLE

_BLOCK = 4_000_000
_FEWEST_ITEMS = 3


@dataclass(frozen=True)
class SplitHalf:
    """`reliability` of an item's mean over all raters: Spearman-Brown, 2 r / (1 + r), of the mean
    correlation `r` between halves. `spread` holds the middle share of single splits, which is no
    confidence interval. `items_used` is the mean number of items that both halves rated."""

    reliability: float
    r: float
    spread: Interval
    splits: int
    items_used: float
    n_ratings: int
    n_participants: int
    n_items: int
    method: str
    warnings: tuple[Caution, ...]


def split_half(
    participant: ArrayLike, item: ArrayLike, rating: ArrayLike, *, seed: int, count: int = 500,
    level: float = 0.95,
) -> SplitHalf:  # fmt: skip
    """Correlate the items' means of two random halves of the raters, `count` times.

    participant, item: codes (R,); rating (R,), nan where there is none. Items that one half did not rate
    are left out of that split; a split without three items or without spread is left out too. Below .8
    there is a caution. ValueError for malformed input.
    Source: Spearman 1910, Brit J Psychol 3, 271-295; Brown 1910, same volume, 296-322; STATISTICS 1.3.

    >>> people, items = np.repeat(np.arange(8), 5), np.tile(np.arange(5), 8)
    >>> found = split_half(people, items, 10 * items + people % 3, seed=1, count=50)
    >>> round(found.reliability, 2), found.splits
    (1.0, 50)
    """
    check_level(level)
    if count < 1:
        raise ValueError("count must be 1 or more")
    people = integer_codes(participant, "participant")
    items = integer_codes(item, "item", people.size)
    y = floats(rating, "rating", people.size)
    keep = np.isfinite(y)
    y = y[keep] - np.mean(y[keep]) if keep.any() else y[keep]
    people_names, people = np.unique(people[keep], return_inverse=True)
    item_names, items = np.unique(items[keep], return_inverse=True)
    sizes = people_names.size, item_names.size
    found, used = [], []
    if sizes[0] > 1 and sizes[1] >= _FEWEST_ITEMS:
        for correlations, both in _halves(people, items, y, sizes, seed, count):
            found.append(correlations)
            used.append(both)
    r = np.concatenate(found) if found else np.empty(0)
    there = np.isfinite(r)
    mean = float(np.mean(r[there])) if there.any() else math.nan
    low, high = (
        _brown(np.quantile(r[there], [(1 - level) / 2, (1 + level) / 2])) if there.any() else (math.nan,) * 2
    )
    reliability = float(_brown(np.array([mean]))[0])
    return SplitHalf(
        reliability, mean, Interval(float(low), float(high), level), int(np.count_nonzero(there)),
        float(np.mean(np.concatenate(used)[there])) if there.any() else 0.0, y.size, *sizes,
        "split_half_spearman_brown", _cautions(sizes, r, reliability),
    )  # fmt: skip


def _halves(
    people: IntArray, items: IntArray, y: FloatArray, sizes: tuple[int, int], seed: int, count: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Correlations and numbers of shared items, a block of splits at a time."""
    rng = np.random.default_rng(seed)
    pairs, place = pairs_of(people, items, *sizes)
    counts, totals = sums(place, np.ones(y.size), pairs.first.size), sums(place, y, pairs.first.size)
    n = sparse.csc_array((counts, pairs.second, pairs.start), shape=sizes[::-1])
    total = sparse.csc_array((totals, pairs.second, pairs.start), shape=sizes[::-1])
    all_n: FloatArray = sums(pairs.second, counts, sizes[1])[:, None]
    all_total: FloatArray = sums(pairs.second, totals, sizes[1])[:, None]
    block = max(1, _BLOCK // max(sizes))
    for first in range(0, count, block):
        some = min(block, count - first)
        dealt = np.argsort(rng.random((some, sizes[0])), axis=1)
        half = np.where(dealt < sizes[0] // 2, 1.0, 0.0).T
        n_half, total_half = np.asarray(n @ half), np.asarray(total @ half)
        both = (n_half > 0) & (n_half < all_n)
        with np.errstate(invalid="ignore", divide="ignore"):
            one = np.where(both, total_half / n_half, 0.0)
            two = np.where(both, (all_total - total_half) / (all_n - n_half), 0.0)
        yield _correlations(one, two, both)


def _correlations(one: FloatArray, two: FloatArray, both: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Pearson's r (S,) over the rows where `both`, nan where there are few or no spread."""
    shared = both.sum(axis=0).astype(np.float64)
    size = np.maximum(shared, 1)
    one = np.where(both, one - one.sum(axis=0) / size, 0.0)
    two = np.where(both, two - two.sum(axis=0) / size, 0.0)
    spread = np.sqrt((one * one).sum(axis=0) * (two * two).sum(axis=0))
    usable = (shared >= _FEWEST_ITEMS) & (spread > 1e-12)
    r = np.where(usable, (one * two).sum(axis=0) / np.where(usable, spread, 1.0), np.nan)
    return r, shared


def _brown(r: FloatArray) -> FloatArray:
    """Spearman and Brown's step from half to whole, for a negative r left as it is."""
    return np.where(r > 0, 2 * r / (1 + np.abs(r)), r)


def _cautions(sizes: tuple[int, int], r: FloatArray, reliability: float) -> tuple[Caution, ...]:
    if sizes[0] < 2:
        return (Caution("one_participant", "Fewer than two raters: there are no halves."),)
    if sizes[1] < _FEWEST_ITEMS:
        return (Caution("few_items", "Fewer than three items: their means cannot be correlated."),)
    lost = int(np.count_nonzero(np.isnan(r)))
    found = []
    if lost == r.size:
        return (Caution("no_split", "No split left three items with spread in both halves."),)
    if lost:
        found.append(Caution("lost_splits", f"{lost} of {r.size} splits gave no correlation."))
    if reliability < RELIABLE:
        text = f"The split-half reliability is {reliability:.2f}, below {RELIABLE}: the order is noisy."
        found.append(Caution("low_reliability", text))
    return tuple(found)
