"""How the columns of one file are to be understood: what the mapping page makes and a check is done with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import rfc8785

from annotations.catalogue.importing.columns import SHAPES, Shape, guess_shape, guess_sources
from annotations.catalogue.importing.targets import Target
from annotations.catalogue.importing.values import ERROR, guess_value

LONGEST_CONSTANT = 1_000


@dataclass(frozen=True)
class Mapping:
    """`sources` gives a column of the file to a target, `constants` one value for all rows; `values` says by
    target what each value in the file means. With `keep`, columns that nothing is made of are kept as meta.
    """

    shape: Shape
    sources: Dict[str, str] = field(default_factory=dict)
    constants: Dict[str, str] = field(default_factory=dict)
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)
    keep: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "table": self.shape.name,
            "sources": dict(self.sources),
            "constants": dict(self.constants),
            "values": {name: dict(values) for name, values in self.values.items()},
            "keep": self.keep,
        }

    def digest(self) -> str:
        return hashlib.sha256(rfc8785.dumps(self.as_dict())).hexdigest()

    def meant(self, target: Target, value: str) -> str:
        """What a value of a column with choices means; ERROR where nobody said."""
        said = self.values.get(target.name, {}).get(value.strip())
        return guess_value(value, target.choices) if said is None else said

    def faults(self, header: Sequence[str]) -> list[str]:
        """What is missing before a row can be looked at, in words."""
        found = []
        for target in self.shape.targets:
            source = self.sources.get(target.name)
            if source is not None and source not in header:
                found.append(f"{target.label}: the file has no column {source!r}.")
            elif target.needed and source is None and not self.constants.get(target.name):
                otherwise = ", or give one value for all rows" if target.may_be_one else ""
                found.append(f"{target.label}: choose its column{otherwise}.")
        for name, choice in self.constants.items():
            choices = self.shape.target(name).choices
            if choices and choice not in choices:
                found.append(f"{self.shape.target(name).label}: {choice!r} is none of {', '.join(choices)}.")
        return found

    def column_of(self, target: Target) -> str:
        """Where a fault of the target is to be looked for."""
        if source := self.sources.get(target.name):
            return source
        if target.name in self.constants:
            return f"{target.name} (one value for all rows)"
        return f"{target.name} (made from the content)" if target.generated else target.name


def guessed(header: Sequence[str], shape: str = "") -> Mapping:
    found = SHAPES[shape or guess_shape(header)]
    return Mapping(shape=found, sources=guess_sources(found, header))


def read_mapping(stored: Dict[str, Any]) -> Mapping:
    return Mapping(
        shape=SHAPES[stored["table"]],
        sources=stored["sources"],
        constants=stored["constants"],
        values=stored["values"],
        keep=stored["keep"],
    )


def mapping_of_form(data: Dict[str, str], header: Sequence[str]) -> Mapping:
    """Of the fields `from-…`, `constant-…`, `raw-…-n` with `value-…-n`; what is unknown is left out."""
    shape = SHAPES.get(data.get("table", "")) or SHAPES[guess_shape(header)]
    sources, constants, values = {}, {}, {}
    for target in shape.targets:
        place = data.get(f"from-{target.name}", "")
        if place.isascii() and place.isdigit() and len(place) < 6 and int(place) < len(header):
            sources[target.name] = header[int(place)]
        elif target.may_be_one and (
            constant := data.get(f"constant-{target.name}", "").replace("\0", "").strip()[:LONGEST_CONSTANT]
        ):
            constants[target.name] = constant
        if target.choices and target.name in sources:
            values[target.name] = _values(data, target)
    return Mapping(shape, sources, constants, values, keep=data.get("keep") == "1")


def _values(data: Dict[str, str], target: Target) -> dict[str, str]:
    """Only what differs from the guess, so that a value that was never shown is guessed too."""
    found: dict[str, str] = {}
    number = 0
    while (raw := data.get(f"raw-{target.name}-{number}")) is not None:
        meant = data.get(f"value-{target.name}-{number}", ERROR)
        if meant in (*target.choices, "", ERROR) and data.get(f"of-{target.name}") == _mark(data, target):
            found[raw] = meant
        number += 1
    return found


def _mark(data: Dict[str, str], target: Target) -> str:
    """Values that were shown for another column say nothing of this one."""
    return data.get(f"from-{target.name}", "")
