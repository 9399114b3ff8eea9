"""The difficulty by which a study's outputs are put into bins, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.tables import DIFFICULTY_COLUMNS, row
from annotations.calibration.domains import ALL, domains
from annotations.statistics.basics import FloatArray
from annotations.statistics.leaveout import leave_out_values
from annotations.statistics.metric import metric_rank

BORROWED, OWN, RANK = "borrowed", "own", "metric-rank"
IN_WORDS = {
    BORROWED: "Difficulty is borrowed from the calibration of another study.",
    OWN: "Difficulty comes from this study's own answers. Every judgement is put into its bin by a difficulty"
    " to which the person who judged, or their fold of participants, did not contribute.",
    RANK: "The axis is the metric rank, not human difficulty.",
}
SAME_PEOPLE = (
    "Participants of the same ids gave the answers that made the borrowed difficulty, and cannot be left out"
    " of it (same_people): slips may seem to rise or fall with difficulty where they do not."
)


@dataclass(frozen=True)
class ItemAxis:
    """Difficulty 0-100 by item position (nan where missing). `of_judgements`, one for each judgement,
    where people helped to make the axis; `rows` where the axis is a table of this analysis."""

    difficulty: FloatArray
    source: str
    of_judgements: FloatArray | None = None
    same_people: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cautions(self) -> list[str]:
        said = [] if self.source == BORROWED else [IN_WORDS[self.source]]
        return [*said, SAME_PEOPLE] if self.same_people else said


def item_axis(data: StudyData, given: dict[str, Any]) -> ItemAxis:
    """Borrowed where there is one; else the study's own calibration; else the metric's rank.

    `given`: `borrowed` or `difficulty`, rows of the table `difficulty`; `same_people`.
    """
    if given.get("borrowed") is not None:
        same = bool(given.get("same_people"))
        return ItemAxis(_by_key(data, given["borrowed"]), BORROWED, same_people=same)
    if given.get("difficulty") is not None:
        return ItemAxis(_by_key(data, given["difficulty"]), OWN, _without_own_help(data))
    return _ranks(data)


def _by_key(data: StudyData, rows: list[dict[str, Any]]) -> FloatArray:
    known = {one["item_id"]: one["difficulty"] for one in rows if one["population"] == ALL}
    values = [known.get(key) for key in data.items["key"]]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _without_own_help(data: StudyData) -> FloatArray:
    """Difficulty of each judgement's item, to which its own participant did not contribute."""
    judged = data.judgements
    person, item = judged["person"].to_numpy(np.int64), judged["item"].to_numpy(np.int64)
    found = np.full(person.size, np.nan)
    for domain in domains(data):
        if domain.population != ALL:
            continue
        place = np.full(len(data.items), -1, dtype=np.int64)
        place[domain.items] = np.arange(domain.items.size)
        mine = place[item] >= 0
        target = domain.axis_target(data.settings["difficulty_target"])
        values = leave_out_values(
            domain.people, domain.item, domain.outcome(target), domain.x, target=target,
            ceiling=domain.top(target),
        )  # fmt: skip
        found[mine] = values.of(person[mine], place[item[mine]])
    return found


def _ranks(data: StudyData) -> ItemAxis:
    values = np.full(len(data.items), np.nan)
    metric = data.items["metric"].to_numpy(float)
    domain_of = data.items["domain"].to_numpy(object)
    for domain in sorted(set(domain_of)):
        mine = domain_of == domain
        values[mine] = metric_rank(metric[mine]).values
    rows = [
        row(
            DIFFICULTY_COLUMNS, key, domain, ALL, x, 0, 0, None, None, value, None, None,
            RANK if np.isfinite(value) else "",
        )
        for key, domain, x, value in zip(data.items["key"], domain_of, metric, values, strict=True)
    ]  # fmt: skip
    return ItemAxis(values, RANK, rows=rows)
