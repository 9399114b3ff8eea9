"""Slips against what is known of a judgement, and with what people and outputs share taken apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from annotations.analysis.data import TRUST
from annotations.analysis.findings import Rows
from annotations.analysis.tables import SLIP_EFFECTS_COLUMNS, SLIPS_AGAINST_COLUMNS, row, settled
from annotations.statistics.basics import BoolArray, FloatArray
from annotations.statistics.companions import CORRECT, INCORRECT
from annotations.statistics.crossedeffects import CrossedEffects, crossed_effects
from annotations.statistics.slipagainst import Slope, slip_against
from annotations.supervision.cohort import Cohort

# Laplace's approximation with as many rows takes a second or two.
MOST_ROWS = 10_000
PER_POINTS = 10
# Below it the search ended at none, to its own precision.
NO_SPREAD = 1e-3
NORMAL = 1.959963984540054


def slips_against(study: Cohort) -> Rows:
    """For each covariate that any judgement has: its groups, then the slope alone and within difficulty."""
    rows: Rows = []
    for name, values in _covariates(study):
        if np.isfinite(values).any():
            rows += _rows(study, name, values)
    return rows


def _covariates(study: Cohort) -> Iterator[tuple[str, FloatArray]]:
    person = study.data.judgements["person"].to_numpy(np.int64)
    yield "own_answer_right", 1 - study.column("failed")
    yield "own_rating", study.column("difficulty")
    yield "confidence", study.column("confidence")
    yield "position", study.column("position")
    yield "seconds", study.column("milliseconds") / 1000
    for name in TRUST:
        yield name, study.data.people[name].to_numpy(float)[person]


def _rows(study: Cohort, name: str, values: FloatArray) -> Iterator[dict[str, Any]]:
    planned: dict[str, Any] = study.planned
    found = slip_against(study.judged, values, difficulty=study.at, **planned)
    note = " ".join(one.text for one in found.warnings)
    columns = (
        found.value_low, found.value_high, found.slips, found.total, found.rate, found.low, found.high,
        found.participants,
    )  # fmt: skip
    for numbers in zip(*(column.tolist() for column in columns), strict=True):
        yield row(SLIPS_AGAINST_COLUMNS, name, "group", *numbers, "")
    ends = (float(found.value_low[0]), float(found.value_high[-1])) if found.value_low.size else (None, None)
    slopes: tuple[tuple[str, Slope], ...] = (("slope", found.slope), ("adjusted_slope", found.adjusted))
    for part, slope in slopes:
        yield row(
            SLIPS_AGAINST_COLUMNS, name, part, *ends, int(found.slips.sum()), found.n, slope.estimate,
            slope.interval.low, slope.interval.high, _people(study, values), note,
        )  # fmt: skip


def _people(study: Cohort, values: FloatArray) -> int:
    mine = (study.judged.grade[study.judged.output] == INCORRECT) & np.isfinite(values)
    return int(np.unique(study.judged.participant[mine]).size)


def effect_rows(study: Cohort) -> tuple[Rows, list[str]]:
    """A logistic model of slips with crossed random effects of participants and of outputs."""
    judged = study.judged
    mine = (judged.grade[judged.output] == INCORRECT) & np.isfinite(study.at)
    if not mine.any():
        return [], []
    kept, said = _affordable(study, mine)
    hard = (study.at[kept] - 50) / PER_POINTS
    varied = np.unique(hard).size > 1
    found = crossed_effects(
        judged.participant[kept], judged.output[kept], (judged.verdict[kept] == CORRECT).astype(float),
        hard if varied else None, weight=judged.weight[kept],
    )  # fmt: skip
    sizes = (int(kept.sum()), found.participants.code.size, found.items.code.size)
    return list(_effects(found, varied, sizes, " ".join(one.text for one in found.warnings))), said


def _affordable(study: Cohort, mine: BoolArray) -> tuple[BoolArray, list[str]]:
    """All rows, or those of the first participants: their order, by digest, is as good as drawn."""
    rows = np.flatnonzero(mine)
    if rows.size <= MOST_ROWS:
        return mine, []
    person = study.judged.participant
    before = np.cumsum(np.bincount(person[rows]))
    people = max(int(np.searchsorted(before, MOST_ROWS, side="right")), 2)
    return mine & (person < people), [
        f"The model with crossed effects (slip_effects) is fitted to the judgements of {people:,} of"
        f" {np.unique(person[rows]).size:,} participants: all would take long."
    ]


def _effects(
    found: CrossedEffects, varied: bool, sizes: tuple[int, int, int], note: str
) -> Iterator[dict[str, Any]]:
    terms = ("intercept", "difficulty")[: 1 + varied]
    for at, term in enumerate(terms):
        yield row(
            SLIP_EFFECTS_COLUMNS, term,
            *settled(found.fixed[at], found.low[at], found.high[at], found.fixed_se[at]), *sizes, note,
        )  # fmt: skip
    for term, members in (("participant_sd", found.participants), ("output_sd", found.items)):
        sd, se, low, high = members.sd, members.se, math.nan, math.nan
        if sd < NO_SPREAD:
            sd, se = 0.0, math.nan
        elif math.isfinite(se):
            half = min(NORMAL * se / sd, 50.0)
            low, high = sd * math.exp(-half), sd * math.exp(half)
        yield row(SLIP_EFFECTS_COLUMNS, term, *settled(sd, low, high, se), *sizes, note)
