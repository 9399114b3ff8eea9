"""The codebook of a release: one row a column of every table in it."""

from __future__ import annotations

from annotations.releases.census import Census
from annotations.releases.dictionary import TABLES, entry_of
from annotations.releases.formats.csv import lines

COLUMNS = ("table", "column", "type", "unit", "allowed", "description", "missing", "mark", "formula", "note")
SIMULATED = {
    "all": "SIMULATED: no person gave these answers",
    "some": "SOME PARTICIPANTS ARE SIMULATED: see the kind in participants",
    "": "",
}


def codebook(census: Census) -> str:
    rows = [COLUMNS]
    for table, declared in TABLES.items():
        note = SIMULATED[census.simulated] if declared.people else ""
        for column in census.columns.get(table, ()):
            entry = entry_of(table, column)
            rows.append(
                (
                    table, column, str(entry.kind), entry.unit, entry.allowed, entry.description,
                    entry.missing, entry.mark, entry.formula, note,
                )
            )  # fmt: skip
    return lines(list(column) for column in zip(*rows, strict=True))
