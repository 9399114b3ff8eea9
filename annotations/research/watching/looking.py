"""What the schedule does for the studies that run: count, raise alerts, want signals of quality."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Subquery

from annotations.core import audit, clock
from annotations.core.jobs.outbox import want_job
from annotations.core.models import AuditEntry, Job
from annotations.people.models import Enrolment
from annotations.research.overview import released
from annotations.research.watching.alarms import Seen, raise_alerts
from annotations.research.watching.figures import figures_of
from annotations.responses.models import Response
from annotations.responses.register import SIGNALS
from annotations.studies.models import Study
from annotations.studies.watches import Watch

# A study that runs is counted at most so often, and its signals computed so often or rarer: never more than
# a twentieth of a worker's time goes there.
COUNTED_EVERY, SIGNALS_EVERY, SIGNALS_TIMES = timedelta(seconds=10), timedelta(seconds=60), 20


def watch_studies() -> int:
    """Look at each study in which something has moved. Returns how many."""
    return sum(_look(study) for study in _studies())


def _studies() -> list[Any]:
    """With the stamps of what may have moved, in one query; a draft has nobody to watch."""
    of_study = {"study": OuterRef("pk")}
    last_answer = Response.objects.filter(**of_study).order_by("-id").values("pk")[:1]
    last_act = AuditEntry.objects.filter(subject=OuterRef("slug")).order_by("-id").values("pk")[:1]
    passages = Enrolment.objects.filter(batch__study=OuterRef("pk")).order_by().values("batch__study")
    found = Study.objects.visible().exclude(state=Study.DRAFT).select_related("version")
    return list(
        found.annotate(
            last_answer=Subquery(last_answer),
            last_act=Subquery(last_act),
            last_passage=Subquery(passages.annotate(last=Max("pk")).values("last")),
            ended=Subquery(passages.annotate(ended=Count("finished_at")).values("ended")),
        )
    )


def _look(study: Any) -> bool:
    watch, created = Watch.objects.get_or_create(study=study)
    now = clock.now()
    stamp = [study.state, study.last_answer, study.last_act, study.last_passage, study.ended]
    runs = study.state in (Study.OPEN, Study.PAUSED)
    due = created or now - watch.looked_at >= COUNTED_EVERY
    if not due or not (created or runs or watch.stamp != stamp):
        return False
    if study.last_answer is not None:
        _want_signals(study, watch, [study.last_answer, study.last_act])
    figures = figures_of(study)
    before = None if created else watch.looked_at
    raise_alerts(Seen(study, figures, list(released(study)), before))
    # Last: a study that runs no more is not looked at again once this is stored.
    Watch.objects.filter(pk=watch.pk).update(seen=figures, stamp=stamp, looked_at=now)
    return True


def _want_signals(study: Any, watch: Watch, stamp: list[int | None]) -> None:
    """Where answers came since, unless it is too soon after the last time."""
    if watch.signals_stamp == stamp:
        return
    pause = max(SIGNALS_EVERY, timedelta(milliseconds=watch.signals_ms * SIGNALS_TIMES))
    if watch.signals_at is not None and clock.now() - watch.signals_at < pause:
        return
    if not Job.objects.unfinished().filter(kind=SIGNALS, subject=subject_of(study)).exists():
        want_signals(study, stamp)


def want_signals(study: Study, stamp: list[int | None]) -> Job:
    return want_job(
        kind=SIGNALS,
        subject=subject_of(study),
        params={"study": study.pk, "stamp": stamp},
        wanted_by=audit.SYSTEM,
    )


def subject_of(study: Study) -> str:
    """Not the study's slug alone: no page is to show, nor to reload for, what comes every minute."""
    return f"signals of {study.slug}"
