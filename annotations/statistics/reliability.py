"""Reliability of the systems of one domain: every indicator, with intervals over items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, IntArray, check_level, floats
from .bins import Bins
from .concordance import check_guess
from .itemsums import item_sums
from .percentiles import Estimates, percentiles
from .rates import clopper_pearson_bounds
from .reliabilitycautions import cautions
from .scale import Scale, ScaleSlope, scale_slopes
from .systemcounts import SystemCounts
from .systemindicators import BIN_MEASURES, INDICATORS, RATES, Values, layout_of, sampled_values


@dataclass(frozen=True)
class Contrast:
    """Every indicator (K,) of the `shaped` system less that of the `raw` one, on the `n_items` items that
    both answered."""

    raw: int
    shaped: int
    difference: Estimates
    n_items: int


@dataclass(frozen=True)
class Reliability:
    """Of S systems, on 0-1 but for Spearman and differences; nan where the data give none.

    `overall` (S, K) of `indicators`; `by_bin` (S, B, Q) of `bin_measures`, from the easiest bin;
    `by_template` (S, T) correctness; `easiest` (S, 2) correct and incorrect share in the easiest bin.
    `n_items`, `n_outputs` (S,), `bin_items`, `bin_outputs` (S, B) and `template_outputs` (S, T) count the
    graded outputs and their items.
    """

    indicators: tuple[str, ...]
    overall: Estimates
    bin_measures: tuple[str, ...]
    by_bin: Estimates
    by_template: Estimates
    easiest: Estimates
    slopes: tuple[ScaleSlope, ...]
    contrasts: tuple[Contrast, ...]
    n_items: IntArray
    n_outputs: IntArray
    bin_items: IntArray
    bin_outputs: IntArray
    template_outputs: IntArray
    resamples: int
    seed: int
    level: float
    method: str
    warnings: tuple[Caution, ...]


def reliability(
    data: SystemCounts,
    difficulty: ArrayLike,
    bins: Bins,
    *,
    seed: int,
    resamples: int = 1000,
    guess: float = 0.0,
    scale: Scale | None = None,
    pairs: Sequence[tuple[int, int]] = (),
    folds: int = 5,
    level: float = 0.95,
) -> Reliability:
    """All indicators of STATISTICS 3 for the systems of one domain; difficulty (N,) of its items on 0-100.

    `bins` are those of the items. Items are resampled together for all systems, so that differences
    between them (`pairs` of a raw and a shaped system) are paired; percentile intervals. A rate of 0 or 1
    that no resample can leave has the Clopper-Pearson interval of its number of items instead; anything
    else without spread has none, and fewer than two items never have. `guess` is the chance of being right
    by guessing, taken off the concordance of correctness alone. The AUC is P(a correct output is on an
    easier item than one that is not); the Brier score takes 1 - difficulty / 100 as the forecast of each
    output; Spearman's rho is over items, of their share of correct outputs. `scale` gives slopes of
    ultracrepidarianism. ValueError for mismatched sizes or codes.
    Source: STATISTICS 3; Zhou et al. 2024, Nature 634, 61-68.

    >>> from annotations.statistics.bins import equal_bins
    >>> from annotations.statistics.systemcounts import system_counts
    >>> items = np.arange(60)
    >>> data = system_counts(items, items * 0, items * 0, 2 * (items >= 40), n_items=60, n_systems=1)
    >>> found = reliability(data, items + 20, equal_bins(items + 20, 3), seed=1, resamples=50)
    >>> found.overall.estimate[0, [0, 7]].round(3).tolist(), found.by_bin.estimate[0, :, 0].tolist()
    ([0.667, 1.0], [1.0, 1.0, 0.0])
    """
    x = _checked(data, difficulty, bins, guess, level)
    _check_plan(data.counts.shape[0], scale, pairs, seed, resamples, folds)
    together, places = _with_pairs(data, pairs)
    order = _by_difficulty(data, x)
    own, hardness, code = data.only(order), x[order], bins.code[order]
    sums = item_sums(together.only(order), hardness)
    layout = layout_of(sums, hardness, code, int(bins.n.size), data.weight, folds, guess)
    values = sampled_values(layout, seed, resamples if order.size > 1 else 0)
    there, outputs = own.graded(), own.counts.sum(axis=(2, 3), dtype=np.int64)
    in_bin = (code[:, None] == np.arange(1, bins.n.size + 1)).astype(np.int64)
    overall, by_bin, by_template = _estimates(own, values, there, there @ in_bin, level)
    slopes = _slopes(scale, values, level)
    contrasts = _contrasts(values, pairs, places, there, level)
    others = [by_template, *(one.difference for one in contrasts)]
    return Reliability(
        INDICATORS, overall, BIN_MEASURES, by_bin, by_template, _easiest(by_bin), slopes,
        contrasts, there.sum(axis=1), outputs.sum(axis=1), there @ in_bin, outputs @ in_bin,
        own.counts.sum(axis=(1, 3), dtype=np.int64), resamples, seed, level, "percentile_items",
        cautions(data, bins, hardness, there, overall, by_bin, others, slopes),
    )  # fmt: skip


def _checked(data: SystemCounts, difficulty: ArrayLike, bins: Bins, guess: float, level: float) -> FloatArray:
    check_level(level)
    check_guess(guess)
    x = floats(difficulty, "difficulty", data.counts.shape[1])
    if bins.code.size != x.size:
        raise ValueError("bins and counts must cover the same items")
    x = np.where(np.isfinite(x), x, np.nan)
    if bool(np.any((x < 0) | (x > 100))):
        raise ValueError("difficulty must lie between 0 and 100")
    if bool(np.any(np.isnan(x) & (bins.code > 0))):
        raise ValueError("bins hold an item without a difficulty")
    return x


def _check_plan(
    systems: int, scale: Scale | None, pairs: Sequence[tuple[int, int]], seed: int, resamples: int, folds: int
) -> None:
    if seed < 0 or resamples < 0:
        raise ValueError("seed and resamples must not be negative")
    if folds < 2:
        raise ValueError("folds must be two or more")
    if scale is not None and scale.family.size != systems:
        raise ValueError("scale and counts must cover the same systems")
    if any(not 0 <= one < systems for pair in pairs for one in pair):
        raise ValueError("pairs name a system that does not exist")


def _by_difficulty(data: SystemCounts, x: FloatArray) -> IntArray:
    """The items that some system answered, from the easiest, those without a difficulty last."""
    used = np.flatnonzero(data.graded().any(axis=0))
    return used[np.argsort(x[used], kind="stable")]


def _with_pairs(
    data: SystemCounts, pairs: Sequence[tuple[int, int]]
) -> tuple[SystemCounts, list[tuple[int, int]]]:
    """The systems, followed by those of the pairs that differ in their items, with the shared ones only;
    and the places of each pair."""
    there = data.graded()
    counts, places = [data.counts], []
    size = data.counts.shape[0]
    for raw, shaped in pairs:
        if np.array_equal(there[raw], there[shaped]):
            places.append((raw, shaped))
            continue
        both = (there[raw] & there[shaped])[:, None, None]
        counts.append(np.stack([data.counts[one] * both for one in (raw, shaped)]))
        places.append((size, size + 1))
        size += 2
    return replace(data, counts=np.concatenate(counts)), places


def _estimates(
    own: SystemCounts, values: Values, there: BoolArray, bin_items: IntArray, level: float
) -> tuple[Estimates, Estimates, Estimates]:
    systems = there.shape[0]
    overall, by_bin, by_template = (
        percentiles(part[:systems, ..., 0], part[:systems, ..., 1:], level)
        for part in (values.overall, values.bins, values.template)
    )
    per_template = np.count_nonzero(own.counts.sum(axis=3), axis=1)
    every = np.ones(per_template.shape[1], dtype=bool)
    return (
        _with_exact_ends(overall, there.sum(axis=1)[:, None], np.isin(INDICATORS, RATES), level),
        _with_exact_ends(by_bin, bin_items[..., None], np.isin(BIN_MEASURES, RATES), level),
        _with_exact_ends(by_template, per_template, every, level),
    )


def _with_exact_ends(found: Estimates, items: IntArray, rate: BoolArray, level: float) -> Estimates:
    """Clopper-Pearson over the items where a `rate` (last axis) is 0 or 1 in every resample."""
    n = np.broadcast_to(items, found.estimate.shape).astype(np.float64)
    k = np.where(found.estimate > 0.5, n, 0.0)
    apart = np.minimum(np.abs(found.estimate), np.abs(1 - found.estimate))
    use = rate & np.isnan(found.low) & (apart < 1e-12) & (n > 1)
    low, high = clopper_pearson_bounds(k, n, level)
    return replace(found, low=np.where(use, low, found.low), high=np.where(use, high, found.high))


def _easiest(by_bin: Estimates) -> Estimates:
    """Correct and incorrect share in the first bin: the latter is what is not prudent."""
    if not by_bin.estimate.shape[1]:
        none = np.full((by_bin.estimate.shape[0], 2), np.nan)
        return Estimates(none, none, none, np.zeros(none.shape, dtype=np.int64), by_bin.resamples)
    correct, prudent = (by_bin.at(slice(None), 0, BIN_MEASURES.index(name)) for name in RATES[:2])
    pairs = (
        (correct.estimate, 1 - prudent.estimate), (correct.low, 1 - prudent.high),
        (correct.high, 1 - prudent.low),
    )  # fmt: skip
    estimate, low, high = (np.stack(pair, axis=1) for pair in pairs)
    return Estimates(estimate, low, high, np.stack([correct.lost, prudent.lost], axis=1), by_bin.resamples)


def _slopes(scale: Scale | None, values: Values, level: float) -> tuple[ScaleSlope, ...]:
    if scale is None:
        return ()
    part = values.overall[: scale.family.size, INDICATORS.index("ultracrepidarianism")]
    return scale_slopes(scale, part[:, 0], part[:, 1:], level)


def _contrasts(
    values: Values, pairs: Sequence[tuple[int, int]], places: list[tuple[int, int]], there: BoolArray,
    level: float,
) -> tuple[Contrast, ...]:  # fmt: skip
    found = []
    for (raw, shaped), (first, second) in zip(pairs, places, strict=True):
        apart = values.overall[second] - values.overall[first]
        shared = int(np.count_nonzero(there[raw] & there[shaped]))
        found.append(Contrast(raw, shaped, percentiles(apart[:, 0], apart[:, 1:], level), shared))
    return tuple(found)
