"""What the database of other processes holds, read past Django."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg


def rows(env: Mapping[str, str], statement: str) -> list[tuple[Any, ...]]:
    """The answer of one SQL statement in the database that `env` names."""
    url = env["DATABASE_URL"]
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as file:
            return file.execute(statement).fetchall()
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()
