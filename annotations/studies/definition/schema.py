"""The whole of study.yaml, with every default. What these models say is the contract of a definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from annotations.catalogue.graders import GRADERS
from annotations.core.problems import listing, near_miss
from annotations.studies.definition.asking import (
    Asking,
    Condition,
    Information,
    Presentation,
    Recruitment,
    Repeats,
    Skipping,
)
from annotations.studies.definition.batches import Batch
from annotations.studies.definition.retention import Retention
from annotations.studies.definition.steps import Question, Questionnaire, Step, check_order, usual_steps
from annotations.studies.definition.texts import default_text
from annotations.studies.definition.values import (
    LARGEST_WHOLE,
    DomainName,
    Label,
    Locale,
    Parameters,
    Part,
    Share,
    Slug,
    Texts,
    different,
)

Protocol = Literal["difficulty", "supervision", "both"]


def named_once(parts: Sequence[Any]) -> Sequence[Any]:
    seen: set[str] = set()
    for part in parts:
        if part.name in seen:
            raise ValueError(f'the name "{part.name}" is given twice')
        seen.add(part.name)
    return parts


def known_grader(name: str) -> str:
    if name not in GRADERS:
        raise ValueError(f"must be one of {listing(GRADERS)}{near_miss(name, GRADERS)}")
    return name


class Domain(Part):
    name: DomainName
    metric: Annotated[str, Field(max_length=200)] = ""
    metric_transform: Literal["none", "log10"] = "none"
    guess: float = Field(default=0.0, ge=0, lt=1)
    grader: Annotated[str, AfterValidator(known_grader)] = "none"


class Checks(Part):
    share: float = Field(default=0.05, ge=0, lt=1)


class Exclusion(Part):
    """A rule declared before the data are seen. `responses.exclusions` knows the rules by name."""

    name: Slug
    parameters: Parameters = {}


class Analysis(Part):
    method: Literal["likelihood", "least_squares", "mixed", "isotonic"] = "likelihood"
    free_ends: Annotated[list[Literal["floor", "ceiling"]], AfterValidator(lambda ends: different(ends))] = []
    difficulty_target: Literal["rated", "failure"] | None = "rated"
    difficulty_from: Slug | None = None
    resamples: int = Field(default=2_000, ge=0, le=1_000_000)
    bins: int = Field(default=10, ge=1, le=1_000)
    thresholds: list[Annotated[float, Field(gt=0, le=100)]] = Field(default=[5, 10, 20], max_length=100)
    rho_participant: Share = 0.1
    rho_output: Share = 0.1

    @field_validator("thresholds")
    @classmethod
    def check_thresholds(cls, values: list[float]) -> list[float]:
        if sorted(set(values)) != values:
            raise ValueError("must rise from one to the next")
        return values


class Corrections(Part):
    allowed: bool = False


Listed: Any = Field(default=[], max_length=1_000)


class Definition(Part):
    """What a study is. The slug is no part of it; `collection` is filled in when the text is read."""

    title: Label
    protocol: Protocol
    seed: int = Field(default=0, ge=0, le=LARGEST_WHOLE)
    collection: Slug
    locales: list[Locale] = Field(default=["en"], min_length=1, max_length=50)
    domains: Annotated[list[Domain], AfterValidator(named_once)] = Listed
    batches: Annotated[list[Batch], AfterValidator(named_once)] = Listed
    recruitment: Recruitment = Recruitment()
    information: Information = Information()
    consent: Texts = Field(default={}, validate_default=True)
    instructions: Texts = Field(default={}, validate_default=True)
    debrief: Texts = Field(default={}, validate_default=True)
    questions: Annotated[list[Question], AfterValidator(named_once)] = Listed
    steps: list[Step] = Field(default=[], max_length=100, validate_default=True)
    asking: Asking = Asking()
    presentation: Presentation = Presentation()
    skipping: Skipping = Skipping()
    repeats: Repeats = Repeats()
    conditions: Annotated[list[Condition], AfterValidator(named_once)] = Listed
    checks: Checks = Checks()
    exclusions: Annotated[list[Exclusion], AfterValidator(named_once)] = Listed
    analysis: Analysis = Analysis()
    corrections: Corrections = Corrections()
    retention: Retention = Retention()

    @field_validator("locales")
    @classmethod
    def check_locales(cls, locales: list[str]) -> list[str]:
        return different(locales)

    @field_validator("consent", "instructions", "debrief")
    @classmethod
    def fill_texts(cls, given: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """A text for every locale, in their order; the default in its language where none is given."""
        locales = info.data.get("locales")
        if locales is None or info.field_name is None:
            return given
        for locale in given:
            if locale not in locales:
                raise ValueError(f'there is a text for "{locale}", which is none of locales')
        protocol = info.data.get("protocol", "both")
        return {
            locale: given.get(locale) or default_text(info.field_name, protocol=protocol, locale=locale)
            for locale in locales
        }

    @field_validator("steps")
    @classmethod
    def fill_steps(cls, steps: list[Step], info: ValidationInfo) -> list[Step]:
        questions: list[Question] | None = info.data.get("questions")
        if not steps:
            return usual_steps(questions or [])
        named_once(steps)
        check_order(steps)
        names = {question.name for question in questions or [] if question.per == "person"}
        for step in steps:
            if isinstance(step, Questionnaire) and questions is not None:
                for name in step.questions:
                    if name not in names:
                        raise ValueError(
                            f'the step "{step.name}" asks "{name}", which is no question asked once'
                        )
        return steps

    @model_validator(mode="after")
    def check_batch_domains(self) -> Definition:
        declared = [domain.name for domain in self.domains]
        for batch in self.batches:
            for name in batch.units.domain:
                if declared and name not in declared:
                    raise ValueError(
                        f'batch "{batch.name}" takes units of "{name}", which is none of domains'
                    )
        return self

    @property
    def checks_asked_for(self) -> float:
        """The share of checks where the definition speaks of it: only then is their lack worth a warning."""
        return self.checks.share if "checks" in self.model_fields_set else 0.0
