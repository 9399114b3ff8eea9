"""The list of studies: state, places, and what to do next, in one query."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from annotations.analysis.models import Run
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.releases.models import Release
from annotations.responses.models import Response
from annotations.studies.models import Batch, Study


def with_progress(studies: QuerySet[Study]) -> QuerySet[Study]:
    """Adds what the list shows of each study, by subqueries that do not multiply one another."""
    batches = Batch.objects.filter(study=OuterRef("pk")).order_by().values("study")
    people = Participant.objects.filter(study=OuterRef("pk"))
    answers = Response.objects.filter(study=OuterRef("pk"))
    return studies.annotate(
        places=_whole(batches.annotate(total=Sum("places"))),
        completed=_whole(batches.annotate(total=Sum("completed"))),
        running=_whole(batches.annotate(total=Sum("running"))),
        answers=_whole(answers.order_by().values("study").annotate(total=Count("pk"))),
        last_answer_at=Subquery(answers.order_by("-id").values("created_at")[:1]),
        last_run_at=Subquery(
            Run.objects.filter(study=OuterRef("pk"))
            .order_by()
            .values("study")
            .annotate(last=Max("confirmed_at"))
            .values("last"),
            output_field=DateTimeField(),
        ),
        release_number=Subquery(
            Release.objects.filter(study=OuterRef("pk"), closed_at=None)
            .order_by("-number")
            .values("number")[:1]
        ),
        has_simulated=Exists(people.filter(kind=Participant.SIMULATED)),
        has_others=Exists(people.exclude(kind=Participant.SIMULATED)),
        has_job=Exists(Job.objects.tops().unfinished().filter(subject=OuterRef("slug"))),
    )


def _whole(query: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(query.values("total"), output_field=IntegerField()), 0)


def next_step(study: Any) -> str:
    """What whoever runs the study would do next. `study` comes from `with_progress`."""
    free = study.places - study.completed - study.running
    if study.has_job:
        return "Wait for the work under way"
    if study.state == Study.DRAFT:
        return "Look through it, then open it"
    if study.state == Study.PAUSED:
        return "Resume it, or close it"
    if study.state == Study.OPEN and free > 0:
        return f"Share the join address: {free} place{'s' if free != 1 else ''} free"
    if study.state == Study.OPEN and study.running:
        return f"Wait for {study.running} still at work"
    if study.state == Study.OPEN:
        return "All places are filled: close it"
    return _next_after_closing(study)


def _next_after_closing(study: Any) -> str:
    if not study.answers:
        return "Nothing: it has no answers"
    if study.last_run_at is None:
        return "Analyse it"
    if study.last_answer_at > study.last_run_at:
        return "Analyse it again: answers came since"
    if study.release_number is None:
        return "Read the results, make a release"
    return f"Download release {study.release_number}"
