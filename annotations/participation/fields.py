"""A study's questions as fields of a form, in the participant's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from annotations.participation.texts import said
from annotations.responses.questions import YES_NO, Value, check_question


@dataclass(frozen=True)
class Field:
    """`given` holds what was sent before: a text, or a list where several options may be chosen.

    `options` are the question's own; that one need not say is the template's to offer.
    """

    name: str
    kind: str
    text: str
    options: list[tuple[str, str]]
    low: float | None
    high: float | None
    low_end: str
    high_end: str
    required: bool
    given: str | list[str]
    error: str


def fields_of(
    questions: Sequence[Mapping[str, Any]],
    definition: Mapping[str, Any],
    language: str,
    data: Mapping[str, Any],
    errors: Mapping[str, str],
) -> list[Field]:
    return [_field(question, definition, language, data, errors) for question in questions]


def check_fields(
    questions: Sequence[Mapping[str, Any]], data: Mapping[str, Any]
) -> tuple[dict[str, Value], dict[str, str]]:
    """Values by question, and messages by question where something is not well."""
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for question in questions:
        value, error = check_question(question, data)
        if error:
            errors[question["name"]] = error
        else:
            values[question["name"]] = value
    return values, errors


def example_of(question: Mapping[str, Any], rng: Random) -> Any:
    """An answer that would be taken."""
    kind = question["kind"]
    if kind == "yes_no":
        return rng.choice(YES_NO)
    if kind == "choice":
        return rng.choice(question["options"])["value"]
    if kind == "multiple":
        return [rng.choice(question["options"])["value"]]
    if kind in ("number", "scale"):
        low, high = question["low"] or 0, question["high"]
        return f"{rng.randint(round(low), round(low + 10 if high is None else high))}"
    return "simulated"


def _field(
    question: Mapping[str, Any],
    definition: Mapping[str, Any],
    language: str,
    data: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Field:
    name, kind = question["name"], question["kind"]
    options = [
        (option["value"], said(option["text"], definition, language) or option["value"])
        for option in question["options"]
    ]
    several = getattr(data, "getlist", None)
    sent = several(name) if several else data.get(name, [])
    given = [str(one) for one in (sent if isinstance(sent, list) else [sent])]
    return Field(
        name=name,
        kind=kind,
        text=said(question["text"], definition, language),
        options=options,
        low=question["low"],
        high=question["high"],
        low_end=said(question["low_end"], definition, language),
        high_end=said(question["high_end"], definition, language),
        required=question["required"],
        given=given if kind == "multiple" else given[-1] if given else "",
        error=errors.get(name, ""),
    )
