"""Who came, who stayed, what was left out: the figures of a study's overview, counted by a worker."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from annotations.core import clock
from annotations.core.models import AuditEntry
from annotations.people.models import Enrolment, EntryCount, Participant
from annotations.research.recruits import counts_of
from annotations.responses.models import Exclusion, PersonSignals, Response
from annotations.studies.models import Study

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REASONS_SHOWN = 12
Figures = dict[str, Any]


def figures_of(study: Study) -> Figures:
    """Everything that the overview shows beyond the counters, as JSON holds it. Ten queries."""
    entries = dict(EntryCount.objects.filter(study=study).values_list("outcome", "count"))
    ended = counts_of(study)
    erased = AuditEntry.objects.filter(subject=study.slug, action="participant erased").count()
    imported = Participant.objects.filter(study=study, imported=True).count()
    enrolled = sum(ended.values()) + erased
    return {
        "came": enrolled + sum(entries.values()),
        "screened_out": entries.get(EntryCount.SCREENED_OUT, 0),
        "no_consent": entries.get(EntryCount.NO_CONSENT, 0),
        "enrolled": enrolled,
        "erased": erased,
        "imported": imported,
        "ended": ended,
        **_kept(study),
        **_pace(study),
        **_times(study),
        **_quality(study),
    }


def _kept(study: Study) -> Figures:
    """People whose answers count, wholly, in part or not at all."""
    out = Exists(Exclusion.objects.standing().filter(response=OuterRef("pk")))
    people = (
        Response.objects.countable()
        .filter(study=study)
        .annotate(out=out)
        .values("participant")
        .annotate(answers=Count("pk"), left_out=Count("pk", filter=Q(out=True)))
        .order_by()
    )
    rows = list(people.values_list("participant", "answers", "left_out"))
    wholly = {pk for pk, answers, left_out in rows if left_out == answers}
    return {
        "answered": len(rows),
        "excluded": len(wholly),
        "partly": sum(0 < left_out < answers for _, answers, left_out in rows),
        "analysed": len(rows) - len(wholly),
        "answers_excluded": sum(left_out for _, _, left_out in rows),
        "answers_analysed": sum(answers - left_out for _, answers, left_out in rows),
        "reasons": _reasons(study, wholly),
    }


def _reasons(study: Study, people: set[int]) -> list[tuple[str, int]]:
    """Of people who are out altogether, each with one reason: by a rule's name, else in words."""
    if not people:
        return []
    rows = Exclusion.objects.standing().filter(response__study=study).order_by("response__participant", "pk")
    found: dict[int, str] = {}
    for pk, rule, reason in rows.values_list("response__participant", "rule", "reason").iterator():
        if pk in people:
            found.setdefault(pk, rule.replace("_", " ") if rule else reason)
    return Counter(found.values()).most_common(REASONS_SHOWN)


def _pace(study: Study) -> Figures:
    """Answers and people through within the last hour and the last day."""
    now = clock.now()
    answers = Response.objects.filter(study=study, assignment__isnull=False, surplus=False)
    lately = answers.filter(created_at__gte=now - DAY).aggregate(
        day=Count("pk"), hour=Count("pk", filter=Q(created_at__gte=now - HOUR))
    )
    through = Enrolment.objects.filter(batch__study=study, state=Enrolment.COMPLETED).aggregate(
        day=Count("pk", filter=Q(finished_at__gte=now - DAY)),
        hour=Count("pk", filter=Q(finished_at__gte=now - HOUR)),
    )
    return {
        "answers_hour": lately["hour"],
        "answers_day": lately["day"],
        "through_hour": through["hour"],
        "through_day": through["day"],
    }


def _times(study: Study) -> Figures:
    """Medians over those who completed: time at work on their tasks, and from consent to the last one."""
    done = Enrolment.objects.filter(batch__study=study, state=Enrolment.COMPLETED)
    active = (
        Response.objects.standing()
        .filter(study=study, assignment__enrolment__state=Enrolment.COMPLETED)
        .values("participant")
        .annotate(ms=Sum(Coalesce("active_ms", "duration_ms")))
        .order_by()
        .values_list("ms", flat=True)
    )
    passages = [
        (end - start).total_seconds() / 60
        for start, end in done.values_list("started_at", "finished_at")
        if end is not None
    ]
    minutes = [ms / 60_000 for ms in active if ms is not None]
    return {
        "active_minutes": median(minutes) if minutes else None,
        "passage_minutes": median(passages) if passages else None,
    }


def _quality(study: Study) -> Figures:
    signals = PersonSignals.objects.filter(study=study).aggregate(
        people=Count("pk", filter=Q(n_alarms__gt=0)),
        checks=Sum("checks", default=0),
        failed=Sum("checks_failed", default=0),
    )
    return {
        "alarmed": signals["people"],
        "checks": signals["checks"],
        "checks_failed": signals["failed"],
    }
