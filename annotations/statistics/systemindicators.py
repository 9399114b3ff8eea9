"""The indicators of all systems of a domain in many samples of its items at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .basics import BoolArray, FloatArray, IntArray
from .besttemplate import best_less_mean
from .concordance import Cuts, bin_sums, curve_of, cuts_of, levels_in, steepness
from .draws import participant_weights
from .itemsums import SUMS, ItemSums
from .predictability import Ranked, auc_in, by_level, ranked, spearman_in
from .resampling import batches

INDICATORS = (
    *("correctness", "prudence", "avoidance", "ultracrepidarianism", "spearman", "auc", "brier"),
    *("concordance_correctness", "flat_correctness", "excess_correctness"),
    *("concordance_prudence", "flat_prudence", "excess_prudence"),
    *("stability_correctness", "stability_in_correctness", "stability_out_correctness"),
    *("stability_prudence", "stability_in_prudence", "stability_out_prudence"),
)
BIN_MEASURES = (
    *("correctness", "prudence", "avoidance", "stability_correctness", "stability_prudence"),
    "best_less_mean",
)
RATES = ("correctness", "prudence", "avoidance", "ultracrepidarianism")


@dataclass(frozen=True)
class Layout:
    """Items (N,) by rising difficulty, those without one last: their sums, the cells of `bins` bins x
    `folds` folds (and one more for items without a bin), and the template weights (T,)."""

    sums: ItemSums
    difficulty: FloatArray
    cells: tuple[IntArray, ...]
    bins: int
    folds: int
    weight: FloatArray
    guess: float


@dataclass(frozen=True)
class Values:
    """In each of B samples: `overall` (S, K, B) of INDICATORS, `bins` (S, bins, Q, B) of BIN_MEASURES,
    `template` (S, T, B) correctness."""

    overall: FloatArray
    bins: FloatArray
    template: FloatArray


def layout_of(
    sums: ItemSums, difficulty: FloatArray, code: IntArray, bins: int, weight: FloatArray, folds: int,
    guess: float,
) -> Layout:  # fmt: skip
    """`code` (N,) is the bin 1, 2, ... of each item, 0 for none. Items of a bin are dealt to its folds in
    turn, in the order in which they stand."""
    folds = folds if weight.size > 1 else 1
    cells: list[IntArray] = []
    for one in range(1, bins + 1):
        members = np.flatnonzero(code == one)
        cells.extend(members[fold::folds] for fold in range(folds))
    cells.append(np.flatnonzero(code == 0))
    return Layout(sums, difficulty, tuple(cells), bins, folds, weight, guess)


def sampled_values(layout: Layout, seed: int, resamples: int) -> Values:
    """The items as they are first, then `resamples` draws of them with replacement.

    Each resample depends on the seed, its number and the order of the items alone.
    """
    systems, items, columns = layout.sums.columns.shape
    parts = [values_in(layout, np.ones((items, 1)))]
    width = systems * columns * len(layout.cells) + 12 * items
    for at, size in batches(0, resamples, width):
        drawn = np.ascontiguousarray(participant_weights(items, seed, at, size).T)
        parts.append(values_in(layout, drawn))
    names = ("overall", "bins", "template")
    return Values(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))


def values_in(layout: Layout, drawn: FloatArray) -> Values:
    """Every indicator in B samples in which the items are `drawn` (N, B) times."""
    systems, _, columns = layout.sums.columns.shape
    templates, samples = layout.weight.size, drawn.shape[1]
    cells = np.empty((len(layout.cells), systems, columns, samples))
    for place, members in enumerate(layout.cells):
        cells[place] = layout.sums.columns[:, members].swapaxes(1, 2) @ drawn[members]
    folded = cells[:-1].reshape(layout.bins, layout.folds, systems, columns, samples)
    binned = folded.sum(axis=1)
    whole = binned.sum(axis=0) + cells[-1]
    per_bin = {name: binned[:, :, at] for at, name in enumerate(SUMS)}
    ratios = _ratios(per_bin)
    first = len(SUMS)
    best = best_less_mean(
        folded[:, :, :, first : first + templates], folded[:, :, :, first + templates :],
        ratios["correctness"], layout.weight,
    )  # fmt: skip
    by_bin = [*(ratios[name] for name in BIN_MEASURES[:-1]), best]
    template = _ratio(whole[:, first : first + templates], whole[:, first + templates :])
    overall = _ratios({name: whole[:, at] for at, name in enumerate(SUMS)})
    overall |= _by_difficulty(layout, drawn)
    return Values(
        np.stack([overall[name] for name in INDICATORS], axis=1),
        np.stack(by_bin, axis=2).swapaxes(0, 1) if layout.bins else np.zeros((systems, 0, 6, samples)),
        template,
    )


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _ratios(sums: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The indicators that are ratios of sums over items."""
    correct, avoidant, total = sums["correct"], sums["avoidant"], sums["total"]
    found = {
        "correctness": _ratio(correct, total),
        "prudence": _ratio(correct + avoidant, total),
        "avoidance": _ratio(avoidant, total),
        "ultracrepidarianism": _ratio(total - correct - avoidant, total - correct),
        "brier": _ratio(sums["brier"], sums["brier_total"]),
    }
    for kind in ("correctness", "prudence"):
        inner, outer = (
            _ratio(sums[f"{side}_{kind}"], sums[f"{side}_{kind}_total"]) for side in ("in", "out")
        )
        found |= {f"stability_in_{kind}": inner, f"stability_out_{kind}": outer}
        found[f"stability_{kind}"] = (inner + outer) / 2
    return found


def _by_difficulty(layout: Layout, drawn: FloatArray) -> dict[str, FloatArray]:
    """The indicators that rank the items; systems that answered the same items share the ranking."""
    sums = layout.sums
    there = np.isfinite(layout.difficulty) & (sums.total > 0)
    rankings: dict[bytes, tuple[Ranked, Cuts]] = {}
    rows = []
    for system in range(there.shape[0]):
        own = there[system]
        key = own.tobytes()
        if key not in rankings:
            samples = ranked(drawn if bool(own.all()) else drawn[own], levels_in(layout.difficulty[own]))
            rankings[key] = samples, cuts_of(samples.count)
        rows.append(_of_system(sums, system, own, *rankings[key], layout.guess))
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _of_system(
    sums: ItemSums, system: int, own: BoolArray, samples: Ranked, cuts: Cuts, guess: float
) -> dict[str, FloatArray]:
    correct, incorrect = sums.correct_share[system, own], sums.incorrect_share[system, own]
    hit = sums.correct[system, own]
    binned = [
        bin_sums(by_level(share[:, None] * samples.drawn, samples.starts), cuts)
        for share in (correct, incorrect, sums.prudent_share[system, own])
    ]
    solved = steepness(curve_of(binned[0], binned[1], cuts, guess), cuts.n)
    safe = steepness(curve_of(binned[2], binned[1], cuts, 0.0), cuts.n)
    return {
        "spearman": spearman_in(samples, correct),
        "auc": auc_in(samples, hit, sums.total[system, own] - hit),
        "concordance_correctness": solved.concordance,
        "flat_correctness": solved.flat,
        "excess_correctness": solved.concordance - solved.flat,
        "concordance_prudence": safe.concordance,
        "flat_prudence": safe.flat,
        "excess_prudence": safe.concordance - safe.flat,
    }
