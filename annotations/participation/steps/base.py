"""What a step is: a page to show, a form to take, and how long it lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from typing import Any

from annotations.participation.passage import Given, Passage, Spec

NEXT, AGAIN, STOP = "next", "again", "stop"
# Another tab answered the step while this one's form was read.
ELSEWHERE = "elsewhere"
FILES = (
    "comprehension", "debrief", "eligibility", "exit", "feedback", "honesty", "instructions", "practice",
    "questionnaire", "rest",
)  # fmt: skip


class Unfit(Exception):
    """What was answered is no answer to the step as it is now: a draft was edited meanwhile."""


@dataclass(frozen=True)
class Taken:
    """What becomes of a form: errors to mend, or answers to keep and where to go.

    `then`: the next step, the same again, or an end with the outcome `outcome`.
    """

    errors: dict[str, str] = field(default_factory=dict)
    answers: tuple[Given, ...] = ()
    then: str = NEXT
    outcome: str = ""


class Step:
    """One kind of step. Stateless: all it knows it reads from the passage and the step's settings."""

    template = ""
    seconds = 30.0

    def context(self, passage: Passage, spec: Spec, data: Mapping[str, Any], errors: dict[str, str]) -> Any:
        """What the template is given beyond what every page has."""
        raise NotImplementedError

    def take(self, passage: Passage, spec: Spec, data: Mapping[str, Any]) -> Taken:
        return Taken()

    def lasts(self, passage: Passage, spec: Spec) -> float:
        """About how many seconds people spend here."""
        return self.seconds

    def example(self, passage: Passage, spec: Spec, rng: Random) -> dict[str, Any]:
        """A form that a simulated person sends."""
        return {}


_steps: dict[str, Step] = {}


def register(kind: str) -> Callable[[type[Step]], type[Step]]:
    def add(step: type[Step]) -> type[Step]:
        _steps[kind] = step()
        return step

    return add


def get(kind: str) -> Step:
    if kind not in _steps:  # another thread may be half way through
        for name in FILES:
            import_module(f"annotations.participation.steps.{name}")
    return _steps[kind]
