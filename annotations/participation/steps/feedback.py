from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.steps.base import Step, Taken, register
from annotations.participation.texts import said
from annotations.responses.questions import TEXT_LENGTH


@register("feedback")
class Feedback(Step):
    """A free word on the study itself; nothing has to be said."""

    template = "participation/feedback.html"

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        return {
            "text": said(spec["text"], passage.definition, passage.language),
            "value": data.get("feedback", ""),
            "longest": TEXT_LENGTH,
        }

    def take(self, passage: Passage, spec: Spec, data: Mapping[str, Any]) -> Taken:
        text = str(data.get("feedback", "")).strip()
        if len(text) > TEXT_LENGTH or "\x00" in text:
            most = _("Write at most %(most)s ordinary characters.") % {"most": TEXT_LENGTH}
            return Taken(errors={"feedback": most})
        return Taken(answers=(Given("feedback", text),) if text else ())
