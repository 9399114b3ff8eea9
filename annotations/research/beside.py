"""Answers to the steps that are no units, as one table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from annotations.responses.models import StepAnswer
from annotations.responses.questions import as_text
from annotations.studies.models import Study

COLUMNS = ("participant_id", "condition", "step", "question", "attempt", "value", "correct", "answered_at")
FORMULA = tuple("=+-@\t\r")


def step_answer_lines(study: Study) -> Iterator[str]:
    """CSV, a line at a time, in the order of people and of what they answered."""
    yield _line(COLUMNS)
    rows = StepAnswer.objects.filter(enrolment__batch__study=study).order_by("enrolment_id", "pk")
    values = rows.values_list(
        "enrolment__participant__key", "enrolment__condition", "step", "question", "attempt", "value",
        "correct", "created_at",
    )  # fmt: skip
    for *about, value, correct, at in values.iterator():
        text = as_text(value) if isinstance(value, str | float | list) else str(value)
        if text[:1] in FORMULA and not isinstance(value, float):
            text = f"'{text}"  # no spreadsheet may take what a stranger wrote for a formula
        marked = "" if correct is None else int(correct)
        yield _line((*about, text, marked, at.isoformat(timespec="seconds")))


def _line(cells: tuple[object, ...]) -> str:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
