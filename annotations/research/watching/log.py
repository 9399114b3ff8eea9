"""The audit log of a study: who did what, and when."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from annotations.core.models import AuditEntry
from annotations.research.beside import FORMULA
from annotations.studies.models import Study

FILTERS = ("actor", "action", "since", "until")
COLUMNS = ("at", "actor", "action", "details")
CHOICES = 200


def entries_of(study: Study, chosen: Mapping[str, str]) -> QuerySet[AuditEntry]:
    """The last ones first. Days are those of the reader's time zone, both included."""
    rows = AuditEntry.objects.filter(subject=study.slug)
    if text := chosen.get("actor"):
        rows = rows.filter(actor=text)
    if text := chosen.get("action"):
        rows = rows.filter(action=text)
    if day := _day(chosen.get("since", "")):
        rows = rows.filter(at__gte=_midnight(day))
    if day := _day(chosen.get("until", "")):
        rows = rows.filter(at__lt=_midnight(day + timedelta(days=1)))
    return rows.order_by("-pk")


def choices_of(study: Study) -> tuple[list[str], list[str]]:
    """Who acted, and how, as far as a list can hold it. One query."""
    rows = AuditEntry.objects.filter(subject=study.slug).order_by()
    pairs = list(rows.values_list("actor", "action").distinct()[: CHOICES * CHOICES])
    actors, actions = {actor for actor, _ in pairs}, {action for _, action in pairs}
    return sorted(actors)[:CHOICES], sorted(actions)[:CHOICES]


def told(details: Mapping[str, Any]) -> str:
    """The details as words."""
    return "; ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in details.items())


def log_lines(rows: QuerySet[AuditEntry]) -> Iterator[str]:
    """CSV, a line at a time."""
    yield _line(COLUMNS)
    for one in rows.iterator(chunk_size=1_000):
        yield _line((one.at.isoformat(timespec="seconds"), one.actor, one.action, told(one.details)))


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    return "none" if value is None else str(value)


def _line(cells: tuple[str, ...]) -> str:
    out = StringIO()
    # No spreadsheet may take what somebody wrote for a formula.
    csv.writer(out).writerow([f"'{cell}" if cell[:1] in FORMULA else cell for cell in cells])
    return out.getvalue()


def _day(text: str) -> date | None:
    """Of the first and the last year there are, a day may have no midnight in another time zone."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day and 1 < day.year < 9999 else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
