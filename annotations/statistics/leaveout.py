"""Difficulty that a response's own participant did not help to estimate (STATISTICS 1.2).

Where the same people give ratings or failures and verdicts, an item that one of them finds easy is
moved towards the easy end by that very person, and a flat slip rate looks as if it rose or fell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import BoolArray, Caution, FloatArray, IntArray, floats, integer_codes
from .batchfit import Problem, fit_batch
from .bins import Bins
from .curvefit import Target, fit_curve
from .itemvalues import item_values
from .logistic import Counts
from .resampling import batches, levels_of
from .tally import Tally


@dataclass(frozen=True)
class LeaveOutCurves:
    """The calibration without each participant: `participant` codes (P,), rising, with `intercept` and
    `slope` (P,); and with everybody."""

    participant: IntArray
    intercept: FloatArray
    slope: FloatArray
    everybody: tuple[float, float]
    floor: float
    ceiling: float
    penalised: int
    warnings: tuple[Caution, ...]

    def difficulty(self, participant: ArrayLike, x: ArrayLike) -> FloatArray:
        """100 F(x) for responses (R,) to items of metric x (R,), by the curve without the responder;
        by that of everybody for people who did not take part."""
        people = integer_codes(participant, "participant")
        values = floats(x, "x", people.size)
        place = _places(self.participant, people)
        theta = np.append(np.column_stack([self.intercept, self.slope]), [self.everybody], axis=0)[place]
        span = self.ceiling - self.floor
        found: FloatArray = 100 * (self.floor + span * special.expit(theta[:, 0] + theta[:, 1] * values))
        return found


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


def leave_out_curves(
    tally: Tally, *, target: Target = "failure", floor: float = 0.0, ceiling: float = 1.0
) -> LeaveOutCurves:
    """`calibrate`'s likelihood curve refitted without each participant, exactly and all at once.

    A participant's counts by level are taken off those of everybody. The curve gives all items of one
    metric one value; `leave_out_values` keeps the items' own. ValueError for a tally without data.

    >>> from annotations.statistics.tally import tally
    >>> people, items = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    >>> data = tally(people, items, [0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1], [1.0, 2.0, 4.0])
    >>> leave_out_curves(data).difficulty([0, 3, 9], [2.0, 2.0, 2.0]).round(1).tolist()
    [51.3, 32.4, 42.3]
    """
    if not tally.x.size:
        raise ValueError("there are no responses with a metric and an outcome")
    levels = levels_of(tally)
    u, z = levels.z.size, (tally.x - levels.centre) / levels.spread
    whole = np.asarray(levels.counts.sum(axis=0)).ravel()
    start = np.zeros(2)
    if u > 1:
        start = fit_curve(Counts(z, tally.total, tally.n, floor, ceiling), target, "likelihood", False)[
            0
        ].theta
    theta, penalised = np.empty((levels.participants + 1, 2)), 0
    for at, count in batches(0, levels.participants + 1, 12 * u):
        own = levels.counts[at : at + count]
        rest = np.tile(whole, (count, 1))
        rest[: own.shape[0]] -= own if isinstance(own, np.ndarray) else own.toarray()
        rest = np.where(rest > 1e-9, rest, 0.0)
        fit = fit_batch(Problem(levels.z, rest[:, u:], rest[:, :u], floor, ceiling), start, target)
        theta[at : at + count] = levels.back(fit.theta)
        penalised += int(np.count_nonzero(fit.penalised))
    notes: tuple[Caution, ...] = ()
    if penalised:
        text = f"{penalised} of {levels.participants + 1} curves were separated or had one level: penalised."
        notes = (Caution("separation", text),)
    a, b = theta[-1].tolist()
    names = tally.by_participant.names
    return LeaveOutCurves(names, theta[:-1, 0], theta[:-1, 1], (a, b), floor, ceiling, penalised, notes)


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
    names, place = np.unique(people[keep], return_inverse=True)
    count = max(min(folds, names.size), 1)
    fold = np.arange(names.size) % count
    key = fold[place] * metric.size + items[keep]
    shape, size = (count, metric.size), count * metric.size
    parts = [np.bincount(key, weight, size).reshape(shape) for weight in (None, y[keep], y[keep] ** 2)]
    rows, notes = [], []
    for left in [*range(count), None]:
        n, total, squares = (
            np.delete(p, left, axis=0).sum(0) if left is not None else p.sum(0) for p in parts
        )
        found = item_values(metric, n, total, squares, target=target, floor=floor, ceiling=ceiling)
        rows.append(found.difficulty)
        notes = list(found.warnings)
    return LeaveOutValues(
        names, fold, np.stack(rows), names.size <= folds, f"participant_folds_{count}",
        (*notes, *_cautions(names.size, np.stack(rows))),
    )  # fmt: skip


def response_bins(bins: Bins, difficulty: ArrayLike) -> IntArray:
    """The bin of every response (R,) by a difficulty of its own, 0 where that is nan.

    The cuts are those of `bins`, half-way between the hardest of one bin and the easiest of the next.

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
