"""What each item adds to every indicator that is a ratio of sums over items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .basics import BoolArray, FloatArray
from .systemcounts import SystemCounts

SUMS = (
    *("correct", "avoidant", "total", "brier", "brier_total"),
    *("in_correctness", "in_correctness_total", "out_correctness", "out_correctness_total"),
    *("in_prudence", "in_prudence_total", "out_prudence", "out_prudence_total"),
)
"""The columns of `ItemSums.columns` that are not a template's."""


@dataclass(frozen=True)
class ItemSums:
    """Per system and item (S, N), template weights applied: masses of `correct`, `incorrect` and all
    graded outputs (`total`), and shares of the total (nan without one).

    `columns` (S, N, K) are sums that add up over items: those of `SUMS`, then each template's (raw)
    correct outputs, then each template's graded outputs. `several` (S, N) marks items with two templates
    or more.
    """

    correct: FloatArray
    prudent: FloatArray
    total: FloatArray
    correct_share: FloatArray
    incorrect_share: FloatArray
    prudent_share: FloatArray
    columns: FloatArray
    several: BoolArray


def item_sums(data: SystemCounts, difficulty: FloatArray) -> ItemSums:
    """Sums of the items, whose difficulty (N,) on 0-100 is the forecast that the Brier score is of."""
    correct, avoidant, incorrect = (data.counts[..., grade].astype(np.float64) for grade in range(3))
    n = correct + avoidant + incorrect
    c, a, i = correct @ data.weight, avoidant @ data.weight, incorrect @ data.weight
    total = c + a + i
    hope = 1 - difficulty / 100
    forecast = np.isfinite(hope)
    brier = np.where(forecast, c * (1 - hope) ** 2 + (total - c) * hope**2, 0.0)
    # Between templates, every repeat of one template is as one output: the mean over repeats.
    weight = np.where(n > 0, data.weight, 0.0)
    several = np.count_nonzero(weight > 0, axis=2) > 1
    seen = np.maximum(n, 1.0)
    same = [
        part
        for share in (correct / seen, (correct + avoidant) / seen)
        for value in (share, 1 - share)
        for part in _agreement(weight, value, several)
    ]
    columns = np.concatenate(
        [np.stack([c, a, total, brier, np.where(forecast, total, 0.0), *same], axis=2), correct, n], axis=2
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return ItemSums(c, c + a, total, c / total, i / total, (c + a) / total, columns, several)


def _agreement(weight: FloatArray, value: FloatArray, several: BoolArray) -> tuple[FloatArray, FloatArray]:
    """sum_t w v [mean of v over the other templates] and sum_t w v of each item, (S, N)."""
    mass = np.where(several[..., None], weight * value, 0.0)
    whole = mass.sum(axis=2)
    rest = weight.sum(axis=2, keepdims=True) - weight
    others = (whole[..., None] - mass) / np.where(several[..., None], rest, 1.0)
    return np.sum(mass * others, axis=2), whole
