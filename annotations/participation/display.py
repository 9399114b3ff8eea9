"""What a unit's page shows and asks. Nothing that a participant must not know gets in here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotations.catalogue.models import Item, Output
from annotations.catalogue.rendering import render_text
from annotations.participation.fields import fields_of
from annotations.participation.passage import Passage
from annotations.participation.texts import said
from annotations.people.conditions import arm_of
from annotations.responses.answers import Asked

FIELDS = ("answer", "dont_know", "difficulty", "verdict", "confidence", "forecast")


def verdict_choices() -> list[tuple[str, str, str]]:
    """Value, name and meaning."""
    return [
        ("correct", _("Correct"), _("It answers the task, and rightly.")),
        ("avoidant", _("Avoidant"), _("It does not answer: it refuses, evades or talks of something else.")),
        ("incorrect", _("Incorrect"), _("It answers the task, but wrongly.")),
        ("unsure", _("Unsure"), _("I cannot tell.")),
    ]


def task_context(
    passage: Passage, item: Item, output: Output | None, *, plain: bool, first_part: bool = False
) -> dict[str, Any]:
    """The task and, unless the person's own answer comes first, the output with what its arm shows beside."""
    definition = passage.definition
    form = "plain" if plain else definition["presentation"]["format"]
    context: dict[str, Any] = {
        "prompt": render_text(item.prompt, format=form),
        "judged": output is not None,
        "plain": plain,
        "image_alt": item.image_alt,
        "warning": said(definition["presentation"]["warning"], definition, passage.language),
    }
    if output is None or first_part:
        return context
    arm = arm_of(definition, passage.condition)
    context["output"] = render_text(output.text, format=form)
    if arm["trace"] and output.trace:
        context["trace"] = render_text(output.trace, format=form)
    if arm["critique"] and output.meta.get("critique"):
        context["critique"] = render_text(output.meta["critique"], format=form)
    if arm["told"] and arm["incorrect_share"] is not None:
        context["told"] = _("In this study, about %(share)s of 100 answers are wrong.") % {
            "share": f"{100 * arm['incorrect_share']:.0f}"
        }
    return context


def question_context(
    passage: Passage, asked: Asked, data: Mapping[str, Any], errors: Mapping[str, str]
) -> dict[str, Any]:
    """What is asked, with what was answered so far and what is wrong with it."""
    return {
        "asks": {
            "own_answer": asked.own_answer,
            "difficulty": asked.difficulty,
            "verdict": asked.verdict,
            "confidence": asked.confidence,
            "forecast": asked.forecast,
            "questions": fields_of(asked.questions, passage.definition, passage.language, data, errors),
        },
        "verdicts": verdict_choices(),
        "data": {name: data.get(name, "") for name in FIELDS},
        "errors": errors,
    }
