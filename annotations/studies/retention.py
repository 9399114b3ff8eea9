"""The days until which versions promise to keep things: noted when they freeze, over when they come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from annotations.core import clock
from annotations.studies.models import RetentionDate, StudyVersion


def today() -> date:
    """In the time zone of the settings."""
    return timezone.localdate(clock.now(), timezone.get_default_timezone())


def note_dates(version: StudyVersion) -> None:
    """In the transaction that freezes the version, so that the schedule finds its days."""
    days = version.definition.get("retention") or {}
    RetentionDate.objects.bulk_create(
        RetentionDate(version=version, what=what, due=days[what])
        for what in RetentionDate.WHAT
        if days.get(what)
    )


def day_has_come(definition: Mapping[str, Any], what: str) -> bool:
    """Whether the day has come, of a definition as it is served."""
    day = definition["retention"][what]
    return bool(day) and date.fromisoformat(day) <= today()


def is_past(definition: Mapping[str, Any]) -> bool:
    """Whether a day has come after which nobody may begin, for what they give would go at once."""
    return any(day_has_come(definition, what) for what in RetentionDate.WHAT)
