"""The one code path by which a scarce thing changes hands, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

from django.db import models


def swap(rows: models.QuerySet[Any], /, **changes: Any) -> bool:
    """Compare and swap: change the one row that still is as `rows` says, or change nothing.

    The filter is the comparison. Two processes may both have read a place as free; the database runs
    their updates one after the other, and the second finds no row that fits.
    """
    return rows.update(**changes) == 1
