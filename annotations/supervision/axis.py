"""The difficulty by which a study's outputs are put into bins, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.calibration.domains import ALL, domains
from annotations.calibration.fitting import ends_of, rounded_ends
from annotations.calibration.itemaxis import (
    BORROWED,
    BORROWED_IN_WORDS,
    OWN,
    RANK,
    RANK_IN_WORDS,
    item_difficulty,
)
from annotations.statistics.basics import FloatArray
from annotations.statistics.leaveout import leave_out_values

IN_WORDS = {
    BORROWED: BORROWED_IN_WORDS,
    OWN: "Difficulty comes from this study's own answers. Every judgement is put into its bin by a difficulty"
    " to which the person who judged, or their fold of participants, did not contribute.",
    RANK: RANK_IN_WORDS,
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
    """The axis of the items, and that of the judgements where those who judged helped to make it.

    `given`: as for `item_difficulty`, and `same_people`.
    """
    found = item_difficulty(data, given)
    if found.source == BORROWED:
        return ItemAxis(found.values, BORROWED, same_people=bool(given.get("same_people")))
    if found.source == OWN:
        return ItemAxis(found.values, OWN, _without_own_help(data))
    return ItemAxis(found.values, RANK, rows=found.rows)


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
        ends, _ = ends_of(domain, target, data.settings.get("free_ends", []))
        floor, ceiling = (0.0, domain.top(target)) if ends is None else rounded_ends(ends)
        values = leave_out_values(
            domain.people, domain.item, domain.outcome(target), domain.x, target=target, floor=floor,
            ceiling=ceiling,
        )  # fmt: skip
        found[mine] = values.of(person[mine], place[item[mine]])
    return found
