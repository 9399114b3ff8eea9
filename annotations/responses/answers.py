"""What a unit asks, and whether it was answered: the one place where an answer is checked."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import rfc8785
from django.utils.translation import gettext as _

from annotations.allocation.models import Assignment
from annotations.catalogue.models import VERDICTS
from annotations.responses.questions import YES_NO, as_text, check_question

ANSWER_LENGTH = 5_000
# As number inputs send it. Python's float() would also take "1_0", "-0" and the digits of any script.
PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,10})?")
# The parts of a unit: all on one page; or what comes before the output is shown, and what comes after.
WHOLE, FIRST, SECOND = 0, 1, 2
# Left out of the hash where they are blank: answers that are older than these have none.
YOUNGER = ("initial_answer", "meta")


@dataclass(frozen=True)
class Answer:
    """One unit's answer. Which of the columns are filled depends on what the unit asks."""

    answer: str = ""
    dont_know: bool | None = None
    difficulty: float | None = None
    verdict: str = ""
    confidence: float | None = None
    initial_answer: str = ""
    # By name, as text: answers to the study's own questions, and the forecast.
    meta: Mapping[str, str] = field(default_factory=dict)

    def body_hash(self) -> str:
        """Equal answers have equal hashes: a replay is told from another body under the same key."""
        body = {name: value for name, value in asdict(self).items() if value or name not in YOUNGER}
        return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


@dataclass(frozen=True)
class Asked:
    """What one page of a unit asks."""

    own_answer: bool
    difficulty: bool
    verdict: bool
    confidence: bool
    forecast: bool
    questions: tuple[Mapping[str, Any], ...] = ()


@dataclass
class Checked:
    """A checked form: the answer if all is well, else a message for each field at fault."""

    answer: Answer | None = None
    errors: dict[str, str] = field(default_factory=dict)


def asks_first(definition: Mapping[str, Any], *, judges_output: bool) -> bool:
    """Whether something is asked before the output is shown."""
    asking = definition["asking"]
    return judges_output and (asking["own_answer"] or asking["difficulty"])


def part_of(definition: Mapping[str, Any], assignment: Assignment) -> int:
    """Which part of the unit comes now. Its `definition` is one as it is served."""
    if not asks_first(definition, judges_output=assignment.unit.output_id is not None):
        return WHOLE
    return FIRST if assignment.first is None else SECOND


def asked_of(definition: Mapping[str, Any], *, judges_output: bool, part: int) -> Asked:
    """What a page asks of an item, or of an output and before it. Its `definition` is one as it is served."""
    asking = definition["asking"]
    if part == FIRST:
        return Asked(
            own_answer=asking["own_answer"],
            difficulty=asking["difficulty"],
            verdict=False,
            confidence=False,
            forecast=False,
        )
    again = part == SECOND and asking["own_answer"] and asking["revise"]
    return Asked(
        own_answer=again if judges_output else True,
        difficulty=not judges_output,
        verdict=judges_output,
        confidence=asking["confidence"],
        forecast=asking["forecast"] and not judges_output,
        questions=tuple(question for question in definition["questions"] if question["per"] == "unit"),
    )


def check_answer(data: Mapping[str, Any], *, asked: Asked) -> Checked:
    """Check what was sent. Columns that the page does not ask for stay blank, whatever the form holds."""
    errors: dict[str, str] = {}
    given: dict[str, Any] = {}
    if asked.own_answer:
        given["answer"], given["dont_know"] = _own_answer(data, errors)
    if asked.difficulty:
        message = _("Say how many of 100 people would fail, from 0 to 100.")
        given["difficulty"] = _percent(data, "difficulty", errors, message)
    if asked.verdict:
        given["verdict"] = str(data.get("verdict", ""))
        if given["verdict"] not in VERDICTS:
            errors["verdict"] = _("Choose one of the four verdicts.")
    if asked.confidence:
        message = _("Say how sure you are, from 0 to 100.")
        given["confidence"] = _percent(data, "confidence", errors, message)
    given["meta"] = _beyond(data, asked, errors)
    return Checked(errors=errors) if errors else Checked(answer=Answer(**given))


def _own_answer(data: Mapping[str, Any], errors: dict[str, str]) -> tuple[str, bool]:
    text = str(data.get("answer", "")).strip()
    dont_know = str(data.get("dont_know", "")) in ("1", "on", "true")
    if dont_know and text:
        errors["answer"] = _("You gave an answer and also chose “I don’t know”. Keep one of the two.")
    elif not dont_know and not text:
        errors["answer"] = _("Give an answer, or choose “I don’t know”.")
    elif len(text) > ANSWER_LENGTH or "\x00" in text:
        message = _("An answer may have up to %(most)s ordinary characters.")
        errors["answer"] = message % {"most": ANSWER_LENGTH}
    return text, dont_know


def _beyond(data: Mapping[str, Any], asked: Asked, errors: dict[str, str]) -> dict[str, str]:
    """Answers beyond the protocol's own columns, blanks left out."""
    found = {}
    if asked.forecast:
        found["forecast"] = str(data.get("forecast", ""))
        if found["forecast"] not in YES_NO:
            errors["forecast"] = _("Say whether an AI system would get it right.")
    for question in asked.questions:
        value, message = check_question(question, data)
        if message:
            errors[question["name"]] = message
        found[question["name"]] = as_text(value)
    return {name: text for name, text in found.items() if text}


def _percent(data: Mapping[str, Any], name: str, errors: dict[str, str], message: str) -> float | None:
    text = str(data.get(name, "")).strip()
    value = float(text) if PERCENT.fullmatch(text) else math.nan
    if not 0 <= value <= 100:
        errors[name] = message
        return None
    return float(f"{value:.10g}")  # as releases write it


def grader_of(definition: Mapping[str, Any], domain: str) -> str:
    """What marks the own answers to the items of a domain."""
    graders = {one["name"]: one.get("grader", "none") for one in definition["domains"]}
    return str(graders.get(domain, "none"))
