"""Questions with a right answer: shared by eligibility and comprehension."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from annotations.participation.passage import Spec

FORM: dict[str, Any] = {
    "kind": "choice",
    "low": None,
    "high": None,
    "low_end": {},
    "high_end": {},
    "required": True,
}


def questions_in(spec: Spec) -> list[dict[str, Any]]:
    """As the fields of a form know questions: of several right answers several may be chosen."""
    return [
        {**question, **FORM, "kind": "multiple" if _several(question) else "choice"}
        for question in spec["questions"]
    ]


def is_right(spec: Spec, name: str, value: Any) -> bool:
    """Of a question with several right answers each has to be chosen, and no other."""
    question = next(one for one in spec["questions"] if one["name"] == name)
    given = value if isinstance(value, list) else [value]
    if _several(question):
        return sorted(given) == sorted(question["right"])
    return given[0] in question["right"]


def right_answers(spec: Spec, rng: Random) -> dict[str, Any]:
    return {
        question["name"]: question["right"] if _several(question) else rng.choice(question["right"])
        for question in spec["questions"]
    }


def _several(question: Mapping[str, Any]) -> bool:
    return bool(question["all"])
