"""Whether people tell incorrect outputs from correct ones: all together, by bin, and how people differ."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import TELLING_COLUMNS, in_words, row
from annotations.statistics.basics import IntArray
from annotations.statistics.bins import Bins
from annotations.statistics.judgements import Judgements
from annotations.statistics.signaldetection import SignalDetection, signal_detection

QUANTITIES = ("dprime", "criterion", "area")
POINTS = (
    ("called_incorrect", "falsely_called_incorrect"),
    ("doubted", "falsely_doubted"),
)
LEAST_RATERS = 10
"""Quartiles of fewer people would come close to the numbers of single ones."""


def telling_apart(judged: Judgements, bins: Bins, placed: IntArray | None) -> tuple[Rows, list[str]]:
    """Rows of `telling_apart`, and what must be said of them.

    `placed` (R,) is the bin of each response where it has one of its own (STATISTICS 1.2).
    """
    codes = bins.code[judged.output] if placed is None else placed
    pooled = signal_detection(judged)
    binned = signal_detection(judged, codes - 1, n_cells=int(bins.n.size))
    rows = list(_rows(pooled, 0, "all", (None, None, None)))
    for at in range(bins.n.size):
        rows += _rows(binned, at, "bin", (at + 1, bins.low[at], bins.high[at]))
    among, raters_said = _raters(judged, pooled)
    said = [
        *in_words(pooled.warnings, "Telling apart, all bins together"),
        *in_words(binned.warnings, "Telling apart by bin"),
        *raters_said,
    ]
    return rows + among, said


def _rows(
    found: SignalDetection, at: int, scope: str, place: tuple[int | None, float | None, float | None]
) -> Iterator[dict[str, object]]:
    counts = _counts(found, at)
    people = (found.participants[at], found.outputs[at])
    for name in QUANTITIES:
        bounded = getattr(found, name)
        ends = "" if np.isnan(bounded.low[at]) else "two_way"
        numbers = (bounded.estimate[at], bounded.low[at], bounded.high[at])
        yield row(TELLING_COLUMNS, scope, *place, name, *numbers, ends, *counts, *people, "")
    for names, shares in zip(POINTS, found.roc[at], strict=True):
        for name, share in zip(names, shares, strict=True):
            yield row(TELLING_COLUMNS, scope, *place, name, share, None, None, "", *counts, *people, "")


def _counts(found: SignalDetection, at: int) -> tuple[int, int, int, int]:
    """Committed verdicts on incorrect and on correct outputs, then unsure and avoidant ones on both."""
    return (
        int(found.hits[at] + found.misses[at]),
        int(found.false_alarms[at] + found.correct_rejections[at]),
        int(found.unsure_signal[at] + found.unsure_noise[at]),
        int(found.avoidant_signal[at] + found.avoidant_noise[at]),
    )


def _raters(judged: Judgements, pooled: SignalDetection) -> tuple[Rows, list[str]]:
    """Median and quartiles over people; of nobody alone."""
    _, person = np.unique(judged.participant, return_inverse=True)
    people = int(person.max()) + 1 if person.size else 0
    each = signal_detection(judged, person, n_cells=people) if people else None
    rows: Rows = []
    few = 0
    for name in QUANTITIES:
        values = np.empty(0) if each is None else getattr(each, name).estimate
        values = values[~np.isnan(values)]
        numbers, ends = (np.nan, np.nan, np.nan), ""
        if values.size >= LEAST_RATERS:
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
            numbers, ends = (middle, low, high), "quartiles"
        few += values.size < LEAST_RATERS
        rows.append(
            row(TELLING_COLUMNS, "participants", None, None, None, name, *numbers, ends,
                *_counts(pooled, 0), int(values.size), pooled.outputs[0], "")
        )  # fmt: skip
    if not few:
        return rows, []
    return rows, [
        f"Telling apart by participant: fewer than {LEAST_RATERS} people judged both correct and incorrect"
        " outputs, so no median or quartiles are given."
    ]
