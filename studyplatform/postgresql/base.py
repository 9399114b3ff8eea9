"""The database engine that the settings name for PostgreSQL; Django looks for `DatabaseWrapper` here."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from studyplatform.postgresql.watching import WatchedConnection


class _Psycopg:
    """psycopg, whose connections are ours."""

    connect = staticmethod(WatchedConnection.connect)

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    Database: Any = _Psycopg()
