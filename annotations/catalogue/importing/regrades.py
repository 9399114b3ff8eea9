"""Grades of outputs that a collection has already: recorded as revisions, never in the place of another."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.catalogue.bundle import CheckedBundle
from annotations.catalogue.bundle.rows import GradeRow
from annotations.catalogue.grades import Graded, current_grades
from annotations.catalogue.inserting import batches
from annotations.catalogue.models import Collection, Output


def count(collection: Collection, bundle: CheckedBundle) -> tuple[int, int, int]:
    """How many outputs get their first grade, keep the one that they have, and get another one."""
    new = same = changed = 0
    for rows in batches(bundle.grades()):
        keys = _keys(collection, rows)
        standing = current_grades(keys.values())
        for row in rows:
            known = standing.get(keys[row.output_id])
            if known is None:
                new += 1
            elif known == (row.grade, row.avoidance_kind or ""):
                same += 1
            else:
                changed += 1
    return new, same, changed


def gradings(collection: Collection, bundle: CheckedBundle) -> Iterator[list[Graded]]:
    """What the table says, no output twice at a time, and no more rows than one query may ask for."""
    for rows in batches(bundle.grades()):
        keys = _keys(collection, rows)
        chunk: dict[int, Graded] = {}
        for row in rows:
            output = keys[row.output_id]
            if output in chunk:
                yield list(chunk.values())
                chunk = {}
            chunk[output] = Graded(output, row.grade, row.avoidance_kind or "", row.grader)
        yield list(chunk.values())


def _keys(collection: Collection, rows: list[GradeRow]) -> dict[str, int]:
    wanted = {row.output_id for row in rows}
    found = Output.objects.filter(collection=collection, key__in=wanted).visible()
    return dict(found.values_list("key", "pk"))
