"""Batches: which units they release, to how many people, how they are given out, and when they stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from annotations.studies.definition.values import Names, Part, Slug, Word, different

Stratum = Literal["domain", "difficulty_bin", "system", "template", "grade"]
Grade = Literal["correct", "avoidant", "incorrect"]
Strategy = Literal["least_filled", "blocked", "latin_square"]
# What may be changed of a batch that people are in, each with the setting that it began as.
Extended = Literal["participants", "overlap", "closes_at", "budget"]


def known_moment(text: str) -> str:
    """Every moment is written in one way, so that equal ones hash alike."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f'"{text}" is no moment with a time zone: write it as 2031-12-31T18:00+00:00')
    # Pages show it in any time zone, and there is no year before the first or after the last.
    if not 1 < moment.year < 9999:
        raise ValueError(f'"{text}" is too far away')
    return moment.astimezone(UTC).isoformat(timespec="seconds")


Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(known_moment)]
Money = Annotated[float, Field(gt=0, le=1e9)]
# A study, or one batch of it.
Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)?$", max_length=201)]


class UnitChoice(Part):
    """Which units a batch releases: filters first, then a seeded stratified draw. Empty: all."""

    sample: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        description="How many units to draw by the seed, from every stratum in proportion. Empty: all.",
    )
    domain: Names = Field(default=[], description="Only units of these domains. Empty: all.")
    system: Names = Field(default=[], description="Only outputs of these systems. Empty: all.")
    template: Names = Field(default=[], description="Only outputs under these templates. Empty: all.")
    grade: Annotated[list[Grade], AfterValidator(lambda grades: different(grades))] = Field(
        default=[], description="Only outputs with one of these grades when the batch is drawn. Empty: all."
    )
    difficulty_bin: Annotated[list[Annotated[int, Field(ge=1, le=1_000)]], Field(max_length=1_000)] = Field(
        title="Only of these difficulty bins",
        default=[],
        description="Only units of these difficulty bins, 1 the easiest. Empty: all, also those without one.",
    )


class BatchChange(Part):
    """What was changed after people could come in. It is no part of the batch's hash."""

    setting: Extended = Field(title="Setting", description="The setting that was changed.")
    before: Word | int | float | None = Field(title="Before", description="What it was.")
    after: Word | int | float | None = Field(title="After", description="What it has been since.")


class Batch(Part):
    name: Slug = Field(description="A short name, unique in the study: letters, digits, - and _.")
    participants: int = Field(
        ge=1, le=1_000_000, description="Places: how many people can complete the batch. None is given twice."
    )
    units: UnitChoice = Field(default=UnitChoice(), description="Which units the batch releases.")
    overlap: int = Field(
        default=3, ge=1, le=100_000, description="How many answers of different people count for each unit."
    )
    units_per_participant: int = Field(
        default=20, ge=1, le=1_000, description="How many units one person is given, checks included."
    )
    lease_minutes: int = Field(
        default=30,
        ge=1,
        le=10_080,
        description="Minutes without any activity after which a place and its unit go to somebody else.",
    )
    strategy: Strategy = Field(
        default="least_filled",
        description="How units are given out. least_filled: from the stratum that is furthest behind, the"
        " unit with the fewest answers. blocked: everybody meets every stratum once in each block, in a"
        " random order. latin_square: everybody meets every stratum equally often, and each stratum stands"
        " at each position and follows each other one equally often over people.",
    )
    strata: Annotated[list[Stratum], AfterValidator(lambda strata: different(strata))] = Field(
        default=["domain"], description="What tells strata apart: units are drawn and given out within them."
    )
    leave_out: Annotated[list[Source], AfterValidator(different), Field(max_length=100)] = Field(
        title="Leave out people of",
        default=[],
        description="Whoever had a place in one of these gets none here: names of earlier studies of this"
        " installation, or study/batch for one batch. People are known again by what their provider calls"
        " them, or by their browser. Nobody comes into one study twice, so its own batches need no mention.",
    )
    opens_at: Moment | None = Field(
        title="Opens at", default=None, description="Nobody comes in before this moment. Empty: at once."
    )
    closes_at: Moment | None = Field(
        title="Closes at",
        default=None,
        description="The batch closes for good at this moment. Empty: when somebody closes it.",
    )
    cost_per_place: Money | None = Field(
        title="Cost of a place",
        default=None,
        description="What one completed place costs, in the currency of the budget.",
    )
    budget: Money | None = Field(
        title="Budget",
        default=None,
        description="No place is given where people at work and completed would cost more than this.",
    )
    changes: Annotated[list[BatchChange], Field(max_length=1_000)] = Field(
        title="Changes",
        default=[],
        description="What was changed while people could come in. The platform writes it.",
    )

    @model_validator(mode="after")
    def check_stops(self) -> Batch:
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValueError(f"closes_at ({self.closes_at}) does not come after opens_at ({self.opens_at})")
        if (self.budget is None) != (self.cost_per_place is None):
            raise ValueError("budget and cost_per_place need each other: give both, or neither")
        if self.budget is not None and not affordable(self.model_dump()):
            raise ValueError(f"a budget of {self.budget:g} pays for no place at {self.cost_per_place:g} each")
        return self


DEFAULTS: dict[str, Any] = {
    name: field.get_default() for name, field in Batch.model_fields.items() if not field.is_required()
}


def setting_of(settings: Mapping[str, Any], name: str) -> Any:
    """As it was frozen; the default where the batch is older than the setting."""
    return settings[name] if name in settings else DEFAULTS[name]


def present(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are now, after all changes."""
    return {**settings, **{one["setting"]: one["after"] for one in setting_of(settings, "changes")}}


def affordable(settings: Mapping[str, Any]) -> int | None:
    """How many places the budget pays for; None where there is none."""
    budget, cost = setting_of(settings, "budget"), setting_of(settings, "cost_per_place")
    if budget is None or cost is None:
        return None
    # As they are written: 0.3 / 0.1 is three places, and not two. A decimal has no room for all quotients.
    return min(Fraction(str(budget)) // Fraction(str(cost)), 2**31 - 1)
