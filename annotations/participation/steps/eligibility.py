from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from annotations.participation.fields import check_fields, fields_of
from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.steps.base import NEXT, STOP, Step, Taken, register
from annotations.participation.steps.keyed import is_right, questions_in, right_answers
from annotations.people.models import Enrolment


@register("eligibility")
class Eligibility(Step):
    """Whether the study is for this person. Asked before consent, the answers are not stored."""

    template = "participation/eligibility.html"

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        questions = questions_in(spec)
        return {"fields": fields_of(questions, passage.definition, passage.language, data, errors)}

    def take(self, passage: Passage, spec: Spec, data: Mapping[str, Any]) -> Taken:
        values, errors = check_fields(questions_in(spec), data)
        if errors:
            return Taken(errors=errors)
        answers = tuple(Given(name, value, is_right(spec, name, value)) for name, value in values.items())
        fits = all(one.correct for one in answers)
        return Taken(answers=answers, then=NEXT if fits else STOP, outcome=Enrolment.SCREENED_OUT)

    def lasts(self, passage: Passage, spec: Spec) -> float:
        return 10.0 * len(spec["questions"])

    def example(self, passage: Passage, spec: Spec, rng: Random) -> dict[str, Any]:
        return right_answers(spec, rng)
