"""Comma-separated values as the reader of bundles takes them: UTF-8, a header, lines ended by a line feed.

Written by hand: the csv module of some Pythons leaves a bare carriage return unquoted.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from annotations.releases.formats.registry import Table, register

TO_BE_QUOTED = re.compile('[",\r\n]')


@register(".csv")
def write_csv(path: Path, table: Table) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(line(table.columns))
        for row in table.rows:
            file.write(line(row))
            count += 1
    return count


def line(cells: tuple[Any, ...]) -> str:
    return ",".join(quoted(cell(value)) for value in cells) + "\n"


def cell(value: Any) -> str:
    """One value as text: booleans 0 or 1, floats with 10 significant digits, nothing for what is missing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value + 0.0:.10g}" if math.isfinite(value) else ""
    return str(value)


def quoted(text: str) -> str:
    if not TO_BE_QUOTED.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'
