"""Machine supervisors beside people, and pairs of a person and a machine on the same output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, IntArray, check_level, integer_codes
from .companions import CORRECT, INCORRECT
from .judgements import Judgements
from .twoway import CellRates, rates_by_cell

Rule = Literal["people", "machine", "both", "either"]


@dataclass(frozen=True, slots=True)
class PairRow:
    """How one rule of acceptance does; rates on 0-1 with intervals, counts raw.

    `slips` of `incorrect` verdicts (or pairs of them) on incorrect outputs were acceptances, `turned_away`
    of `correct` ones on correct outputs were not. `expected_slip` of a pair is what two that err
    independently would give: above it they share their illusions.
    """

    machine: int
    rule: Rule
    slips: int
    incorrect: int
    slip: float
    slip_low: float
    slip_high: float
    expected_slip: float
    turned_away: int
    correct: int
    turned_away_rate: float
    turned_away_low: float
    turned_away_high: float
    outputs: int
    participants: int


@dataclass(frozen=True)
class MachinePairs:
    rows: tuple[PairRow, ...]
    level: float
    method: str
    warnings: tuple[Caution, ...]


def machine_pairs(
    data: Judgements,
    machines: ArrayLike,
    *,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    level: float = 0.95,
) -> MachinePairs:
    """People, each machine, and their pairs, four rows a machine, all on the outputs that both judged.

    machines: the codes of participants that are no people (M,). A pair is a person's verdict and the
    machine's on the same output; by `both` it accepts where both say correct, by `either` where one does.
    Only verdict correct accepts. Intervals two-way (STATISTICS 2.2) over people and outputs; those of a
    machine are over outputs alone, for it is one. No output judged by both: a caution and no rows.
    ValueError for machines that are no codes.
    Source: STATISTICS 2.6.

    >>> from annotations.statistics.judgements import judgements
    >>> outputs, people = (a.ravel() for a in np.indices((20, 5)))
    >>> verdict = np.where((outputs + people) % 4 < 2, 0, 2)
    >>> found = machine_pairs(judgements(outputs, people, verdict, grade=[2] * 20), [4])
    >>> [(row.rule, row.slips, row.incorrect) for row in found.rows]
    [('people', 40, 80), ('machine', 10, 20), ('both', 20, 80), ('either', 60, 80)]
    """
    check_level(level)
    codes = np.unique(integer_codes(machines, "machines"))
    grade = data.grade[data.output]
    usable = (grade == CORRECT) | (grade == INCORRECT)
    theirs = np.flatnonzero(usable & ~np.isin(data.participant, codes))
    planned = _Plan(rho_participant, rho_output, level)
    rows: list[PairRow] = []
    notes = []
    for code in codes.tolist():
        mine = np.flatnonzero(usable & (data.participant == code))
        first, second = _meetings(data.output, theirs, mine, data.grade.size)
        if not first.size:
            text = f"The machine {code} and people judged no graded output in common."
            notes.append(Caution("no_common_outputs", text))
            continue
        rows.extend(_rows(data, code, first, second, planned))
        notes.extend(_cautions(rows[-4:], code))
    if not codes.size:
        notes.append(Caution("no_machine", "There is no machine among the participants."))
    return MachinePairs(tuple(rows), level, "two_way", tuple(notes))


@dataclass(frozen=True)
class _Plan:
    rho_participant: float
    rho_output: float
    level: float


def _meetings(
    output: IntArray, people: IntArray, machine: IntArray, outputs: int
) -> tuple[IntArray, IntArray]:
    """Every pair of a person's response and one of the machine's on the same output."""
    ordered = machine[np.argsort(output[machine], kind="stable")]
    count = np.bincount(output[machine], minlength=outputs)
    start = (np.cumsum(count) - count)[output[people]]
    n = count[output[people]]
    first = np.repeat(people, n)
    place = np.arange(first.size) - np.repeat(np.cumsum(n) - n - start, n)
    return first, ordered[place]


def _rows(data: Judgements, code: int, first: IntArray, second: IntArray, plan: _Plan) -> list[PairRow]:
    people, machine = (_distinct(rows, data.output.size) for rows in (first, second))
    accepts = data.verdict == CORRECT
    weight = data.weight[first] * data.weight[second]
    found: dict[Rule, CellRates] = {
        "people": _rates(data, people, accepts[people], data.weight[people], False, plan),
        "machine": _rates(data, machine, accepts[machine], data.weight[machine], True, plan),
        "both": _rates(data, first, accepts[first] & accepts[second], weight, False, plan),
        "either": _rates(data, first, accepts[first] | accepts[second], weight, False, plan),
    }
    one, other = float(found["people"].rate[0, 1]), float(found["machine"].rate[0, 1])
    expected: dict[Rule, float] = {"both": one * other, "either": 1 - (1 - one) * (1 - other)}
    outputs = _distinct(data.output[first], data.grade.size).size
    persons = _distinct(data.participant[first], int(data.participant.max()) + 1).size
    return [
        PairRow(
            code, rule, int(r.n[0, 1]), int(r.total[0]), float(r.rate[0, 1]), float(r.low[0, 1]),
            float(r.high[0, 1]), expected.get(rule, float("nan")), int(r.n[1, 0]), int(r.total[1]),
            float(r.rate[1, 0]), float(r.low[1, 0]), float(r.high[1, 0]), outputs,
            1 if rule == "machine" else persons,
        )
        for rule, r in found.items()
    ]  # fmt: skip


def _distinct(codes: IntArray, size: int) -> IntArray:
    return np.flatnonzero(np.bincount(codes, minlength=size))


def _rates(
    data: Judgements, rows: IntArray, accepted: BoolArray, weight: FloatArray, lone: bool, plan: _Plan
) -> CellRates:
    """Cell 0: incorrect outputs, cell 1: correct ones. The outputs of a lone judge stand in for people,
    so that only they vary."""
    people = data.output[rows] if lone else data.participant[rows]
    return rates_by_cell(
        np.where(data.grade[data.output[rows]] == INCORRECT, 0, 1), people, data.cluster[rows],
        accepted.astype(np.int64), weight, n_cells=2, n_outcomes=2,
        rho_participant=plan.rho_participant, rho_output=plan.rho_output, level=plan.level,
    )  # fmt: skip


def _cautions(rows: list[PairRow], code: int) -> list[Caution]:
    found = []
    if not rows[0].incorrect:
        text = f"The machine {code} and people judged no incorrect output in common: no slips."
        found.append(Caution("no_incorrect", text))
    if not rows[0].correct:
        text = f"The machine {code} and people judged no correct output in common: nothing to turn away."
        found.append(Caution("no_correct", text))
    if any(row.incorrect and np.isnan(row.slip_low) for row in rows):
        text = f"Beside the machine {code} stand fewer than two people or two outputs: no interval."
        found.append(Caution("too_few_clusters", text))
    return found
