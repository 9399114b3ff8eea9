"""The table `raters`: what each participant did, under the pseudonyms of the release."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotations.analysis.data import StudyData
from annotations.analysis.tables import RATERS_COLUMNS
from annotations.releases.dictionary import columns_of
from annotations.releases.formats import Table
from annotations.supervision.raters import rater_rows

RATERS = "raters"


def raters_table(data: StudyData, named: Iterable[tuple[str, int]]) -> Table:
    """`named`: pseudonym and id of everybody in the release, in the order of its participants."""
    rows = named_raters(data, named)
    cells = (tuple(one[name] for name in RATERS_COLUMNS) for one in rows)
    return Table(RATERS, columns_of(RATERS, RATERS_COLUMNS), cells)


def named_raters(data: StudyData, named: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    found = rater_rows(data)
    return [{"participant_id": name} | found[pk] for name, pk in named]
