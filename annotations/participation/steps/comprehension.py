from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from annotations.participation.fields import check_fields, fields_of
from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.steps.base import AGAIN, NEXT, STOP, Step, Taken, register
from annotations.participation.steps.keyed import is_right, questions_in, right_answers
from annotations.participation.texts import text_of
from annotations.people.models import Enrolment


@register("comprehension")
class Comprehension(Step):
    """Whether the instructions were understood. Who fails is asked to return, which is no rejection."""

    template = "participation/comprehension.html"

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        attempt = _attempts(passage, spec) + 1
        return {
            "fields": fields_of(questions_in(spec), passage.definition, passage.language, data, errors),
            "instructions": text_of(passage.definition, "instructions", passage.language),
            "attempt": attempt,
            "attempts_left": spec["attempts"] - attempt + 1,
        }

    def take(self, passage: Passage, spec: Spec, data: Mapping[str, Any]) -> Taken:
        attempt = _attempts(passage, spec) + 1
        if str(data.get("attempt", "")) != str(attempt):
            return Taken(then=AGAIN)  # a form of an earlier attempt, sent again
        values, errors = check_fields(questions_in(spec), data)
        if errors:
            return Taken(errors=errors)
        answers = tuple(
            Given(name, value, is_right(spec, name, value), attempt) for name, value in values.items()
        )
        if all(one.correct for one in answers):
            return Taken(answers=answers, then=NEXT)
        then = AGAIN if attempt < spec["attempts"] else STOP
        return Taken(answers=answers, then=then, outcome=Enrolment.FAILED_CHECKS)

    def lasts(self, passage: Passage, spec: Spec) -> float:
        return 20.0 * len(spec["questions"])

    def example(self, passage: Passage, spec: Spec, rng: Random) -> dict[str, Any]:
        return {"attempt": _attempts(passage, spec) + 1, **right_answers(spec, rng)}


def _attempts(passage: Passage, spec: Spec) -> int:
    return max((one.attempt for one in passage.given(spec["name"])), default=0)
