"""A bundle that was found sound. Rows are read again from the files, so that none stay in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from annotations.catalogue.bundle import rows
from annotations.catalogue.bundle.images import BundleImage
from annotations.catalogue.bundle.tables import TABLES, parse_row
from annotations.catalogue.readers import READERS
from annotations.core.problems import Problem

R = TypeVar("R", bound=rows.Row)


class BundleChanged(Exception):
    """A file is not what it was when it was checked."""


@dataclass(kw_only=True)
class CheckedBundle:
    folder: Path
    files: dict[str, Path]
    # Keys of each table that the collection has already.
    loaded: dict[str, Container[str]]
    # Rows of each table, and how many of them have such a key.
    counts: dict[str, int]
    already: dict[str, int]
    digest: str
    # Pictures that the collection does not have, and the digests of all that items show, by name.
    images: dict[str, BundleImage] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    # Numbers of the responses that later ones supersede, the first being 1.
    superseded: set[int] = field(default_factory=set)
    warnings: list[Problem] = field(default_factory=list)

    def items(self) -> Iterator[rows.ItemRow]:
        for row in self.new_rows("items", rows.ItemRow):
            if row.image is not None:
                row.image_digest = self.shown.get(row.image)
            yield row

    def new_images(self) -> Iterator[tuple[BundleImage, bytes]]:
        """With their content, one at a time."""
        for image in self.images.values():
            content = image.path.read_bytes()
            if hashlib.sha256(content).hexdigest() != image.digest:
                raise BundleChanged(f"{image.name} changed while it was being loaded")
            yield image, content

    def systems(self) -> Iterator[rows.SystemRow]:
        return self.new_rows("systems", rows.SystemRow)

    def templates(self) -> Iterator[rows.TemplateRow]:
        return self.new_rows("templates", rows.TemplateRow)

    def outputs(self) -> Iterator[rows.OutputRow]:
        return self.new_rows("outputs", rows.OutputRow)

    def known_outputs(self) -> Iterator[rows.OutputRow]:
        """Outputs that the collection has already: their grades may be new all the same."""
        known = self.loaded["outputs"]
        return (row for row in self.rows("outputs", rows.OutputRow) if row.output_id in known)

    def grades(self) -> Iterator[rows.GradeRow]:
        return self.rows("grades", rows.GradeRow)

    def participants(self) -> Iterator[rows.ParticipantRow]:
        return self.rows("participants", rows.ParticipantRow)

    def responses(self) -> Iterator[rows.ResponseRow]:
        return self.rows("responses", rows.ResponseRow)

    def new_rows(self, table: str, kind: type[R]) -> Iterator[R]:
        known = self.loaded[table]
        key = TABLES[table].key
        return (row for row in self.rows(table, kind) if getattr(row, key) not in known)

    def rows(self, table: str, kind: type[R]) -> Iterator[R]:
        if table not in self.files:
            return
        path, schema = self.files[table], TABLES[table]
        for raw in READERS[path.suffix.lower()](path, required=schema.required, report=changed):
            row, faults = parse_row(schema, raw)
            if faults or not isinstance(row, kind):
                raise BundleChanged(f"{path.name} changed while it was being loaded: line {raw.line}")
            yield row


def changed(problem: Problem) -> None:
    raise BundleChanged(f"{problem.file} changed while it was being loaded: {problem}")
