"""Answers to questions that a study brings: checked by the kind of the question, in one place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

TEXT_LENGTH = 5_000
NUMBER = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,10})?")
# What a question that need not be answered offers beside its options, in every language.
NOT_SAID = "prefer_not_to_say"
YES_NO = ("yes", "no")

Value = str | float | list[str] | None


def check_question(question: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[Value, str]:
    """The checked value, and a message where it is not well; blank where a question may stay without.

    `question` is one of a definition. Values: text, number, the value of an option, a list of them, or
    `NOT_SAID`.
    """
    given = _texts(data, question["name"])
    given = [text for text in given if text]
    if not given:
        return None, "" if not question["required"] else _missing(question)
    if not question["required"] and NOT_SAID in given:
        return NOT_SAID, ""
    kind = question["kind"]
    if kind == "multiple":
        known = [option["value"] for option in question["options"] if option["value"] in given]
        return known, "" if len(known) == len(set(given)) else _missing(question)
    value = given[-1]
    if kind in ("choice", "yes_no"):
        allowed = YES_NO if kind == "yes_no" else [option["value"] for option in question["options"]]
        return value, "" if value in allowed else _missing(question)
    if kind in ("number", "scale"):
        return _number(question, value)
    if len(value) > TEXT_LENGTH or "\x00" in value:
        return None, _("Write at most %(most)s ordinary characters.") % {"most": TEXT_LENGTH}
    return value, ""


def as_text(value: Value) -> str:
    """The value as one cell of a table holds it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return " | ".join(value)
    return f"{value:.10g}" if isinstance(value, float) else value


def _texts(data: Mapping[str, Any], name: str) -> list[str]:
    several = getattr(data, "getlist", None)
    if several is not None:
        return [text.strip() for text in several(name)]
    value = data.get(name, "")
    return [str(one).strip() for one in (value if isinstance(value, list) else [value])]


def _number(question: Mapping[str, Any], text: str) -> tuple[Value, str]:
    value = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else math.nan
    low, high = question["low"], question["high"]
    if math.isnan(value) or (low is not None and value < low) or (high is not None and value > high):
        return None, _missing(question)
    return value, ""


def _missing(question: Mapping[str, Any]) -> str:
    kind, low, high = question["kind"], question["low"], question["high"]
    if kind in ("number", "scale") and low is not None and high is not None:
        return _("Give a number from %(low)s to %(high)s.") % {"low": f"{low:g}", "high": f"{high:g}"}
    if kind in ("number", "scale"):
        return _("Give a number.")
    if kind == "text":
        return _("Write an answer.")
    return _("Choose an answer.")
