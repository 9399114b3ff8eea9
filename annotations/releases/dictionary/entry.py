"""One column of one table, said in full."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.releases.formats import Kind

NEVER = "never blank"


@dataclass(frozen=True)
class Entry:
    """`missing` says what a blank means; `mark` and `formula` are given where the value is an estimate.

    A column that is `optional` is left out where all of it would be blank.
    """

    kind: Kind
    description: str
    unit: str = ""
    allowed: str = ""
    missing: str = NEVER
    mark: str = ""
    formula: str = ""
    optional: bool = False


@dataclass(frozen=True)
class TableEntry:
    """`people`: whether its values come from what participants answered."""

    description: str
    columns: dict[str, Entry]
    people: bool = False


def text(
    description: str, allowed: str = "", *, blank: str = NEVER, mark: str = "", optional: bool = False
) -> Entry:
    return Entry(Kind.TEXT, description, allowed=allowed, missing=blank, mark=mark, optional=optional)


def key(description: str, *, blank: str = NEVER) -> Entry:
    return Entry(Kind.TEXT, description, allowed="up to 200 characters", missing=blank)


def whole(description: str, allowed: str = "0 or more", *, unit: str = "", blank: str = NEVER) -> Entry:
    return Entry(Kind.WHOLE, description, unit, allowed, blank)


def count(description: str, *, blank: str = NEVER) -> Entry:
    return whole(description, unit="count", blank=blank)


def milliseconds(description: str, *, blank: str) -> Entry:
    return whole(description, unit="ms", blank=blank)


def flag(description: str, *, blank: str = NEVER) -> Entry:
    return Entry(Kind.FLAG, description, allowed="0 (no), 1 (yes)", missing=blank)


def number(
    description: str,
    unit: str = "",
    allowed: str = "any number",
    *,
    blank: str = NEVER,
    mark: str = "",
    formula: str = "",
) -> Entry:
    return Entry(Kind.NUMBER, description, unit, allowed, blank, mark, formula)


def points(description: str, *, blank: str = NEVER, mark: str = "", formula: str = "") -> Entry:
    return number(description, "points", "0 to 100", blank=blank, mark=mark, formula=formula)


def rate(description: str, *, blank: str = NEVER, mark: str, formula: str = "") -> Entry:
    return number(description, "rate", "0 to 1", blank=blank, mark=mark, formula=formula)
