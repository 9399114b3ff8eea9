from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.participation.debrief import wrong_answers
from annotations.participation.passage import Passage, Spec
from annotations.participation.steps.base import Step, register
from annotations.participation.texts import said, text_of


@register("exit")
class Exit(Step):
    """The last page, with the codes. A debrief right before it stands on the same page."""

    template = "participation/exit.html"
    seconds = 0.0

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        kinds = [step["kind"] for step in passage.definition["steps"]]
        context: dict[str, Any] = {"text": said(spec["text"], passage.definition, passage.language)}
        if kinds[-2] == "debrief":
            context["debrief"] = text_of(passage.definition, "debrief", passage.language)
        if "debrief" not in kinds[:-2]:
            # What an output with a severity got wrong is told, whether or not a study has a debrief.
            context["wrong"] = wrong_answers(passage)
        return context
