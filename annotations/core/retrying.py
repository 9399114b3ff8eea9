"""Acts that the database may ask to be done again: it broke a deadlock, or could not serialise."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 6
# PostgreSQL: serialization_failure, deadlock_detected.
PASSING = ("40001", "40P01")


def retried(act: Callable[P, R]) -> Callable[P, R]:
    """Do the act again where the database undid it to break a deadlock.

    Locks have one order, so none is expected; this is for the one that was overlooked. For acts that
    open their own transaction: within somebody else's the error goes on to whoever opened it.
    """

    @wraps(act)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(TRIES):
            try:
                return act(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or attempt == TRIES - 1 or not _passes(error):
                    raise
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    return again


def _passes(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in PASSING
