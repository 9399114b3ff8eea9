"""What choosing the best template of a difficulty bin would gain, the choice made on other items."""

from __future__ import annotations

import numpy as np

from .basics import FloatArray

_TIE = 1e-12


def best_less_mean(
    correct: FloatArray, total: FloatArray, mean: FloatArray, weight: FloatArray
) -> FloatArray:
    """Correctness of the best template less the `mean` (bins, S, B) of the bin, in each of B samples.

    correct, total: outputs (bins, folds, S, T, B) of each fold. In each fold, the template that is best
    in the bin's other folds answers; templates that tie answer in equal parts, those of weight 0 never.
    nan where fewer than two templates have outputs. Source: STATISTICS 3 (best chosen out of fold).

    >>> correct = np.array([[3.0, 1.0], [2.0, 2.0]]).reshape(1, 2, 1, 2, 1)
    >>> best_less_mean(correct, np.full((1, 2, 1, 2, 1), 4.0), np.full((1, 1, 1), 0.5), np.ones(2)).item()
    0.0
    """
    if weight.size < 2:
        return np.full_like(mean, np.nan)
    rest_correct = correct.sum(axis=1, keepdims=True) - correct
    rest_total = total.sum(axis=1, keepdims=True) - total
    usable = (rest_total > _TIE) & (weight > 0)[:, None]
    rate = np.where(usable, rest_correct / np.where(usable, rest_total, 1.0), -1.0)
    chosen = np.asarray((rate >= rate.max(axis=3, keepdims=True) - _TIE) & usable, dtype=np.float64)
    chosen /= np.maximum(chosen.sum(axis=3, keepdims=True), 1.0)
    hit, all_ = (np.einsum("bfstr,bfstr->bsr", chosen, part) for part in (correct, total))
    several = np.count_nonzero((total.sum(axis=1) > _TIE) & (weight > 0)[:, None], axis=2) > 1
    known = several & (all_ > 0)
    return np.where(known, hit / np.where(known, all_, 1.0) - mean, np.nan)
