from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from django.utils.translation import gettext as _

from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.steps.base import Step, Taken, register
from annotations.participation.texts import said
from annotations.responses.questions import NOT_SAID

ANSWERS = ("no", "sometimes", "often", NOT_SAID)


@register("honesty")
class Honesty(Step):
    """Whether help was used. The page says that the answer does not touch pay, and it does not."""

    template = "participation/honesty.html"
    seconds = 10.0

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        words = (_("No, never"), _("Yes, for some tasks"), _("Yes, for most tasks"), _("I prefer not to say"))
        return {
            "text": said(spec["text"], passage.definition, passage.language),
            "options": list(zip(ANSWERS, words, strict=True)),
            "given": data.get("help_used", ""),
        }

    def take(self, passage: Passage, spec: Spec, data: Mapping[str, Any]) -> Taken:
        value = str(data.get("help_used", ""))
        if value not in ANSWERS:
            return Taken(errors={"help_used": _("Choose an answer.")})
        return Taken(answers=(Given("help_used", value),))

    def example(self, passage: Passage, spec: Spec, rng: Random) -> dict[str, Any]:
        return {"help_used": rng.choice(ANSWERS)}
