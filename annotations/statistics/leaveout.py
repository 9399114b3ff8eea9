"""Difficulty that a response's own participant did not help to estimate (STATISTICS 1.2).

Where the same people give ratings or failures and verdicts, an item that one of them finds easy is
moved towards the easy end by that very person, and a flat slip rate looks as if it rose or fell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, IntArray, compacted, floats, integer_codes
from .bins import Bins
from .itemvalues import item_values


@dataclass(frozen=True)
class LeaveOutValues:
    """Item values without each fold of participants: `difficulty` (K + 1, I) on 0-100, the last row
    with everybody; `participant` codes (P,), rising, and the `fold` (P,) of each."""

    participant: IntArray
    fold: IntArray
    difficulty: FloatArray
    exact: bool
    method: str
    warnings: tuple[Caution, ...]

    def of(self, participant: ArrayLike, item: ArrayLike) -> FloatArray:
        """Difficulty (R,) of items as their responders did not help to estimate it; people who did not
        take part get the values with everybody. nan where an item has no value without the fold."""
        people = integer_codes(participant, "participant")
        items = integer_codes(item, "item", people.size)
        fold = np.append(self.fold, self.difficulty.shape[0] - 1)[_places(self.participant, people)]
        found: FloatArray = self.difficulty[fold, items]
        return found

    def helped(self, participant: ArrayLike) -> BoolArray:
        """Which responses (R,) are by people who helped to estimate the axis: the `same_people`."""
        people = integer_codes(participant, "participant")
        return _places(self.participant, people) < self.participant.size


def leave_out_values(
    participant: ArrayLike,
    item: ArrayLike,
    outcome: ArrayLike,
    x: ArrayLike,
    *,
    target: Literal["failure", "rated"] = "failure",
    floor: float = 0.0,
    ceiling: float = 1.0,
    folds: int = 10,
) -> LeaveOutValues:
    """Every item's difficulty (`item_values`) without each fold of participants.

    participant, item, outcome: shape (R,) as in `tally`; x: the items' metric (I,), nan where missing.
    Participants are dealt to `folds` folds in the order of their codes; with no more participants than
    folds each is one, and the leaving out is `exact`. Else a response's axis lacks its fold: a little
    less data than it could have, never its own participant's. One `item_values` fit a fold.
    ValueError for fewer than two folds or an item without a metric entry. Source: STATISTICS 1.2.

    >>> values = leave_out_values([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 1, 1],
    ...                           [np.nan, np.nan])
    >>> values.exact, values.of([0, 2, 7], [0, 0, 0]).round(1).tolist()
    (True, [64.7, 14.6, 47.9])
    """
    if folds < 2:
        raise ValueError("there must be two folds or more")
    people = integer_codes(participant, "participant")
    items = integer_codes(item, "item", people.size)
    y = floats(outcome, "outcome", people.size)
    metric = floats(x, "x")
    if items.size and int(items.max()) >= metric.size:
        raise ValueError("a response names an item without a metric entry")
    keep = ~np.isnan(y)
    names, place = compacted(people[keep])
    count = max(min(folds, names.size), 1)
    fold = np.arange(names.size) % count
    key = fold[place] * metric.size + items[keep]
    shape, size = (count, metric.size), count * metric.size
    parts = [np.bincount(key, weight, size).reshape(shape) for weight in (None, y[keep], y[keep] ** 2)]
    everybody = item_values(
        metric, *(part.sum(0) for part in parts), target=target, floor=floor, ceiling=ceiling
    )
    rows = []
    for left in range(count):
        rest = (np.delete(part, left, axis=0).sum(0) for part in parts)
        found = item_values(metric, *rest, target=target, floor=floor, ceiling=ceiling, near=everybody.curve)
        rows.append(found.difficulty)
    difficulty = np.stack([*rows, everybody.difficulty])
    return LeaveOutValues(
        names, fold, difficulty, names.size <= folds, f"participant_folds_{count}",
        (*everybody.warnings, *_cautions(names.size, difficulty)),
    )  # fmt: skip


def response_bins(bins: Bins, difficulty: ArrayLike) -> IntArray:
    """The bin of every response (R,) by a difficulty of its own, 0 where that is nan.

    The cuts are those of `bins`, half-way between the hardest of one bin and the easiest of the next.
    ValueError for difficulties that are no vector. Source: STATISTICS 1.2, 2.1.

    >>> from annotations.statistics.bins import equal_bins
    >>> response_bins(equal_bins([10, 20, 40, 50], 2), [12, 29, 31, np.nan]).tolist()
    [1, 1, 2, 0]
    """
    values = floats(difficulty, "difficulty")
    cuts = (bins.high[:-1] + bins.low[1:]) / 2
    code = np.searchsorted(cuts, values, side="right") + 1
    return np.where(np.isfinite(values) & (bins.n.size > 0), code, 0).astype(np.int64)


def _places(names: IntArray, people: IntArray) -> IntArray:
    """The place of each code among `names` (P,), P where it is not among them."""
    place = np.searchsorted(names, people)
    known = np.append(names, -1)[place] == people
    return np.where(known, place, names.size).astype(np.int64)


def _cautions(people: int, difficulty: FloatArray) -> tuple[Caution, ...]:
    found = []
    if people < 2:
        found.append(Caution("one_participant", "One participant: without them there is no axis."))
    lost = np.isnan(difficulty[:-1]) & ~np.isnan(difficulty[-1])
    if bool(lost.any()):
        text = f"{int(lost.any(axis=0).sum())} items have no value once some people are left out."
        found.append(Caution("no_value_left_out", text))
    return tuple(found)
