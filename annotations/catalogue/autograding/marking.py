"""Marking: what a grader, told how, says of each output. Pure but for the process that runs the patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from annotations.catalogue.autograding import avoidance, taking
from annotations.catalogue.autograding.matching import SLOW, YES, Matcher, PatternFault
from annotations.catalogue.outputgraders import OUTPUT_GRADERS, Given, Marked, Option, Options, OutputGrader
from annotations.core.errors import Refusal

LONGEST_OPTION = 4_000
LONGEST_REASON = 200
# Outputs about which the process with the patterns is asked together.
AT_ONCE = 50


@dataclass(frozen=True)
class Told:
    """A grader with everything that it was told."""

    grader: OutputGrader
    options: Options

    @property
    def name(self) -> str:
        """Who graded, as it stands beside each grade: short, and the same for the same grading."""
        said = [
            f"{option.name} {value}"
            for option in (*self.grader.options, taking.TAKE, taking.MARKER)
            if (value := self.options.get(option.name, "")) != option.default and "\n" not in value
        ]
        how = f" ({', '.join(said)})" if said else ""
        return f"auto: {self.grader.name}{how}"[:200]


@dataclass(frozen=True)
class Text:
    """An output as it is graded."""

    output: int
    text: str
    references: tuple[str, ...]
    prompt: str


def options_of(grader: OutputGrader) -> list[Option]:
    """All that a grader can be told, in the order of the form."""
    return [taking.TAKE, taking.MARKER, *grader.options, avoidance.BLANK, *avoidance.options()]


def told(name: str, given: Options) -> Told:
    """Raises Refusal in words where the grader is unknown or cannot be told this."""
    grader = OUTPUT_GRADERS.get(name)
    if grader is None:
        raise Refusal("There is no such grader.")
    options: dict[str, str] = {}
    for option in options_of(grader):
        value = given.get(option.name, option.default).replace("\r\n", "\n").strip()[:LONGEST_OPTION]
        allowed = [choice for choice, _label in option.choices]
        options[option.name] = option.default if allowed and value not in allowed else value
    if reasons := taking.faults(options) + grader.faults(options):
        raise Refusal(" ".join(reasons))
    return Told(grader, options)


def mark_all(told: Told, texts: Iterable[Text]) -> Iterator[tuple[Text, Marked]]:
    """Raises Refusal where a pattern cannot be used."""
    own = [(name, told.options[name]) for name in told.grader.patterns if told.options.get(name)]
    avoiding = avoidance.patterns(told.options)
    try:
        with Matcher([pattern for _name, pattern in own + avoiding]) as matcher:
            remaining = iter(texts)
            while batch := list(islice(remaining, AT_ONCE)):
                asked = [(text.text, _references(told, text)) for text in batch]
                for text, found in zip(batch, matcher.match(asked), strict=True):
                    yield text, _mark(told, text, own, avoiding, found)
    except PatternFault as fault:
        raise Refusal(str(fault)) from fault


def _references(told: Told, text: Text) -> list[str]:
    return [taking.take_reference(one, told.options) for one in text.references]


def _mark(
    told: Told, text: Text, own: list[tuple[str, str]], avoiding: list[tuple[str, str]], found: list[int]
) -> Marked:
    if not text.text.strip():
        kind = told.options.get("blank", "")
        return Marked("avoidant", kind=kind) if kind else Marked(reason="it is blank")
    references = _references(told, text)
    taken, missing = taking.take(text.text, told.options)
    if SLOW in found:
        slow = (own + avoiding)[found.index(SLOW)][1]
        return Marked(reason=f"the pattern {slow} takes too long on it"[:LONGEST_REASON])
    matched = {name: answer == YES for (name, _), answer in zip(own, found, strict=False)}
    avoids = [one for one, answer in zip(avoiding, found[len(own) :], strict=True) if answer == YES]
    marked = Marked(reason=missing)
    if not missing or told.grader.patterns:
        marked = told.grader.mark(Given(taken, references, text.prompt, matched), told.options)
    return _weighed(marked, avoids)


def _weighed(marked: Marked, avoids: list[tuple[str, str]]) -> Marked:
    """An output that answers and seems to avoid the question as well is for people to judge."""
    if not avoids:
        return Marked(marked.grade, marked.reason[:LONGEST_REASON], marked.kind)
    kind, pattern = avoids[0]
    if marked.grade == "correct" or (marked.grade == "incorrect" and marked.found):
        reason = f"it has an answer, and looks avoidant ({kind}: {pattern})"
        return Marked(reason=reason[:LONGEST_REASON])
    if {one for one, _ in avoids} != {kind}:
        return Marked(reason="it looks avoidant in more than one way")
    return Marked("avoidant", kind=kind)
