"""Gradings in a bundle of outputs that the collection has already.

A bundle does not grade again what is stored: it would change the results of every study on the
collection. What it says has to be what is stored, or the row is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from annotations.catalogue.bundle import CheckedBundle
from annotations.catalogue.bundle.rows import GradeRow, OutputRow
from annotations.catalogue.models import Collection, Grade, Output
from annotations.core.problems import Problem, shown

Grading = tuple[str, str, str]
Stored = dict[str, dict[int, Grading]]


def grading_faults(collection: Collection, bundle: CheckedBundle) -> Iterator[Problem]:
    """Gradings that differ from those stored, each with its line."""
    if "grades" not in bundle.files and not bundle.already.get("outputs"):
        return
    stored = stored_gradings(collection)
    for output in bundle.known_outputs():
        own = stored.get(output.output_id, {})
        if output.grade and own.get(1) != said_by(output):
            yield Problem(bundle.files["outputs"].name, output.line, "grade", reason(output.output_id, own))
    for row in bundle.grades():
        known = stored.get(row.output_id)
        if known is None:
            continue
        same = (
            said_by(row) in known.values()
            if row.revision is None
            else known.get(row.revision) == said_by(row)
        )
        if not same:
            yield Problem(bundle.files["grades"].name, row.line, "grade", reason(row.output_id, known))


def stored_gradings(collection: Collection) -> Stored:
    """By output and revision; outputs without a grading are there too. Two queries."""
    found: Stored = {
        key: {}
        for key in Output.objects.filter(collection=collection).visible().values_list("key", flat=True)
    }
    published = Q(load__isnull=True) | Q(load__published_at__isnull=False)
    rows = Grade.objects.filter(published, output__collection=collection)
    fields = ("output__key", "revision", "grade", "avoidance_kind", "grader")
    for key, revision, *grading in rows.values_list(*fields).iterator():
        if key in found:
            found[key][revision] = (grading[0], grading[1], grading[2])
    return found


def said_by(row: OutputRow | GradeRow) -> Grading:
    return row.grade or "", row.avoidance_kind or "", row.grader or ""


def reason(key: str, own: dict[int, Grading]) -> str:
    if not own:
        return f"{shown(key)} is in the collection already, without a grade: a bundle cannot grade it now"
    grade, kind, grader = own[max(own)]
    by = f" by {shown(grader)}" if grader else ""
    words = f"{grade} ({kind})" if kind else grade
    return f"{shown(key)} is in the collection already, graded {words}{by}: a bundle cannot grade it again"
