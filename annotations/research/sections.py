"""A part of the results page: a sentence, a small table, and where all of it stands."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.research.tables import Row, number


@dataclass(frozen=True)
class Section:
    """`lines` begin with a name; the other cells are as they are to be read. `table` names all of it."""

    key: str
    title: str
    sentence: str
    columns: list[str]
    lines: list[list[str]]
    method: str
    table: str


def share(row: Row, of: str = "rate") -> str:
    value = number(row[of])
    if value is None:
        return "\u2013"
    low, high = number(row["low"]), number(row["high"])
    ends = "" if low is None or high is None else f" ({100 * low:.0f}\u2013{100 * high:.0f})"
    return f"{100 * value:.0f}\u00a0%{ends}"


def hundred(row: Row | None, of: str = "rate") -> str:
    value = None if row is None else number(row[of])
    return "none can be told" if value is None else f"{100 * value:.0f}"
