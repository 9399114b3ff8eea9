from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from annotations.participation.fields import check_fields, example_of, fields_of
from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.presets import PRESETS
from annotations.participation.steps.base import Step, Taken, register


@register("questionnaire")
class Questionnaire(Step):
    template = "participation/questionnaire.html"

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        questions = asked_in(passage, spec)
        return {"fields": fields_of(questions, passage.definition, passage.language, data, errors)}

    def take(self, passage: Passage, spec: Spec, data: Mapping[str, Any]) -> Taken:
        values, errors = check_fields(asked_in(passage, spec), data)
        if errors:
            return Taken(errors=errors)
        return Taken(
            answers=tuple(Given(name, value) for name, value in values.items() if value not in (None, []))
        )

    def lasts(self, passage: Passage, spec: Spec) -> float:
        return 10.0 * len(asked_in(passage, spec))

    def example(self, passage: Passage, spec: Spec, rng: Random) -> dict[str, Any]:
        return {question["name"]: example_of(question, rng) for question in asked_in(passage, spec)}


def asked_in(passage: Passage, spec: Spec) -> list[dict[str, Any]]:
    """The preset's questions, then those that the step names; all that are asked once if it says neither."""
    own = [question for question in passage.definition["questions"] if question["per"] == "person"]
    if spec["preset"] or spec["questions"]:
        named = {question["name"]: question for question in own}
        own = [named[name] for name in spec["questions"]]
    return (PRESETS[spec["preset"]]() if spec["preset"] else []) + own
