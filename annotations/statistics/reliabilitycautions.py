"""What to say beside the indicators of systems: why a value or an interval is not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .basics import BoolArray, Caution, FloatArray
from .bins import Bins
from .percentiles import Estimates, without_interval
from .scale import ScaleSlope
from .systemcounts import SystemCounts
from .systemindicators import INDICATORS

_LOST_SHARE = 0.05
_CONCORDANCE = "fewer than 30 items with a difficulty, or all or none of them count"
_AGREEMENT = "no item was asked under two templates, or all outputs are alike"
_REASONS = {
    "correctness": "no output is graded",
    "ultracrepidarianism": "no output is avoidant or incorrect",
    "spearman": "difficulty or correctness does not vary",
    "auc": "no item has a difficulty, or all outputs are correct, or none",
    "brier": "no item has a difficulty",
    "concordance_correctness": _CONCORDANCE,
    "concordance_prudence": _CONCORDANCE,
    "stability_correctness": _AGREEMENT,
    "stability_prudence": _AGREEMENT,
}


def cautions(
    data: SystemCounts, bins: Bins, difficulty: FloatArray, there: BoolArray, overall: Estimates,
    by_bin: Estimates, others: Sequence[Estimates], slopes: Sequence[ScaleSlope],
) -> tuple[Caution, ...]:  # fmt: skip
    """Of the items (N,) that some system answered, `there` (S, N); `data` of all items. `others`
    are templates and contrasts."""
    about_bins = [note for note in bins.warnings if note.code == "fewer_bins"]
    found = [*data.warnings, *about_bins, *_of_items(difficulty), *_of_values(overall, there.shape[0])]
    if data.weight.size < 2:
        text = "There is one template: prompting stability and the best template cannot be found."
        found.append(Caution("one_template", text))
    empty = int(np.count_nonzero(np.isnan(by_bin.estimate[..., 0])))
    if empty:
        text = f"{empty} of {by_bin.estimate[..., 0].size} bins of systems hold no graded output."
        found.append(Caution("empty_bins", text))
    flat = sum(np.isnan(slope.slope) for slope in slopes)
    if flat:
        text = f"{flat} of {len(slopes)} slopes need two systems of different size in a family: nan."
        found.append(Caution("one_size", text))
    found.extend(_of_intervals((overall, by_bin, *others)))
    return tuple(found)


def _of_items(difficulty: FloatArray) -> Iterator[Caution]:
    if not difficulty.size:
        yield Caution("no_items", "No item has a graded output: every indicator is nan.")
    elif difficulty.size == 1:
        yield Caution("one_item", "One item: there is no interval over items.")
    missing = int(np.count_nonzero(np.isnan(difficulty)))
    if missing:
        text = f"{missing} of {difficulty.size} items have no difficulty: in no bin and no curve."
        yield Caution("missing_difficulty", text)


def _of_values(overall: Estimates, systems: int) -> Iterator[Caution]:
    for name, reason in _REASONS.items():
        lost = int(np.count_nonzero(np.isnan(overall.estimate[:, INDICATORS.index(name)])))
        if lost:
            text = f"{lost} of {systems} systems have no {name.replace('_', ' of ')}: {reason}."
            yield Caution(f"no_{name}", text)


def _of_intervals(parts: Sequence[Estimates]) -> Iterator[Caution]:
    drawn = parts[0].resamples
    if not drawn:
        yield Caution("no_resamples", "Nothing was resampled: only rates of 0 or 1 have an interval.")
        return
    without = sum(int(np.count_nonzero(without_interval(part))) for part in parts)
    if without:
        text = f"{without} values have no interval: the resamples of items all gave the same."
        yield Caution("no_spread", text)
    often = sum(
        int(np.count_nonzero(~np.isnan(part.low) & (part.lost > _LOST_SHARE * drawn))) for part in parts
    )
    if often:
        text = f"{often} intervals rest on fewer than {1 - _LOST_SHARE:.0%} of the resamples: read with care."
        yield Caution("lost_resamples", text)
