"""Questions that the platform brings, in every language of its pages. None of them identifies anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _


def trust() -> list[dict[str, Any]]:
    """Asked before and after the units, so that a change shows."""
    return [
        _scale(
            "trust_correct",
            _("Of 100 answers of AI systems, how many do you think are correct?"),
            _("none of them"),
            _("all of them"),
        ),
        _scale(
            "trust_rely",
            _("How far would you rely on such an answer without checking it?"),
            _("not at all"),
            _("entirely"),
        ),
        _scale(
            "trust_notice",
            _("Of 100 wrong answers of AI systems, how many would you notice?"),
            _("none of them"),
            _("all of them"),
        ),
    ]


def demographics() -> list[dict[str, Any]]:
    """Few and coarse, each with a way not to say."""
    return [
        _choice("age_group", _("How old are you?"), [
            ("18-24", _("18 to 24")), ("25-34", _("25 to 34")), ("35-44", _("35 to 44")),
            ("45-54", _("45 to 54")), ("55-64", _("55 to 64")), ("65+", _("65 or older")),
        ]),
        _choice("gender", _("What is your gender?"), [
            ("woman", _("Woman")), ("man", _("Man")), ("other", _("Another")),
        ]),
        _choice("education", _("What is your highest level of education?"), [
            ("school", _("School, without a degree that opens university")),
            ("secondary", _("A degree that opens university, or vocational training")),
            ("bachelor", _("Bachelor’s degree or similar")),
            ("master", _("Master’s degree or higher")),
        ]),
        _choice("ai_use", _("How often do you use AI systems such as chatbots?"), [
            ("never", _("Never")), ("monthly", _("Once a month or less often")),
            ("weekly", _("About weekly")), ("daily", _("About daily")),
        ]),
    ]  # fmt: skip


PRESETS: dict[str, Callable[[], list[dict[str, Any]]]] = {"trust": trust, "demographics": demographics}


def _question(name: str, kind: str, text: str, **more: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "options": [],
        "low": None,
        "high": None,
        "required": True,
        "low_end": {},
        "high_end": {},
    }
    return {"name": name, "kind": kind, "text": {"": text}, **blank, **more}


def _scale(name: str, text: str, low_end: str, high_end: str) -> dict[str, Any]:
    ends = {"low_end": {"": low_end}, "high_end": {"": high_end}}
    return _question(name, "scale", text, low=0.0, high=100.0, **ends)


def _choice(name: str, text: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    listed = [{"value": value, "text": {"": words}} for value, words in options]
    return _question(name, "choice", text, options=listed, required=False)
