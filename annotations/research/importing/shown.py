"""What the mapping page shows of a staged file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotations.catalogue.bundle.cells import as_text, is_blank
from annotations.catalogue.importing.checking import preview_rows
from annotations.catalogue.importing.columns import SHAPES
from annotations.catalogue.importing.mapping import Mapping, guessed, mark_of, read_mapping
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.importing.source import first_rows, header_of
from annotations.catalogue.importing.targets import Target
from annotations.catalogue.importing.values import ERROR
from annotations.catalogue.importing.wide import GRADES, Column
from annotations.catalogue.readers import RawRow
from annotations.core.problems import shown as quoted

# Rows that the preview is made of, and those in which the values of a column are looked up.
PREVIEWED, LOOKED_AT = 5, 2000
MOST_VALUES = 30
LONGEST_CELL = 300
OFTEN = {"grade", "reference", "metric", "item_id"}
MEANINGS = (("", "leave blank"), (ERROR, "an error"))


@dataclass(frozen=True)
class Value:
    raw: str
    rows: int
    meant: str


@dataclass(frozen=True)
class Field:
    """One line of the mapping form."""

    target: Target
    source: int | None
    constant: str
    values: list[Value] = field(default_factory=list)
    more_values: int = 0
    # Of the columns that the values stand in; where each system has one, no single column is asked for.
    mark: str = ""
    has_column: bool = True

    @property
    def stands_first(self) -> bool:
        """Needed, given, or such as most tables have."""
        given = self.source is not None or bool(self.constant) or bool(self.values)
        return given or self.target.needed or self.target.name in OFTEN

    @property
    def meanings(self) -> list[tuple[str, str]]:
        return [(choice, choice) for choice in self.target.choices] + list(MEANINGS)


@dataclass(frozen=True)
class Table:
    name: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class SystemColumn:
    """A column of a wide table that may be a system's."""

    place: int
    name: str
    sample: str
    role: str
    system: str


@dataclass(frozen=True)
class Page:
    """`faults` say what the mapping lacks before rows can be checked."""

    mapping: Mapping
    header: list[str]
    fields: list[Field]
    samples: list[tuple[str, str]]
    tables: list[Table]
    faults: list[str]
    systems: list[SystemColumn]

    @property
    def first(self) -> list[Field]:
        return [one for one in self.fields if one.stands_first]

    @property
    def further(self) -> list[Field]:
        return [one for one in self.fields if not one.stands_first]


def rows_of(upload: Upload) -> tuple[list[RawRow], list[str]]:
    """The first rows and the names of the columns. Raises Refusal where nothing can be read."""
    rows = first_rows(upload, LOOKED_AT)
    return rows, header_of(rows)


def first_mapping(upload: Upload) -> Mapping:
    """As the names of the columns suggest it."""
    return guessed(rows_of(upload)[1])


def page_of(upload: Upload) -> Page:
    rows, header = rows_of(upload)
    mapping = read_mapping(upload.mapping)
    return Page(
        mapping=mapping,
        header=header,
        fields=[_field(target, mapping, header, rows) for target in _asked(mapping)],
        samples=[(name, _sample(rows, name)) for name in header],
        tables=[
            Table(name, columns, [[cut(cell) for cell in row] for row in made])
            for name, columns, made in preview_rows(upload, mapping, rows[:PREVIEWED])
        ],
        faults=mapping.faults(header),
        systems=_systems(mapping, header, rows),
    )


def _asked(mapping: Mapping) -> list[Target]:
    """Of a wide table also what values its columns of grades mean."""
    graded = any(one.role == GRADES for one in mapping.columns)
    return [one for one in mapping.shape.targets if one in mapping.shape.asked or (graded and one.choices)]


def _systems(mapping: Mapping, header: Sequence[str], rows: Sequence[RawRow]) -> list[SystemColumn]:
    """Every column that is nothing else's."""
    if not mapping.shape.each:
        return []
    known = {one.column: one for one in mapping.columns}
    taken = set(mapping.sources.values()) - set(known)
    blank = Column("", "", "")
    return [
        SystemColumn(place, name, _sample(rows, name), one.role, one.system)
        for place, name in enumerate(header)
        if name not in taken and (one := known.get(name, blank))
    ]


def _field(target: Target, mapping: Mapping, header: Sequence[str], rows: Sequence[RawRow]) -> Field:
    source = mapping.sources.get(target.name)
    place = header.index(source) if source in header else None
    values: list[Value] = []
    more = 0
    each = target.name in mapping.shape.each
    columns = [one.column for one in mapping.columns if one.role == GRADES] if each else [source]
    if target.choices and any(columns):
        counts = Counter(
            as_text(row.cells[name]).strip()
            for row in rows
            for name in columns
            if name and not is_blank(row.cells.get(name))
        )
        values = [
            Value(raw, count, mapping.meant(target, raw)) for raw, count in counts.most_common(MOST_VALUES)
        ]
        more = len(counts) - len(values)
    mark = mark_of(target, mapping.sources, mapping.columns)
    return Field(target, place, mapping.constants.get(target.name, ""), values, more, mark, not each)


def _sample(rows: Sequence[RawRow], name: str) -> str:
    """The first cell with something in it."""
    cell: Any = next((row.cells[name] for row in rows if not is_blank(row.cells.get(name))), "")
    return quoted(as_text(cell)) if cell != "" else ""


def cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


SHAPE_CHOICES = [(shape.name, shape.label, shape.explanation) for shape in SHAPES.values()]
