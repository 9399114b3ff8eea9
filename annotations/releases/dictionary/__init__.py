"""Every column of every table of a release, declared once: types, codebook and dictionary come from here."""

from __future__ import annotations

from collections.abc import Iterable

from annotations.releases.dictionary import answers, beyond, bundle, raters, reliability, results
from annotations.releases.dictionary.entry import Entry, TableEntry
from annotations.releases.formats import Column

__all__ = ["METRIC", "TABLES", "Entry", "TableEntry", "columns_of", "entry_of"]

METRIC = "metric_"
# In the order in which they are listed.
TABLES: dict[str, TableEntry] = (
    bundle.TABLES | results.TABLES | answers.TABLES | beyond.TABLES | reliability.TABLES
)
TABLES |= raters.TABLES


def entry_of(table: str, column: str) -> Entry:
    """Bundles may bring columns of their own; a result's column that is not declared is a mistake."""
    declared = TABLES[table].columns.get(column)
    if declared is not None:
        return declared
    if table not in bundle.TABLES:
        raise LookupError(f"The column {column} of {table} has no entry in the dictionary.")
    if table == "items" and column.startswith(METRIC):
        return bundle.metric(column.removeprefix(METRIC))
    return bundle.brought(column)


def columns_of(table: str, names: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column(name, entry_of(table, name).kind) for name in names)
