from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.participation.passage import Passage, Spec
from annotations.participation.steps.base import Step, register
from annotations.participation.texts import said


@register("break")
class Break(Step):
    """A pause between units: as long as the place is kept."""

    template = "participation/break.html"

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        return {"text": said(spec["text"], passage.definition, passage.language)}
