"""How alike a person's forms are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from annotations.responses.persons import Given

Form = tuple[str, float | None, float | None]


def forms_of(answers: Sequence[Given]) -> list[Form]:
    """What was filled in each time. A verdict alone is no form: where nearly all outputs are correct,
    whoever judges well says the same again and again."""
    return [
        (one.verdict, one.difficulty, one.confidence)
        for one in answers
        if one.difficulty is not None or one.confidence is not None
    ]


def most_common(forms: Sequence[Form]) -> int:
    """How often the form that comes most often does."""
    return max(Counter(forms).values(), default=0)


def longest_run(forms: Sequence[Form]) -> int:
    return max((len(list(group)) for _, group in groupby(forms)), default=0)
