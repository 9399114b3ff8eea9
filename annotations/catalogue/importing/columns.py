"""What a table from elsewhere can be, and what its columns most likely mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from annotations.catalogue.importing.targets import (
    DOMAIN,
    GRADE,
    GRADER,
    ITEM_ID,
    ITEM_REST,
    KIND,
    OUTPUT_ID,
    OUTPUT_REST,
    PROMPT,
    SYSTEM,
    SYSTEM_REST,
    TEMPLATE,
    TEMPLATE_REST,
    Target,
)
from annotations.catalogue.importing.wide import Column, guess_columns, systems_of


@dataclass(frozen=True)
class Shape:
    """One kind of table, as people bring it."""

    name: str
    label: str
    explanation: str
    targets: tuple[Target, ...]
    # Targets that each system has a column of its own for, so that none is asked for all.
    each: frozenset[str] = frozenset()

    @property
    def asked(self) -> list[Target]:
        return [one for one in self.targets if one.name not in self.each]

    def target(self, name: str) -> Target:
        return next(one for one in self.targets if one.name == name)


SHAPES: Mapping[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape(
            "flat",
            "Outputs with their items and systems",
            "One row is one output, with its prompt and its system.",
            (
                PROMPT,
                SYSTEM,
                *OUTPUT_REST[:1],
                GRADE,
                DOMAIN,
                *ITEM_REST[:2],
                ITEM_ID,
                OUTPUT_ID,
                KIND,
                GRADER,
                *OUTPUT_REST[1:2],
                *OUTPUT_REST[5:],
                ITEM_REST[2],
                TEMPLATE,
                *TEMPLATE_REST[:1],
                *SYSTEM_REST,
            ),
        ),
        Shape(
            "wide",
            "Items with a column for each system",
            "One row is one item; each system has a column of outputs, and perhaps one of grades.",
            (
                PROMPT,
                DOMAIN,
                *ITEM_REST[:2],
                ITEM_ID,
                SYSTEM,
                OUTPUT_REST[0],
                GRADE,
                GRADER,
                TEMPLATE,
                ITEM_REST[2],
            ),
            each=frozenset({"system", "text", "grade"}),
        ),
        Shape("items", "Items", "One row is one item.", (PROMPT, DOMAIN, *ITEM_REST, ITEM_ID)),
        Shape(
            "outputs",
            "Outputs of items that are here",
            "One row is one output; it names its item.",
            (
                replace(ITEM_ID, table="outputs", needed=True, generated=False, hint=""),
                SYSTEM,
                *OUTPUT_REST,
                OUTPUT_ID,
                TEMPLATE,
            ),
        ),
        Shape("systems", "Systems", "One row is one system.", (SYSTEM, *SYSTEM_REST)),
        Shape(
            "templates",
            "Templates",
            "One row is one phrasing.",
            (
                replace(TEMPLATE, table="templates", needed=True),
                replace(TEMPLATE_REST[0], table="templates", synonyms=("text", "template_text", "phrasing")),
                replace(DOMAIN, table="templates", needed=False),
                TEMPLATE_REST[1],
            ),
        ),
        Shape(
            "grades",
            "Grades of outputs that are here",
            "One row grades one output, by id or by item and system; earlier grades are kept as revisions.",
            (
                replace(OUTPUT_ID, table="grades", generated=False, hint="or item and system"),
                replace(ITEM_ID, table="grades", generated=False, hint="where there is no output id"),
                replace(SYSTEM, table="grades", needed=False, hint="where there is no output id"),
                replace(TEMPLATE, table="grades", hint="where a system answered under several"),
                replace(GRADE, table="grades", needed=True),
                replace(KIND, table="grades"),
                replace(GRADER, table="grades", needed=True),
            ),
        ),
    )
}


def folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")


def guess_sources(shape: Shape, header: Sequence[str]) -> dict[str, str]:
    """By target the column of the file that it most likely is; each column once."""
    by_folded = {folded(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    claims = [
        (rank, place, target.name, by_folded[synonym])
        for place, target in enumerate(shape.asked)
        for rank, synonym in enumerate((folded(target.name), *target.synonyms))
        if synonym in by_folded
    ]
    taken: set[str] = set()
    # The best names first: "answer" is the output only where nothing else is.
    for _rank, _place, name, column in sorted(claims):
        if name not in found and column not in taken:
            found[name] = column
            taken.add(column)
    return found


def guess_wide(header: Sequence[str]) -> list[Column]:
    """The columns of the systems, as far as their names tell them."""
    return guess_columns(header, guess_sources(SHAPES["wide"], header))


def guess_shape(header: Sequence[str]) -> str:
    """Which kind of table it is, by the columns that are found in it."""
    flat = guess_sources(SHAPES["flat"], header)
    if "prompt" in flat and "system" not in flat and len(systems_of(guess_wide(header))) > 1:
        return "wide"
    if "text" in flat and "prompt" in flat:
        return "flat"
    names = {folded(name) for name in header}
    if {"item_id", "system", "grade"} <= set(flat) and not {"text", "prompt"} & set(flat):
        return "grades"
    if "output_id" in names and "grade" in names:
        return "grades" if "text" not in flat and "item_id" not in names else "outputs"
    if "text" in flat and "item_id" in flat and "system" in flat:
        return "outputs"
    if "prompt" in flat:
        return "items"
    if "template" in names:
        return "templates"
    return "systems" if "system" in flat else "flat"
