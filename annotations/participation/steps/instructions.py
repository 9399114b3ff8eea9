from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.participation.passage import Passage, Spec
from annotations.participation.steps.base import Step, register
from annotations.participation.texts import said, text_of


@register("instructions")
class Instructions(Step):
    template = "participation/instructions.html"
    seconds = 60.0

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        own = said(spec["text"], passage.definition, passage.language)
        return {"text": own or text_of(passage.definition, "instructions", passage.language)}
