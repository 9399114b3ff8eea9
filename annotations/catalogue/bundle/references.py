"""What rows say about other rows: ids given once, ids that have to exist, answers that replace answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from annotations.catalogue.bundle import rows
from annotations.catalogue.bundle.collection import Declared, Existing
from annotations.catalogue.bundle.images import Images
from annotations.catalogue.bundle.index import Index
from annotations.catalogue.bundle.tables import TABLES, Fault
from annotations.core.problems import listing, near_miss, shown

NOUNS = {"items": "item", "systems": "system", "templates": "template", "outputs": "output"}
FEW = 200
# Bytes that stand for one participant and unit; nothing stands for those of a response whose row is bad.
UNIT = 16
UNREAD = bytes(UNIT)
# Line of a key; of an output also its item, and whether it has a grade.
Place = tuple[int, str, bool]


@dataclass
class Ids:
    """Keys of one table: the place of each in the bundle, and those the collection has already."""

    table: str
    loaded: Collection[str] = ()
    places: Index[Place] = field(default_factory=lambda: Index(3))
    # How many of the bundle's keys the collection has already.
    already: int = 0
    # How many it has with other content.
    conflicts: int = 0
    # Rows that could not be read may hold any id, so nothing is called unknown then.
    whole: bool = True

    def unknown(self, column: str, key: str | None) -> Iterator[Fault]:
        if key is None or not self.whole or key in self.places or key in self.loaded:
            return
        few = len(self.places) + len(self.loaded) <= FEW
        hint = near_miss(key, [*self.places, *self.loaded]) if few else ""
        yield column, f"there is no {NOUNS[self.table]} {shown(key)}{hint}"


class References:
    """Remembers ids, never rows, while the tables pass by in the order in which they refer to each other."""

    def __init__(self, declared: Declared, existing: Existing, images: Images) -> None:
        self.images = images
        self.declared = declared
        self.existing = existing
        self.ids = {
            "items": Ids("items", existing.item_keys()),
            "systems": Ids("systems", existing.system_names()),
            "templates": Ids("templates", existing.template_names()),
            "outputs": Ids("outputs", existing.output_keys()),
        }
        # Lines.
        self.people: Index[tuple[int]] = Index()
        self.gradings: Index[tuple[int]] = Index()
        # The participant and unit of each response, in the order of the rows.
        self.answered = bytearray()
        self.superseded: set[int] = set()
        self.checks = 0
        self.faults_of: dict[type[rows.Row], Callable[[Any], Iterator[Fault]]] = {
            rows.ItemRow: self.item_faults,
            rows.SystemRow: lambda row: self.once("systems", row.system, row),
            rows.TemplateRow: self.template_faults,
            rows.OutputRow: self.output_faults,
            rows.GradeRow: self.grade_faults,
            rows.ParticipantRow: self.participant_faults,
            rows.ResponseRow: self.response_faults,
        }

    def faults(self, row: rows.Row) -> Iterator[Fault]:
        return self.faults_of[type(row)](row)

    def item_faults(self, row: rows.ItemRow) -> Iterator[Fault]:
        yield from self.images.describe(row)
        yield from self.once("items", row.item_id, row)
        yield from self.declared_domain(row.domain)
        self.checks += row.check is not None

    def template_faults(self, row: rows.TemplateRow) -> Iterator[Fault]:
        yield from self.once("templates", row.template, row)
        yield from self.declared_domain(row.domain)

    def participant_faults(self, row: rows.ParticipantRow) -> Iterator[Fault]:
        (first,) = self.people.setdefault(row.participant_id, (row.line,))
        if first != row.line:
            yield "participant_id", repeated(row.participant_id, first)

    def once(
        self, table: str, key: str, row: rows.Row, item: str = "", graded: bool = False
    ) -> Iterator[Fault]:
        ids = self.ids[table]
        first, *_ = ids.places.setdefault(key, (row.line, item, graded))
        if first != row.line:
            yield TABLES[table].key, repeated(key, first)
        elif key in ids.loaded:
            ids.already += 1
            if self.existing.digest_of(table, key) != row.digest():
                ids.conflicts += 1
                what = f"{NOUNS[table]} {shown(key)}"
                yield TABLES[table].key, f"{what} is in the collection already, with other content"

    def declared_domain(self, domain: str | None) -> Iterator[Fault]:
        yield from undeclared("domain", domain, self.declared.domains, "domain")

    def output_faults(self, row: rows.OutputRow) -> Iterator[Fault]:
        yield from self.once("outputs", row.output_id, row, row.item_id, row.grade is not None)
        yield from self.ids["items"].unknown("item_id", row.item_id)
        yield from self.ids["systems"].unknown("system", row.system)
        yield from self.ids["templates"].unknown("template", row.template)
        self.checks += row.check is not None

    def grade_faults(self, row: rows.GradeRow) -> Iterator[Fault]:
        yield from self.ids["outputs"].unknown("output_id", row.output_id)
        if row.revision is None:
            return
        first = ""
        output = self.ids["outputs"].places.get(row.output_id)
        if row.revision == 1 and output and output[2]:
            first = f"the outputs table, line {output[0]}"
        else:
            (line,) = self.gradings.setdefault(f"{row.revision} {row.output_id}", (row.line,))
            first = f"line {line}" if line != row.line else ""
        if first:
            yield "revision", f"revision {row.revision} of {shown(row.output_id)} stands on {first} already"

    def response_faults(self, row: rows.ResponseRow) -> Iterator[Fault]:
        if row.item_id is not None:
            yield from self.ids["items"].unknown("item_id", row.item_id)
        if row.output_id is not None:
            yield from self.judged_faults(row, row.output_id)
        if row.batch is not None and not self.declared.batches:
            yield "batch", f"there is no batch {shown(row.batch)}: study.yaml declares none"
        if row.batch is not None:
            yield from undeclared("batch", row.batch, self.declared.batches, "batch")
        if row.condition is not None:
            yield from undeclared("condition", row.condition, self.declared.conditions, "condition")
        yield from self.supersession_faults(row)

    def judged_faults(self, row: rows.ResponseRow, output: str) -> Iterator[Fault]:
        if self.declared.protocol == "difficulty":
            yield "output_id", "is given, but a difficulty study judges no outputs"
            return
        yield from self.ids["outputs"].unknown("output_id", output)
        if row.item_id:
            place = self.ids["outputs"].places.get(output)
            item = place[1] if place else self.existing.item_of(output)
            if item and item != row.item_id:
                reason = f"{shown(output)} is an output of {shown(item)}, not of {shown(row.item_id)}"
                yield "item_id", reason

    def supersession_faults(self, row: rows.ResponseRow) -> Iterator[Fault]:
        """`supersedes` is the number of an earlier row of the table, the first below the header being 1."""
        unit = unit_of(row)
        self.answered += unit
        number, replaced = len(self.answered) // UNIT, row.supersedes
        if replaced is None:
            return
        if replaced >= number:
            yield "supersedes", f"row {replaced} does not stand before this one, which is row {number}"
        elif self.answered[UNIT * (replaced - 1) : UNIT * replaced] not in (unit, UNREAD):
            yield "supersedes", f"row {replaced} is not the same person's answer to the same unit"
        elif replaced in self.superseded:
            yield "supersedes", f"row {replaced} is superseded already"
        self.superseded.add(replaced)


def unit_of(row: rows.ResponseRow) -> bytes:
    # Names have no control characters.
    name = f"output\0{row.output_id}" if row.output_id is not None else f"item\0{row.item_id}"
    return blake2b(f"{row.participant_id}\0{name}".encode(), digest_size=UNIT).digest()


def repeated(key: str, first: int) -> str:
    return f"{shown(key)} stands on line {first} already"


def undeclared(column: str, name: str | None, declared: frozenset[str], noun: str) -> Iterator[Fault]:
    if name is not None and declared and name not in declared:
        reason = f"{noun} {shown(name)} is not declared in study.yaml, which has {listing(declared)}"
        yield column, reason + near_miss(name, declared)
