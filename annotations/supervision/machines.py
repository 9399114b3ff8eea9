"""Machine supervisors beside people, each by itself, and pairs of a person and a machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import MACHINES_COLUMNS, row
from annotations.statistics.judgements import Judgements
from annotations.statistics.machinepairs import PairRow, machine_pairs
from annotations.supervision.cohort import Cohort, judged_outputs

ONE = "A machine is one: its interval speaks of outputs like these alone."


def machine_supervisors(study: Cohort) -> Rows:
    """Four rules of acceptance for each machine, on the outputs that people judged too."""
    machines = study.data.machines
    if machines is None:
        return []
    theirs = judged_outputs(study.data.of(machines))
    if not theirs.output.size:
        return []
    people = len(study.data.people)
    both = _together(study, theirs, people)
    names = machines.people["name"].tolist()
    order = sorted(range(len(names)), key=names.__getitem__)
    rows: Rows = []
    for at in order:
        found = machine_pairs(both, [people + at], **study.planned)
        note = " ".join(
            one.text.replace(f"The machine {people + at}", "This machine") for one in found.warnings
        )
        if not found.rows and bool((theirs.participant == at).any()):
            rows.append(row(MACHINES_COLUMNS, names[at], "machine", "slip", 0, 0, *[None] * 4, 0, 0, note))
        for one in found.rows:
            rows += _rows(names[at], one, note)
    return rows


def _together(study: Cohort, theirs: Judgements, people: int) -> Judgements:
    """One set of judgements, machines numbered after the people. Their clusters are of one kind."""
    mine = study.judged
    output = np.concatenate([mine.output, theirs.output])
    items = mine.cluster is not mine.output or theirs.cluster is not theirs.output
    return Judgements(
        output,
        np.concatenate([mine.participant, theirs.participant + people]),
        np.concatenate([mine.verdict, theirs.verdict]),
        np.concatenate([mine.weight, theirs.weight]),
        study.item[output] if items else output,
        mine.grade,
    )


def _rows(machine: str, one: PairRow, note: str) -> Iterator[dict[str, Any]]:
    said = f"{note} {ONE}".strip() if one.rule == "machine" else note
    behind = (one.outputs, one.participants, said)
    yield row(
        MACHINES_COLUMNS, machine, one.rule, "slip", one.slips, one.incorrect, one.slip, one.slip_low,
        one.slip_high, one.expected_slip, *behind,
    )  # fmt: skip
    yield row(
        MACHINES_COLUMNS, machine, one.rule, "turned_away", one.turned_away, one.correct,
        one.turned_away_rate, one.turned_away_low, one.turned_away_high, None, *behind,
    )  # fmt: skip
