"""Wide tables: one row an item, and of each system a column with its outputs, perhaps another with grades."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from annotations.core.problems import shown

OUTPUTS, GRADES = "text", "grade"
# What a column is called beside its system's name, as in `gpt answer`, `grade_gpt` or `gpt (score)`.
WORDS = {
    OUTPUTS: "model_output|model_response|output|response|completion|generation|prediction|reply|answer",
    GRADES: "is_correct|correctness|correct|grade|label|score|judgement|judgment|verdict|accuracy|acc",
}
LONGEST_NAME = 200


@dataclass(frozen=True)
class Column:
    """What a column of the file holds of which system."""

    column: str
    role: str
    system: str

    def as_dict(self) -> dict[str, str]:
        return {"column": self.column, "role": self.role, "system": self.system}


@dataclass(frozen=True)
class OfSystem:
    """A system with its columns; `grade` is blank where it has none."""

    name: str
    text: str
    grade: str = ""


def systems_of(columns: Sequence[Column]) -> list[OfSystem]:
    """Those with outputs, in the order of the file."""
    grades = {one.system: one.column for one in columns if one.role == GRADES}
    return [
        OfSystem(one.system, one.column, grades.get(one.system, "")) for one in columns if one.role == OUTPUTS
    ]


def column_faults(columns: Sequence[Column], header: Sequence[str]) -> Iterator[str]:
    """What the columns of the systems lack, in words."""
    if not any(one.role == OUTPUTS for one in columns):
        yield "Systems: say which columns hold outputs, and of which systems."
    seen: set[tuple[str, str]] = set()
    texts = {one.system for one in columns if one.role == OUTPUTS}
    for one in columns:
        where = f"Column {shown(one.column)}"
        if one.column not in header:
            yield f"{where}: the file has none of this name."
        if not one.system:
            yield f"{where}: name its system."
        elif (one.role, one.system) in seen:
            yield f"{where}: {shown(one.system)} has another column for the same; keep one of them."
        elif one.role == GRADES and one.system not in texts:
            yield f"{where}: grades of {shown(one.system)}, which has no column of outputs; give it one."
        seen.add((one.role, one.system))


def guess_columns(header: Sequence[str], taken: Mapping[str, str]) -> list[Column]:
    """What the columns that are no item's most likely hold, by their names alone."""
    free = [name for name in header if name not in taken.values() and not name.startswith("metric_")]
    named = [Column(name, *found) for name in free if (found := _named(name))]
    graded = {_folded(one.system): one.system for one in named if one.role == GRADES}
    texts = {_folded(one.system) for one in named if one.role == OUTPUTS}
    # A column that is called as a system alone holds its outputs, if another has the grades of that system.
    bare = [
        Column(name, OUTPUTS, graded[key])
        for name in free
        if (key := _folded(name)) in graded and key not in texts
    ]
    places = {name: place for place, name in enumerate(header)}
    return sorted([*named, *bare], key=lambda one: places[one.column])


def _named(name: str) -> tuple[str, str] | None:
    for role, words in WORDS.items():
        for pattern in (rf"(.+?)[\s_:./-]+\(?(?:{words})\)?", rf"(?:{words})[\s_:./-]+(.+)"):
            if found := re.fullmatch(pattern, name.strip(), re.IGNORECASE):
                return role, found[1].strip()
    return None


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def columns_of_form(data: Mapping[str, str], header: Sequence[str]) -> tuple[Column, ...]:
    """Of the fields `role-n` and `of-system-n`, n the place of a column."""
    return tuple(
        Column(name, role, data.get(f"of-system-{place}", "").replace("\0", "").strip()[:LONGEST_NAME])
        for place, name in enumerate(header)
        if (role := data.get(f"role-{place}", "")) in WORDS
    )
