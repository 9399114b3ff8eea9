"""The database with its own guards off: a control is to show what the code does, not what a constraint stops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def without_constraints(model: Any, *names: str) -> Iterator[None]:
    """PostgreSQL only. They come back as they were, for the rows that are written from then on."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        said = {}
        for name in names:
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND conrelid = %s::regclass",
                [name, table],
            )
            (said[name],) = cursor.fetchone()
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, definition in said.items():
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition} NOT VALID')
