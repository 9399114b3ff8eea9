"""Graders of outputs: each says whether one output is right, or why it cannot tell. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Options = Mapping[str, str]


@dataclass(frozen=True)
class Marked:
    """`grade` is "" where the output was not understood, and `reason` says why. `found`: an answer was
    there to be judged, so that a text which also looks like a refusal is not one for certain.
    """

    grade: str = ""
    reason: str = ""
    kind: str = ""
    found: bool = True


@dataclass(frozen=True)
class Option:
    """What a grader can be told. With `choices` it is one of them."""

    name: str
    label: str
    hint: str = ""
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Given:
    """What is graded. `text` is the part of the output in which the answer stands; `matched` says of the
    grader's patterns, by name, whether they were found in the output.
    """

    text: str
    references: Sequence[str]
    prompt: str = ""
    matched: Mapping[str, bool] = field(default_factory=dict)


Mark = Callable[[Given, Options], Marked]
Check = Callable[[Options], list[str]]


def nothing_wrong(options: Options) -> list[str]:
    return []


@dataclass(frozen=True)
class OutputGrader:
    """`patterns` names the options that are regular expressions, which run where they cannot hang."""

    name: str
    label: str
    explanation: str
    options: tuple[Option, ...]
    mark: Mark
    patterns: tuple[str, ...] = ()
    faults: Check = nothing_wrong


OUTPUT_GRADERS: dict[str, OutputGrader] = {}


def register(grader: OutputGrader) -> OutputGrader:
    OUTPUT_GRADERS[grader.name] = grader
    return grader


def not_understood(reason: str) -> Marked:
    return Marked(reason=reason)
