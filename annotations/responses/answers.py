"""What may be answered, and whether it was: the one place where an answer is checked."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import rfc8785

from annotations.catalogue.models import VERDICTS

ANSWER_LENGTH = 5_000
# As number inputs send it. Python's float() would also take "1_0", "-0" and the digits of any script.
PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,10})?")


@dataclass(frozen=True)
class Answer:
    """One unit's answer. Which of the columns are filled depends on what the unit asks."""

    answer: str = ""
    dont_know: bool | None = None
    difficulty: float | None = None
    verdict: str = ""
    confidence: float | None = None

    def body_hash(self) -> str:
        """Equal answers have equal hashes: a replay is told from another body under the same key."""
        return hashlib.sha256(rfc8785.dumps(asdict(self))).hexdigest()


@dataclass
class Checked:
    """A checked form: the answer if all is well, else a message for each field at fault."""

    answer: Answer | None = None
    errors: dict[str, str] = field(default_factory=dict)


def check_answer(data: Mapping[str, Any], *, judges_output: bool) -> Checked:
    """Check what was sent for an item (S1) or an output (S2)."""
    errors: dict[str, str] = {}
    confidence = _percent(data, "confidence", errors, "Say how sure you are, from 0 to 100.")
    if judges_output:
        verdict = str(data.get("verdict", ""))
        if verdict not in VERDICTS:
            errors["verdict"] = "Choose one of the four verdicts."
        answer = Answer(verdict=verdict, confidence=confidence)
    else:
        text = str(data.get("answer", "")).strip()
        dont_know = str(data.get("dont_know", "")) in ("1", "on", "true")
        if dont_know and text:
            errors["answer"] = "You gave an answer and also chose “I don’t know”. Keep one of the two."
        elif not dont_know and not text:
            errors["answer"] = "Give an answer, or choose “I don’t know”."
        elif len(text) > ANSWER_LENGTH or "\x00" in text:
            errors["answer"] = f"An answer may have up to {ANSWER_LENGTH:,} ordinary characters."
        difficulty = _percent(
            data, "difficulty", errors, "Say how many of 100 people would fail, from 0 to 100."
        )
        answer = Answer(answer=text, dont_know=dont_know, difficulty=difficulty, confidence=confidence)
    return Checked(errors=errors) if errors else Checked(answer=answer)


def _percent(data: Mapping[str, Any], name: str, errors: dict[str, str], message: str) -> float | None:
    text = str(data.get(name, "")).strip()
    value = float(text) if PERCENT.fullmatch(text) else math.nan
    if not 0 <= value <= 100:
        errors[name] = message
        return None
    return float(f"{value:.10g}")  # as releases write it
