"""How the columns of one file are to be understood: what the mapping page makes and a check is done with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import rfc8785

from annotations.catalogue.importing.columns import SHAPES, Shape, guess_shape, guess_sources, guess_wide
from annotations.catalogue.importing.targets import Target
from annotations.catalogue.importing.values import ERROR, guess_value
from annotations.catalogue.importing.wide import GRADES, Column, column_faults, columns_of_form, systems_of

LONGEST_CONSTANT = 1_000


@dataclass(frozen=True)
class Mapping:
    """`sources` gives a column of the file to a target, `constants` one value for all rows; `values` says by
    target what each value in the file means. With `keep`, columns that nothing is made of are kept as meta.
    `columns` are those of the systems in a wide table, which is read as often as it has systems: `parts` are
    the mappings of each, and `stride` is how many there are.
    """

    shape: Shape
    sources: Dict[str, str] = field(default_factory=dict)
    constants: Dict[str, str] = field(default_factory=dict)
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)
    keep: bool = True
    columns: tuple[Column, ...] = ()
    stride: int = 1

    @property
    def parts(self) -> list[Mapping]:
        systems = systems_of(self.columns)
        return [
            replace(
                self,
                sources={**self.sources, "text": one.text, **({"grade": one.grade} if one.grade else {})},
                constants={**self.constants, "system": one.name},
                stride=len(systems),
            )
            for one in systems
        ] or [self]

    def line_of(self, position: int) -> int:
        """The line of the file on which the row stands that is the `position`-th when all parts are read."""
        return (position - 1) // self.stride + 1

    @property
    def used(self) -> set[str]:
        return {*self.sources.values(), *(one.column for one in self.columns)}

    def as_dict(self) -> dict[str, Any]:
        return {
            "table": self.shape.name,
            "sources": dict(self.sources),
            "constants": dict(self.constants),
            "values": {name: dict(values) for name, values in self.values.items()},
            "keep": self.keep,
            "columns": [one.as_dict() for one in self.columns],
        }

    def digest(self) -> str:
        return hashlib.sha256(rfc8785.dumps(self.as_dict())).hexdigest()

    def meant(self, target: Target, value: str) -> str:
        """What a value of a column with choices means; ERROR where nobody said."""
        said = self.values.get(target.name, {}).get(value.strip())
        return guess_value(value, target.choices) if said is None else said

    def faults(self, header: Sequence[str]) -> list[str]:
        """What is missing before a row can be looked at, in words."""
        found = list(column_faults(self.columns, header)) if self.shape.each else []
        for target in self.shape.asked:
            source = self.sources.get(target.name)
            if source is not None and source not in header:
                found.append(f"{target.label}: the file has no column {source!r}.")
            elif target.needed and source is None and not self.constants.get(target.name):
                otherwise = ", or give one value for all rows" if target.may_be_one else ""
                found.append(f"{target.label}: choose its column{otherwise}.")
        if self.shape.name == "grades" and not self._names_outputs():
            found.append("Output id: choose its column, or those of item and system.")
        for name, choice in self.constants.items():
            choices = self.shape.target(name).choices
            if choices and choice not in choices:
                found.append(f"{self.shape.target(name).label}: {choice!r} is none of {', '.join(choices)}.")
        return found

    def _names_outputs(self) -> bool:
        given = {*self.sources, *(name for name, value in self.constants.items() if value)}
        return "output_id" in given or {"item_id", "system"} <= given

    def column_of(self, target: Target) -> str:
        """Where a fault of the target is to be looked for."""
        if source := self.sources.get(target.name):
            return source
        if target.name in self.constants:
            return f"{target.name} (one value for all rows)"
        return f"{target.name} (made from the content)" if target.generated else target.name


def guessed(header: Sequence[str], shape: str = "") -> Mapping:
    found = SHAPES[shape or guess_shape(header)]
    columns = tuple(guess_wide(header)) if found.each else ()
    return Mapping(shape=found, sources=guess_sources(found, header), columns=columns)


def read_mapping(stored: Dict[str, Any]) -> Mapping:
    return Mapping(
        shape=SHAPES[stored["table"]],
        sources=stored["sources"],
        constants=stored["constants"],
        values=stored["values"],
        keep=stored["keep"],
        columns=tuple(Column(**one) for one in stored.get("columns", ())),
    )


def mapping_of_form(data: Dict[str, str], header: Sequence[str]) -> Mapping:
    """Of the fields `from-…`, `constant-…`, `raw-…-n` with `value-…-n`; what is unknown is left out."""
    shape = SHAPES.get(data.get("table", "")) or SHAPES[guess_shape(header)]
    sources, constants, values = {}, {}, {}
    columns = columns_of_form(data, header) if shape.each else ()
    graded = {"grade"} if any(one.role == GRADES for one in columns) else set()
    for target in shape.targets:
        place = data.get(f"from-{target.name}", "")
        if place.isascii() and place.isdigit() and len(place) < 6 and int(place) < len(header):
            sources[target.name] = header[int(place)]
        elif (target.may_be_one and target.name not in shape.each) and (
            constant := data.get(f"constant-{target.name}", "").replace("\0", "").strip()[:LONGEST_CONSTANT]
        ):
            constants[target.name] = constant
        if target.choices and target.name in {*sources, *graded}:
            values[target.name] = _values(data, target, mark_of(target, sources, columns))
    return Mapping(shape, sources, constants, values, keep=data.get("keep") == "1", columns=columns)


def _values(data: Dict[str, str], target: Target, mark: str) -> dict[str, str]:
    """Only what differs from the guess, so that a value that was never shown is guessed too."""
    found: dict[str, str] = {}
    number = 0
    while (raw := data.get(f"raw-{target.name}-{number}")) is not None:
        meant = data.get(f"value-{target.name}-{number}", ERROR)
        if meant in (*target.choices, "", ERROR) and data.get(f"of-{target.name}") == mark:
            found[raw] = meant
        number += 1
    return found


def mark_of(target: Target, sources: Dict[str, str], columns: Sequence[Column]) -> str:
    """Which columns values were shown for: of another column they say nothing."""
    names = (
        [sources[target.name]] if target.name in sources else [o.column for o in columns if o.role == GRADES]
    )
    return hashlib.sha256(rfc8785.dumps([*names])).hexdigest()[:16]
