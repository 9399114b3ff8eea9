"""What a batch would draw, counted before it is made. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotations.studies import drawing, squares
from annotations.studies.definition.batches import affordable
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study
from annotations.studies.preparing import new_batch


@dataclass(frozen=True)
class StratumLine:
    label: str
    there: int
    drawn: int


@dataclass(frozen=True)
class Preview:
    """`served` is how many people can be given all the units that one person is to have."""

    strata: list[StratumLine]
    checks: int
    items: int
    judgements: int
    each: int
    places: int
    paid: int | None
    reasons: list[str]

    @property
    def units(self) -> int:
        return sum(line.drawn for line in self.strata)

    @property
    def needed(self) -> int:
        """Places that it takes until every unit has its answers."""
        return -(-self.judgements // max(1, min(self.each, self.items)))

    @property
    def served(self) -> int:
        if self.items < self.each:
            return 0
        found = min(self.places, self.judgements // self.each)
        return found if self.paid is None else min(found, self.paid)

    @property
    def remarks(self) -> list[str]:
        """What the numbers mean, where they do not fit together."""
        said = []
        places = self.places if self.paid is None else min(self.places, self.paid)
        if self.units and self.items < self.each:
            said.append(
                f"Nobody can be given {self.each:,} units: one person sees an item once, and there are"
                f" {self.items:,} items."
            )
        elif places < self.needed:
            said.append(
                f"{places:,} places give at most {places * self.each:,} of {self.judgements:,} judgements:"
                f" {self.needed:,} places would give all."
            )
        elif places > self.needed:
            said.append(
                f"{places - self.needed:,} places more than the units can serve: whoever comes last finds"
                " fewer units, or none."
            )
        if self.paid is not None and self.paid < self.places:
            said.append(f"The budget pays for {self.paid:,} of {self.places:,} places.")
        return said


def preview_batch(study: Study, settings: dict[str, Any]) -> Preview:
    """`settings` with every default, as `filled_settings` gives them."""
    batch = new_batch(study, settings, position=0)
    found = drawing.candidates(study, loads_of(study))
    parts = drawing.parts_of(batch, found)
    reasons = squares.why_uneven(settings, parts)
    if not any(part.drawn for part in parts):
        reasons = ["The filters leave nothing: no unit would be drawn."]
    return Preview(
        strata=[StratumLine(part.label, len(part.members), part.drawn) for part in parts],
        checks=len(drawing.checks_of(batch, found)),
        items=len({one.item for part in parts for one in part.members}),
        judgements=batch.overlap * sum(part.drawn for part in parts),
        each=int(settings["units_per_participant"]),
        places=batch.places,
        paid=affordable(settings),
        reasons=reasons,
    )
