"""An empty database after each test that committed something.

Django's flush names every table to the server, and then makes all content types and permissions anew: most of
the time that a small test takes. Here the tables that hold something are emptied, and those two are left.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

# They say which models there are, which no test changes.
LEFT = {"django_content_type", "auth_permission"}


def empty_database() -> None:
    """References are looked at when all of it is gone."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(full_tables())
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quote(table)}")


@cache
def full_tables() -> str:
    """The query that names the tables that hold something."""
    quote = connection.ops.quote_name
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - LEFT
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in sorted(tables)
    )


def empty_in_djangos_place() -> None:
    def teardown(case: Any) -> None:
        empty_database()

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]
