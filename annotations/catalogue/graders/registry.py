"""Graders mark a participant's own answer against the reference answers of its item."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Grader = Callable[[str, Sequence[str]], bool | None]

GRADERS: dict[str, Grader] = {}


def register(name: str) -> Callable[[Grader], Grader]:
    def keep(grader: Grader) -> Grader:
        GRADERS[name] = grader
        return grader

    return keep


def grade_answer(grader: str, answer: str, references: Sequence[str]) -> bool | None:
    """Whether the answer is right; None where this grader cannot tell."""
    return GRADERS[grader](answer, references)


def meets(grader: str, answer: str, expected: str) -> bool:
    """Whether the answer to a check is the expected one: as the grader sees it, or letter by letter."""
    same = answer.strip().casefold() == expected.strip().casefold()
    return same or bool(grade_answer(grader, answer, [expected]))
