from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from annotations.catalogue.graders import meets
from annotations.catalogue.models import Item, Output
from annotations.participation.display import question_context, task_context, verdict_choices
from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.steps.base import AGAIN, NEXT, STOP, Step, Taken, Unfit, register
from annotations.people.models import Enrolment
from annotations.responses.answers import asked_of, check_answer, grader_of

READ = "read"


@dataclass(frozen=True)
class Round:
    """One time through the practice units. `answers` are those given in it so far."""

    number: int
    units: list[tuple[Item, Output | None]]
    answers: list[Given]
    passes: bool

    @property
    def over(self) -> bool:
        return len(self.answers) >= len(self.units)

    @property
    def right(self) -> int:
        return sum(bool(one.correct) for one in self.answers)


@register("practice")
class Practice(Step):
    """Units whose key is shown afterwards. They are checks, never scored; no other unit may stand here."""

    template = "participation/practice.html"

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        now = _round(passage, spec)
        context: dict[str, Any] = {
            "attempt": now.number,
            "number": len(now.answers) + 1,
            "units": len(now.units),
            "right": now.right,
            "over": now.over,
            "passes": now.passes,
        }
        if spec["feedback"] and now.answers:
            item, output = now.units[len(now.answers) - 1]
            context["last"] = {"correct": now.answers[-1].correct, "expected": _expected(item, output)}
        if not now.over:
            item, output = now.units[len(now.answers)]
            asked = asked_of(passage.definition, judges_output=output is not None, part=0)
            context |= task_context(passage, item, output, plain=False)
            context |= question_context(passage, asked, data, errors)
            context["image_address"] = passage.image_address(item)
        return context

    def take(self, passage: Passage, spec: Spec, data: Mapping[str, Any]) -> Taken:
        now = _round(passage, spec)
        if (str(data.get("attempt")), str(data.get("number"))) != (
            str(now.number),
            str(len(now.answers) + 1),
        ):
            return Taken(then=AGAIN)  # a form that was taken before
        if now.over:
            return Taken() if now.passes else Taken(answers=(_read(now),), then=AGAIN)
        item, output = now.units[len(now.answers)]
        asked = asked_of(passage.definition, judges_output=output is not None, part=0)
        checked = check_answer(data, asked=asked)
        if checked.answer is None:
            return Taken(errors=checked.errors)
        value = checked.answer.verdict if output else checked.answer.answer
        grader = "none" if output else grader_of(passage.definition, item.domain)
        correct = meets(grader, value, _key(item, output))
        return _after(spec, now, Given(f"unit-{len(now.answers) + 1}", value, correct, now.number))

    def lasts(self, passage: Passage, spec: Spec) -> float:
        return 40.0 * (len(spec["items"]) + len(spec["outputs"]))

    def example(self, passage: Passage, spec: Spec, rng: Random) -> dict[str, Any]:
        now = _round(passage, spec)
        form = {"attempt": now.number, "number": len(now.answers) + 1}
        if now.over:
            return form
        key = _key(*now.units[len(now.answers)])
        return form | {
            "answer": key,
            "verdict": key,
            "difficulty": "50",
            "confidence": "50",
            "forecast": "yes",
        }


def _round(passage: Passage, spec: Spec) -> Round:
    given = passage.given(spec["name"])
    number = 1 + sum(one.question == READ for one in given)
    units = passage.practice(spec)
    known = {one.question: one for one in given if one.attempt == number and one.question != READ}
    names = [f"unit-{place}" for place in range(1, len(units) + 1)][: len(known)]
    if set(names) != set(known):
        raise Unfit
    answers = [known[name] for name in names]
    right = sum(bool(one.correct) for one in answers)
    return Round(number, units, answers, spec["pass_at"] is None or right >= spec["pass_at"])


def _after(spec: Spec, now: Round, given: Given) -> Taken:
    """Where the answer leads: to the next unit, to a page that sums up, or, failed too often, out."""
    last = len(now.answers) + 1 == len(now.units)
    passes = spec["pass_at"] is None or now.right + bool(given.correct) >= spec["pass_at"]
    if last and not passes and now.number >= spec["attempts"]:
        return Taken(answers=(given,), then=STOP, outcome=Enrolment.FAILED_CHECKS)
    if last and not spec["feedback"] and passes:
        return Taken(answers=(given,), then=NEXT)
    return Taken(answers=(given,), then=AGAIN)


def _read(now: Round) -> Given:
    return Given(READ, True, None, now.number)


def _expected(item: Item, output: Output | None) -> str:
    """The key in words: a verdict by its name, not by the value that is stored."""
    key = _key(item, output)
    return next((name for value, name, _ in verdict_choices() if output and value == key), key)


def _key(item: Item, output: Output | None) -> str:
    return output.check_answer if output else item.check_answer
