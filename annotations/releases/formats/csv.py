"""Comma-separated values as the reader of bundles takes them: UTF-8, a header, lines ended by a line feed.

Written by hand: the csv module of some Pythons leaves a bare carriage return unquoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotations.releases.formats.registry import Batch, Column, Kind, register

TO_BE_QUOTED = re.compile('[",\r\n]')


@register(".csv")
class CsvFile:
    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self._kinds = [column.kind for column in columns]
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(lines([[column.name] for column in columns]))

    def write(self, batch: Batch) -> None:
        self._file.write(
            lines([written(kind, values) for kind, values in zip(self._kinds, batch, strict=True)])
        )

    def close(self) -> None:
        self._file.close()


def written(kind: Kind, values: list[Any]) -> list[str]:
    """A column's values as text; nothing for what is missing."""
    if kind is Kind.TEXT:
        return [value or "" for value in values]
    if kind is Kind.NUMBER:
        return ["" if value is None else f"{value:.10g}" for value in values]
    return ["" if value is None else str(value) for value in values]


def lines(columns: Iterable[list[str]]) -> str:
    rows = zip(*(quoted(texts) for texts in columns), strict=True)
    return "\n".join([*map(",".join, rows), ""])


def quoted(texts: list[str]) -> list[str]:
    # One search over the whole column: hardly any has something to quote.
    if not TO_BE_QUOTED.search("".join(texts)):
        return texts
    return ['"' + text.replace('"', '""') + '"' if TO_BE_QUOTED.search(text) else text for text in texts]
