from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.participation.debrief import wrong_answers
from annotations.participation.passage import Passage, Spec
from annotations.participation.steps.base import Step, register
from annotations.participation.texts import text_of


@register("debrief")
class Debrief(Step):
    template = "participation/debrief.html"

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        return {
            "text": text_of(passage.definition, "debrief", passage.language),
            "wrong": wrong_answers(passage),
        }
