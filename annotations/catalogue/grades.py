"""Recording grades of outputs that are stored already: each a revision, the last of them current."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Q

from annotations.catalogue.inserting import batches
from annotations.catalogue.models import Grade, Output

PUBLISHED = Q(load__isnull=True) | Q(load__published_at__isnull=False)


class Graded(NamedTuple):
    output: int
    grade: str
    kind: str
    grader: str


def current_grades(outputs: Iterable[int]) -> Mapping[int, tuple[str, str]]:
    """Grade and kind of avoidance that count now, by output."""
    found: dict[int, tuple[str, str]] = {}
    for part in batches(outputs):
        rows = Grade.objects.filter(PUBLISHED, output__in=part, current=True)
        for pk, grade, kind in rows.values_list("output_id", "grade", "avoidance_kind"):
            found[pk] = (grade, kind)
    return found


@transaction.atomic
def record_grades(graded: Sequence[Graded], *, only_new: bool = False) -> int:
    """Add a revision to each output whose standing grade says something else, or with `only_new` to each
    that has none. Returns how many.

    The outputs' rows are locked in the order of their keys, so that two who grade the same outputs at once
    come one after the other and both revisions are kept. Runs that read the grades before show as stale.
    """
    wanted = {one.output: one for one in graded}
    # Of a grading at the same time, the later one sees the earlier.
    list(Output.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk"))
    standing = current_grades(wanted)
    changed = [
        one
        for one in wanted.values()
        if standing.get(one.output) != (one.grade, one.kind) and not (only_new and one.output in standing)
    ]
    pks = [one.output for one in changed]
    rows = Grade.objects.filter(output__in=pks)
    last = dict(rows.values_list("output").annotate(Max("revision")).order_by())
    rows.filter(current=True).update(current=False)
    Grade.objects.bulk_create(
        Grade(
            output_id=one.output,
            revision=last.get(one.output, 0) + 1,
            grade=one.grade,
            avoidance_kind=one.kind,
            grader=one.grader,
        )
        for one in changed
    )
    return len(changed)
