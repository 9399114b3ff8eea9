"""Telling incorrect outputs from correct ones: d', criterion and ordered ROC, pooled, by bin or rater."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, IntArray, check_level, integer_codes
from .clusters import Places, places_of, repeats
from .companions import AVOIDANT, CORRECT, INCORRECT, UNSURE
from .detection import corrected, density_at, dprime_of, rate_variance
from .influence import Bounded, Spread, bounded, two_way_spread
from .judgements import Judgements
from .rocarea import Areas, area_bounded, ordered_areas

_ORDER = np.array([0, -1, 2, 1])
"""The places of the verdicts in correct < unsure < incorrect; avoidant has none."""


@dataclass(frozen=True)
class SignalDetection:
    """Arrays (C,), one entry a cell. Raw counts of verdicts on incorrect outputs (`hits`, `misses`,
    `unsure_signal`, `avoidant_signal`) and correct ones; `n_other` responses are on outputs that are
    avoidant or ungraded. `roc` (C, 2, 2): shares of incorrect and of correct outputs that were called
    incorrect, then incorrect or unsure; `area` is that under the curve through them.
    """

    hits: IntArray
    misses: IntArray
    false_alarms: IntArray
    correct_rejections: IntArray
    unsure_signal: IntArray
    unsure_noise: IntArray
    avoidant_signal: IntArray
    avoidant_noise: IntArray
    n_other: IntArray
    hit_rate: FloatArray
    false_alarm_rate: FloatArray
    dprime: Bounded
    criterion: Bounded
    area: Bounded
    roc: FloatArray
    participants: IntArray
    outputs: IntArray
    level: float
    method: str
    warnings: tuple[Caution, ...]


def signal_detection(
    data: Judgements, cell: ArrayLike | None = None, *, n_cells: int = 1, level: float = 0.95
) -> SignalDetection:
    """d', criterion and area of every cell: all together, bins, or the participants themselves.

    cell (R,): a code below `n_cells` for each response, -1 to leave out. d' and c rest on verdicts
    correct or incorrect, the area on unsure ones too, as correct < unsure < incorrect; avoidant ones
    are left out of both. Rates are weighted, with the log-linear correction. Intervals are two-way, t
    with min(P, O) - 1 degrees of freedom, never narrower than for independent trials; of a cell with a
    single participant for that person and outputs like these. No signal or no noise: nan, and a caution.
    ValueError for cells of another number than the responses, or beyond `n_cells`.
    Source: STATISTICS 2.6; Hautus 1995, Behav Res Methods 27, 46-51; Obuchowski 1997, Biometrics 53,
    567-578, for areas of clustered answers.

    >>> from annotations.statistics.judgements import judgements
    >>> outputs, people = (a.ravel() for a in np.indices((40, 5)))
    >>> verdict = np.where((outputs + people) % 4 == 0, 2 * (outputs % 2), 2 - 2 * (outputs % 2))
    >>> found = signal_detection(judgements(outputs, people, verdict, grade=2 - 2 * (np.arange(40) % 2)))
    >>> found.hits.tolist(), found.false_alarms.tolist(), found.dprime.estimate.round(2).tolist()
    ([70], [20], [1.35])
    """
    check_level(level)
    cells = np.zeros(data.output.size, dtype=np.int64)
    if cell is not None:
        cells = integer_codes(cell, "cell", data.output.size, lowest=-1)
    if cells.size and int(cells.max()) >= n_cells:
        raise ValueError("a cell code is too large")
    grade = data.grade[data.output]
    graded = (grade == CORRECT) | (grade == INCORRECT)
    signal = grade == INCORRECT
    counts = _counts(cells, graded, signal, data.verdict, n_cells)
    other = np.bincount(cells[(cells >= 0) & ~graded], minlength=n_cells).astype(np.int64)
    score = _ORDER[data.verdict]
    scored = np.where(graded & (score >= 0), cells, -1)
    committed = np.where(score != _ORDER[UNSURE], scored, -1)
    told = ordered_areas(committed, np.maximum(score, 0), signal, data.weight, n_cells, 3)
    ordered = ordered_areas(scored, np.maximum(score, 0), signal, data.weight, n_cells, 3)
    pair = repeats(data.participant, data.cluster)
    places = places_of(scored, data.participant, data.cluster, pair, n_cells)
    by_verdict = _Verdicts(data, counts, signal, committed, told, places, level)
    spread, dprime, criterion = by_verdict.bounds()
    hit, false = by_verdict.rates
    scores = counts[:, :, [CORRECT, INCORRECT, UNSURE]].sum(axis=2)
    roc = np.stack([ordered.signal[:, ::-1], ordered.noise[:, ::-1]], axis=2).cumsum(axis=1)[:, :2]
    return SignalDetection(
        counts[:, 1, INCORRECT], counts[:, 1, CORRECT], counts[:, 0, INCORRECT], counts[:, 0, CORRECT],
        counts[:, 1, UNSURE], counts[:, 0, UNSURE], counts[:, 1, AVOIDANT], counts[:, 0, AVOIDANT], other,
        hit, false, dprime, criterion, area_bounded(places, ordered, scores, level), roc,
        spread.participants, spread.outputs, level, "two_way_log_linear",
        _cautions(dprime, spread, cells.size),
    )  # fmt: skip


def _counts(
    cell: IntArray, graded: BoolArray, signal: BoolArray, verdict: IntArray, n_cells: int
) -> IntArray:
    """Raw counts (C, 2, 4): on correct and on incorrect outputs, by verdict."""
    keep = graded & (cell >= 0)
    key = (cell[keep] * 2 + signal[keep]) * 4 + verdict[keep]
    return np.bincount(key, minlength=8 * n_cells).reshape(n_cells, 2, 4).astype(np.int64)


@dataclass(frozen=True)
class _Verdicts:
    """d' and criterion of the committed verdicts, `told` being their shares."""

    data: Judgements
    counts: IntArray
    signal: BoolArray
    cell: IntArray
    told: Areas
    places: Places
    level: float

    @property
    def trials(self) -> tuple[FloatArray, FloatArray]:
        signals, noises = (
            (self.counts[:, kind, CORRECT] + self.counts[:, kind, INCORRECT]).astype(np.float64)
            for kind in (1, 0)
        )
        return signals, noises

    @property
    def rates(self) -> tuple[FloatArray, FloatArray]:
        signals, noises = self.trials
        hit = corrected(self.told.signal[:, 2] * signals, signals)
        return hit, corrected(self.told.noise[:, 2] * noises, noises)

    def bounds(self) -> tuple[Spread, Bounded, Bounded]:
        hit, false = self.rates
        dprime, criterion = dprime_of(hit, false)
        of_hit = self._influence(self.signal, self.told.signal[:, 2], hit)
        of_false = self._influence(~self.signal, self.told.noise[:, 2], false)
        signals, noises = self.trials
        alone = rate_variance(hit, signals) + rate_variance(false, noises)
        spread = two_way_spread(self.places, of_hit - of_false, self.cell >= 0)
        lean = two_way_spread(self.places, -(of_hit + of_false) / 2, self.cell >= 0)
        return (
            spread,
            bounded(dprime, spread, alone, self.level),
            bounded(criterion, lean, alone / 4, self.level),
        )

    def _influence(self, own: BoolArray, share: FloatArray, rate: FloatArray) -> FloatArray:
        """What each response moves the z of its rate by, (R,)."""
        found = np.zeros(self.cell.size)
        rows = np.flatnonzero(own & (self.cell >= 0))
        at, weight = self.cell[rows], self.data.weight[rows]
        mass = np.bincount(at, weight, share.size)
        error = (self.data.verdict[rows] == INCORRECT) - share[at]
        found[rows] = weight * error / (mass * density_at(rate))[at]
        return found


def _cautions(dprime: Bounded, spread: Spread, responses: int) -> tuple[Caution, ...]:
    if not responses:
        return (Caution("no_responses", "There are no responses: everything is nan."),)
    found = []
    none = int(np.count_nonzero(np.isnan(dprime.estimate)))
    if none:
        text = f"{none} of {dprime.estimate.size} cells have no signal, or no noise: no d' there."
        found.append(Caution("no_trials", text))
    narrow = int(np.count_nonzero(~np.isnan(dprime.estimate) & np.isnan(dprime.low)))
    if narrow:
        text = f"{narrow} cells rest on fewer than two outputs or participants: no interval."
        found.append(Caution("too_few_clusters", text))
    single = int(np.count_nonzero(~np.isnan(dprime.low) & (spread.participants == 1)))
    if single:
        text = f"{single} intervals are of one person each: outputs like these, exactly this person."
        found.append(Caution("single_participant", text))
    return tuple(found)
