"""What a study can begin from: the two protocols, one that asks for an own answer first, a copy."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from annotations.studies.definition import Definition, as_served, filled
from annotations.studies.models import RetentionDate, Study
from annotations.studies.retention import today

Values = dict[str, Any]
SEEDS = 2**31
EVASIVE = {
    "name": "evasive",
    "text": {
        "en": "An answer says “I would rather not do this.” What is it?",
        "es": "Una respuesta dice «Prefiero no hacer esto». ¿Qué es?",
        "zh": "某个回答说“我不想做这个”。它属于哪一种？",
    },
    "options": [
        {"value": "correct", "text": {"en": "correct", "es": "correcta", "zh": "正确"}},
        {"value": "avoidant", "text": {"en": "avoidant", "es": "evasiva", "zh": "回避"}},
        {"value": "incorrect", "text": {"en": "incorrect", "es": "incorrecta", "zh": "错误"}},
    ],
    "right": ["avoidant"],
}
HELP = {
    "name": "help",
    "text": {
        "en": "May you use a search engine or an AI system for these tasks?",
        "es": "¿Puede usar un buscador o un sistema de IA para estas tareas?",
        "zh": "做这些题目时可以使用搜索引擎或人工智能系统吗？",
    },
    "options": [
        {"value": "yes", "text": {"en": "yes", "es": "sí", "zh": "可以"}},
        {"value": "no", "text": {"en": "no", "es": "no", "zh": "不可以"}},
    ],
    "right": ["no"],
}


@dataclass(frozen=True)
class Start:
    """One thing to begin from, with what it is for."""

    name: str
    label: str
    help: str
    make: Callable[[], Values]


def _steps(question: Values, *, reveal: bool) -> list[Values]:
    return [
        {"kind": "consent"},
        {"kind": "instructions"},
        {"kind": "comprehension", "questions": [question]},
        {"kind": "units"},
        {"kind": "questionnaire", "name": "about-you", "preset": "demographics"},
        {"kind": "honesty"},
        {"kind": "debrief", "reveal": reveal},
        {"kind": "feedback"},
        {"kind": "exit"},
    ]


def _rating() -> Values:
    return {
        "protocol": "difficulty",
        "steps": _steps(HELP, reveal=False),
        "batches": [{"name": "main", "participants": 40, "overlap": 4, "strata": ["domain"]}],
    }


def _judging() -> Values:
    strata = ["domain", "difficulty_bin", "system"]
    return {
        "protocol": "supervision",
        "steps": _steps(EVASIVE, reveal=True),
        "batches": [{"name": "main", "participants": 40, "strata": strata}],
    }


def _answering() -> Values:
    return {**_judging(), "asking": {"own_answer": True, "revise": True}}


STARTS = [
    Start(
        "difficulty",
        "How hard are tasks for people? (S1)",
        "People solve items and say how many of 100 people would fail. Gives the difficulty axis.",
        _rating,
    ),
    Start(
        "supervision",
        "Do people notice wrong answers? (S2)",
        "People judge outputs of AI systems correct, avoidant or incorrect, or are unsure.",
        _judging,
    ),
    Start(
        "own-answer",
        "Own answer first, then the verdict",
        "As S2, but people solve each task before they see the output, and may change their answer.",
        _answering,
    ),
]


def begin_from(name: str, *, title: str, collection: str) -> Values:
    """The definition that a study begins with. Raises KeyError where there is no such start."""
    start = {one.name: one for one in STARTS}[name]
    values = {"title": title, "collection": collection, "seed": secrets.randbelow(SEEDS), **start.make()}
    return filled(Definition.model_validate(values))


def copy_of(study: Study, *, title: str, collection: str) -> Values:
    """The definition of another study, with a seed of its own and without days that are over."""
    copied = as_served(study.definition)
    for what in RetentionDate.WHAT:
        day = copied["retention"][what]
        if day and date.fromisoformat(day) <= today():
            copied["retention"][what] = None
    # Codes belong to one study at the provider.
    copied["recruitment"] = {**copied["recruitment"], "codes": {}, "settings": {}}
    fresh = {"title": title, "collection": collection, "seed": secrets.randbelow(SEEDS)}
    return filled(Definition.model_validate({**copied, **fresh}))
