"""The one clock. Tests move it; nothing else reads the time for what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

_shift = timedelta()


def now() -> datetime:
    return timezone.now() + _shift


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Let the clock of this process run ahead by `by`."""
    global _shift
    before = _shift
    _shift = before + by
    try:
        yield
    finally:
        _shift = before
