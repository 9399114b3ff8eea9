"""Studies that keep things until a day, and days that come."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

from annotations.core.clock import moved
from annotations.studies.models import RetentionDate
from annotations.studies.retention import today

IDENTITIES, ANSWERS = RetentionDate.WHAT


def day(after: int) -> str:
    return (today() + timedelta(days=after)).isoformat()


def kept(identities: int | None = 10, answers: int | None = 20):
    days = {IDENTITIES: identities, ANSWERS: answers}
    return {"retention": {what: after and day(after) for what, after in days.items()}}


@contextmanager
def days_later(days: int):
    with moved(timedelta(days=days)):
        yield
