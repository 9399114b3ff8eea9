"""A person's way through the steps of a study, as the steps see it: what to read, and what to leave behind.

A participant's passage lies in the database. A preview's lies in the browser of the researcher who walks it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse

from annotations.allocation.models import Assignment
from annotations.allocation.services import leave
from annotations.catalogue.models import Item, Output
from annotations.core.counters import swap
from annotations.core.retrying import retried
from annotations.participation.images import image_key, practice_image_key
from annotations.people.models import Enrolment, Participant
from annotations.responses.models import StepAnswer
from annotations.studies.models import Study

Spec = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """An answer to one question of a step; `correct` where the question has a key."""

    question: str
    value: Any
    correct: bool | None = None
    attempt: int = 1


class Passage(ABC):
    """`language` is one of the study's locales; `step` the name of the step that comes now."""

    definition: dict[str, Any]
    language: str
    condition: str
    step: str
    wanted: int
    lease_minutes: int
    preview = False

    @property
    @abstractmethod
    def study(self) -> Study: ...

    @property
    @abstractmethod
    def answered(self) -> int: ...

    @property
    @abstractmethod
    def done(self) -> int:
        """Units that are behind the person, answered or skipped."""

    @abstractmethod
    def given(self, step: str) -> list[Given]:
        """What was answered in a step, in the order in which it came."""

    # False, and nothing has changed, where another tab was quicker.

    @abstractmethod
    def keep(self, spec: Spec, answers: Sequence[Given]) -> bool:
        """Store answers of the step that comes now."""

    @abstractmethod
    def advance(self, spec: Spec) -> bool:
        """Go on from this step to the next."""

    def image_address(self, item: Item, assignment: Assignment | None = None) -> str:
        """Where the picture of a unit lies, or of an item that is practised on; blank where there is none."""
        return ""

    def keep_and_advance(self, spec: Spec, answers: Sequence[Given]) -> bool:
        """Both or neither: who is past a step has answered it."""
        self.keep(spec, answers)
        return self.advance(spec)

    def keep_and_stop(self, spec: Spec, answers: Sequence[Given], outcome: str) -> bool:
        """Both or neither: whose answers end the passage has no second try. A place is free at once."""
        return self.keep(spec, answers)

    @property
    def spec(self) -> Spec:
        """The step that comes now, as the definition has it."""
        return next(spec for spec in self.definition["steps"] if spec["name"] == self.step)

    def after(self, spec: Spec) -> Spec:
        """The step that follows; the last one follows itself."""
        steps: list[Spec] = self.definition["steps"]
        return steps[min(steps.index(spec) + 1, len(steps) - 1)]

    @property
    def ahead(self) -> list[Spec]:
        """The steps from the present one on."""
        steps: list[Spec] = self.definition["steps"]
        return steps[steps.index(self.spec) :]

    @property
    def end_of_units(self) -> int:
        """How many units are done when the present step of units is over."""
        ends, total = {}, 0
        for spec in self.definition["steps"]:
            if spec["kind"] == "units":
                total = self.wanted if spec["count"] is None else min(total + spec["count"], self.wanted)
                ends[spec["name"]] = total
        return ends[self.step]

    @property
    def more_units(self) -> bool:
        """Whether a step of units comes after the present one."""
        return any(spec["kind"] == "units" for spec in self.ahead[1:])

    def practice(self, spec: Spec) -> list[tuple[Item, Output | None]]:
        """The units of a practice step in the order in which it names them. Two queries at most."""
        collection = self.study.collection_id
        items = {item.key: item for item in Item.objects.filter(collection=collection, key__in=spec["items"])}
        outputs = {
            output.key: output
            for output in Output.objects.filter(
                collection=collection, key__in=spec["outputs"]
            ).select_related("item")
        }
        found: list[tuple[Item, Output | None]] = [
            (items[key], None) for key in spec["items"] if key in items
        ]
        return found + [(outputs[key].item, outputs[key]) for key in spec["outputs"] if key in outputs]


class RealPassage(Passage):
    """The passage of a participant."""

    def __init__(self, enrolment: Enrolment) -> None:
        self.enrolment = enrolment
        self.definition = enrolment.version.definition
        self.language = enrolment.language
        self.condition = enrolment.condition
        self.step = enrolment.step
        self.wanted = enrolment.wanted
        self.lease_minutes = int(enrolment.batch.setting("lease_minutes"))
        self._given: dict[str, list[Given]] = {}

    @property
    def study(self) -> Study:
        return self.enrolment.batch.study

    @property
    def participant(self) -> Participant:
        return self.enrolment.participant

    @property
    def answered(self) -> int:
        return self.enrolment.answered

    @property
    def done(self) -> int:
        return self.enrolment.done

    def given(self, step: str) -> list[Given]:
        if step not in self._given:
            rows = StepAnswer.objects.filter(enrolment=self.enrolment, step=step).order_by("attempt", "pk")
            values = rows.values_list("question", "value", "correct", "attempt")
            self._given[step] = [Given(*row) for row in values]
        return self._given[step]

    @retried
    @transaction.atomic
    def keep(self, spec: Spec, answers: Sequence[Given]) -> bool:
        if not self._comes_now(spec, answers):
            return False
        self._store(spec, answers)
        return True

    def advance(self, spec: Spec) -> bool:
        name = self.after(spec)["name"]
        if not swap(Enrolment.objects.filter(pk=self.enrolment.pk, step=spec["name"]), step=name):
            self._look_again()
            return False
        self.enrolment.step = self.step = name
        return True

    @retried
    @transaction.atomic
    def keep_and_advance(self, spec: Spec, answers: Sequence[Given]) -> bool:
        if not self._comes_now(spec, answers):
            return False
        self._store(spec, answers)
        return self.advance(spec)

    @retried
    @transaction.atomic
    def keep_and_stop(self, spec: Spec, answers: Sequence[Given], outcome: str) -> bool:
        if not self._comes_now(spec, answers):
            return False
        self._store(spec, answers)
        leave(enrolment=self.enrolment, outcome=outcome)
        self._look_again()
        return True

    def image_address(self, item: Item, assignment: Assignment | None = None) -> str:
        if item.image_id is None:
            return ""
        key = image_key(assignment) if assignment else practice_image_key(self.enrolment, item)
        return reverse("participation:image", args=[self.study.slug, key])

    def _comes_now(self, spec: Spec, answers: Sequence[Given]) -> bool:
        """Whether no other tab has answered this meanwhile. None can until the transaction ends."""
        rows = Enrolment.objects.select_for_update(of=("self",), no_key=True).filter(pk=self.enrolment.pk)
        if list(rows.values_list("step", flat=True)) == [spec["name"]]:
            known = StepAnswer.objects.filter(enrolment=self.enrolment, step=spec["name"])
            taken = set(known.values_list("question", "attempt")) if answers else set()
            if not any((one.question, one.attempt) in taken for one in answers):
                return True
        self._look_again()
        return False

    def _store(self, spec: Spec, answers: Sequence[Given]) -> None:
        StepAnswer.objects.bulk_create(
            StepAnswer(
                enrolment=self.enrolment,
                step=spec["name"],
                question=one.question,
                attempt=one.attempt,
                value=one.value,
                correct=one.correct,
            )
            for one in answers
        )
        self._given.pop(spec["name"], None)

    def _look_again(self) -> None:
        self.enrolment.refresh_from_db(fields=["step", "state", "outcome"])
        self.step = self.enrolment.step
        self._given.clear()
