"""Gradings in a bundle of outputs that the collection has already.

A bundle does not grade again what is stored: it would change the results of every study on the
collection. What it says has to be what is stored, or the row is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Q

from annotations.catalogue.bundle import CheckedBundle
from annotations.catalogue.bundle.rows import GradeRow
from annotations.catalogue.grading import Grading, said_by
from annotations.catalogue.inserting import batches
from annotations.catalogue.models import Collection, Grade, Output
from annotations.core.problems import Problem, shown

Stored = dict[str, dict[int, Grading]]


def grading_faults(collection: Collection, bundle: CheckedBundle) -> Iterator[Problem]:
    """Gradings that differ from those stored, each with its line."""
    if "grades" not in bundle.files and not bundle.already.get("outputs"):
        return
    for outputs in batches(bundle.known_outputs()):
        stored = stored_gradings(collection, {row.output_id for row in outputs})
        for output in outputs:
            own = stored.get(output.output_id, {})
            if output.grade and own.get(1) != said_by(output):
                name = bundle.files["outputs"].name
                yield Problem(name, output.line, "grade", reason(output.output_id, own))
    for rows in batches(bundle.grades()):
        stored = stored_gradings(collection, {row.output_id for row in rows})
        for row in rows:
            known = stored.get(row.output_id)
            if known is not None and not is_among(row, known):
                yield Problem(bundle.files["grades"].name, row.line, "grade", reason(row.output_id, known))


def is_among(row: GradeRow, known: dict[int, Grading]) -> bool:
    if row.revision is None:
        return said_by(row) in known.values()
    return known.get(row.revision) == said_by(row)


def stored_gradings(collection: Collection, keys: Iterable[str]) -> Stored:
    """By output and revision; outputs without a grading are there too. Two queries."""
    outputs = Output.objects.filter(collection=collection, key__in=keys).visible()
    keys_of = dict(outputs.values_list("pk", "key"))
    found: Stored = {key: {} for key in keys_of.values()}
    published = Q(load__isnull=True) | Q(load__published_at__isnull=False)
    rows = Grade.objects.filter(published, output__in=list(keys_of))
    fields = ("output_id", "revision", "grade", "avoidance_kind", "grader")
    for pk, revision, *grading in rows.values_list(*fields):
        found[keys_of[pk]][revision] = (grading[0], grading[1], grading[2])
    return found


def reason(key: str, own: dict[int, Grading]) -> str:
    if not own:
        return f"{shown(key)} is in the collection already, without a grade: a bundle cannot grade it now"
    grade, kind, grader = own[max(own)]
    by = f" by {shown(grader)}" if grader else ""
    words = f"{grade} ({kind})" if kind else grade
    return f"{shown(key)} is in the collection already, graded {words}{by}: a bundle cannot grade it again"
