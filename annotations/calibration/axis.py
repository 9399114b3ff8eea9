"""Lending the axis: the difficulty and calibration tables of one study, copied for another."""

from __future__ import annotations

from typing import Any

from annotations.analysis.runs import latest_run
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import key_of
from annotations.people.models import Participant
from annotations.studies.axis import Borrowed
from annotations.studies.models import Study

Rows = list[dict[str, Any]]


def lend_axis(study: Study, source_slug: str) -> Borrowed:
    """The latest finished calibration of `source_slug`, which must be on the same collection.

    Whoever wrote the name down was asked by `studies.naming`.
    """
    source = Study.objects.visible().select_related("version").filter(slug=source_slug).first()
    if source is None or source.pk == study.pk:
        raise Refusal(f"The difficulty axis is to come from {source_slug!r}, and there is no such study.")
    if source.collection_id != study.collection_id:
        raise Refusal(
            f"The difficulty axis is to come from {source_slug!r}, which is on another collection of items."
        )
    run = latest_run(source, "calibration")
    if run is None or source.version is None:
        raise Refusal(
            f"The difficulty axis is to come from {source_slug!r}, which has no finished calibration yet:"
            f" run `analyse {source_slug}` first."
        )
    difficulty = [row | {"source": "borrowed"} for row in run.rows("difficulty")]
    calibration = run.rows("calibration")
    return Borrowed(
        axis_hash(difficulty, calibration), difficulty, calibration, same_people=_same_people(study, source)
    )


def _same_people(study: Study, source: Study) -> bool:
    """Whether ids of participants that came with bundles occur in both."""
    lenders = Participant.objects.filter(study=source, imported=True).values("key")
    return Participant.objects.filter(study=study, imported=True, key__in=lenders).exists()


def axis_hash(difficulty: Rows, calibration: Rows) -> str:
    """SHA-256 of the rows as they are copied, so that whoever has the copy can check it."""
    return key_of(difficulty, calibration)
