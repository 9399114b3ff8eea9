"""The rates with and without what is excluded, by group of participants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.analysis.findings import Rows
from annotations.analysis.sensitivity import scopes
from annotations.analysis.tables import SUPERVISION_SENSITIVITY_COLUMNS, plain
from annotations.statistics.companions import RateRow
from annotations.statistics.judgements import everything
from annotations.statistics.supervisiontables import supervision_tables
from annotations.supervision.cohort import Cohort, cohort, of_people

FIRST = SUPERVISION_SENSITIVITY_COLUMNS[2:]


def sensitivity(counted: Cohort, given: dict[str, Any]) -> Rows:
    """Slips and their companions, of everybody and by group, all bins together and each."""
    return [
        {"scope": scope, "rule": rule} | one
        for scope, rule, data in scopes(counted.data)
        for one in _rates(counted if data is counted.data else cohort(data, given, known=counted.axis))
    ]


def _rates(cohort: Cohort) -> Iterator[dict[str, Any]]:
    groups = (everything(len(cohort.data.outputs)), *of_people(cohort.data))
    planned: dict[str, Any] = cohort.planned | {"response_bin": cohort.placed}
    found = supervision_tables(cohort.judged, cohort.bins, groups, thresholds=(), item=cohort.item, **planned)
    by_cell: dict[tuple[Any, ...], list[RateRow]] = {}
    for rate in found.rates.rows:
        by_cell.setdefault((rate.group, rate.value, rate.bin), []).append(rate)
    for one in found.table.rows:
        if (one.grade, one.verdict) != ("incorrect", "correct"):
            continue
        yield _row(one, "slip")
        for rate in by_cell.get((one.group, one.value, one.bin), []):
            yield _row(rate, rate.measure)


def _row(one: Any, measure: str) -> dict[str, Any]:
    return {name: measure if name == "measure" else plain(getattr(one, name)) for name in FIRST}
