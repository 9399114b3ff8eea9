"""Wanting a run of a grader, recording what it said, dropping it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count

from annotations.catalogue.autograding.choosing import UNGRADED, chosen_outputs
from annotations.catalogue.autograding.marking import Text, mark_all, told
from annotations.catalogue.autograding.models import KEPT, GradingRun, Mark
from annotations.catalogue.grades import Graded, record_grades
from annotations.catalogue.models import GRADES, Collection
from annotations.catalogue.pacing import Pace
from annotations.core import audit, clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job

KIND = "grading"
# Outputs up to which nobody has to wait for a worker.
SMALL = 2_000
CHUNK = 500
Tell = Callable[[float, str], None]


def quiet(share: float, message: str) -> None:
    pass


def want_marks(
    *,
    collection: Collection,
    subject: str,
    grader: str,
    options: Mapping[str, str],
    chosen: Mapping[str, Any],
    actor: str,
) -> GradingRun:
    """Have the chosen outputs marked: at once, or by a job where they are many. No grade changes yet."""
    asked = told(grader, options)
    rows = chosen_outputs(collection.pk, chosen)
    count = rows.count()
    if not count:
        raise Refusal("No output is chosen: nothing fits the filter.")
    # A pattern that cannot be used is found now, not by the job.
    list(mark_all(asked, texts(rows[:1])))
    with transaction.atomic():
        run = GradingRun.objects.create(
            collection=collection,
            subject=subject,
            wanted_by=actor,
            grader=grader,
            grader_name=asked.name,
            options=dict(asked.options),
            chosen=dict(chosen),
            counts={"outputs": count},
        )
        if count > SMALL:
            _want_job(run)
    if count <= SMALL:
        mark_run(run)
    return run


def want_recording(*, run: GradingRun, actor: str) -> bool:
    """Make revisions of what the run said: at once, or by a job, and then True."""
    with transaction.atomic():
        mine = GradingRun.objects.filter(pk=run.pk)
        if swap(mine.filter(state=GradingRun.MARKED), state=GradingRun.RECORDING):
            audit.record(
                actor=actor,
                action="grades recorded",
                subject=run.subject,
                grader=run.grader_name,
                **run.counts,
            )
        elif not mine.filter(state=GradingRun.RECORDING).exists():
            raise Refusal("There is nothing to record: the run is under way, or was recorded.")
        # What somebody began to record and did not end goes on, done again.
        large = int(run.counts.get("outputs", 0)) > SMALL
        if large:
            _want_job(run)
    if not large:
        record_run(run)
    return large


def _want_job(run: GradingRun) -> Job:
    return want_job(kind=KIND, subject=run.subject, params={"run": run.pk}, wanted_by=run.wanted_by)


def drop_run(*, run: GradingRun, actor: str) -> None:
    with transaction.atomic():
        unrecorded = GradingRun.objects.filter(pk=run.pk, state__in=(GradingRun.MARKING, GradingRun.MARKED))
        if not unrecorded.update(state=GradingRun.MARKING, subject=""):
            raise Refusal("The run was recorded: its grades can be revised, not dropped.")
        audit.record(actor=actor, action="grading dropped", subject=run.subject, grader=run.grader_name)
    delete_run(run)


def delete_run(run: GradingRun) -> None:
    """Its marks chunk by chunk, then itself."""
    pace = Pace()
    while pks := list(Mark.objects.filter(run=run).values_list("pk", flat=True)[: pace.rows]):
        with pace.turn(len(pks)):
            Mark.objects.filter(pk__in=pks).delete()
    run.delete()


def sweep_runs() -> int:
    """Runs that nobody recorded. Returns how many."""
    left = GradingRun.objects.filter(
        state__in=(GradingRun.MARKING, GradingRun.MARKED), created_at__lt=clock.now() - KEPT
    )
    runs = list(left)
    for run in runs:
        delete_run(run)
    return len(runs)


def texts(rows: Any) -> Iterator[Text]:
    fields = ("pk", "text", "item__reference", "item__prompt")
    for pk, text, references, prompt in rows.values_list(*fields).iterator(chunk_size=CHUNK):
        yield Text(pk, text, tuple(map(str, references)), prompt)


def mark_run(run: GradingRun, tell: Tell = quiet) -> None:
    """Mark what is not marked yet; a process that died left its share of it."""
    asked = told(run.grader, run.options)
    rows = chosen_outputs(run.collection_id, run.chosen).exclude(marks__run=run)
    # The chosen ones, whatever becomes of them meanwhile.
    pks = list(rows.values_list("pk", flat=True))
    total, done, pace = max(1, len(pks)), 0, Pace()
    marks = mark_all(asked, _in_chunks(run, pks))
    while chunk := list(islice(marks, CHUNK)):
        with pace.turn(len(chunk)):
            Mark.objects.bulk_create(
                Mark(run=run, output_id=text.output, grade=one.grade, kind=one.kind, reason=one.reason)
                for text, one in chunk
            )
        done += len(chunk)
        tell(done / total, f"{done:,} of {total:,} outputs looked at")
    counts = {"outputs": Mark.objects.filter(run=run).count(), **_counts(run)}
    swap(
        GradingRun.objects.filter(pk=run.pk, state=GradingRun.MARKING), state=GradingRun.MARKED, counts=counts
    )
    run.refresh_from_db()


def _in_chunks(run: GradingRun, pks: Sequence[int]) -> Iterator[Text]:
    everything = chosen_outputs(run.collection_id, {**run.chosen, "standing": "all"})
    for start in range(0, len(pks), CHUNK):
        yield from list(texts(everything.filter(pk__in=pks[start : start + CHUNK])))


def _counts(run: GradingRun) -> dict[str, int]:
    rows = Mark.objects.filter(run=run).values_list("grade").annotate(Count("pk")).order_by()
    return {grade or "not_understood": count for grade, count in rows}


def record_run(run: GradingRun, tell: Tell = quiet) -> None:
    """Chunk by chunk, each mark going with the grade that it became, so that a second try goes on."""
    pace, done = Pace(), 0
    total = max(1, sum(run.counts.get(grade, 0) for grade in GRADES))
    ungraded = run.chosen.get("standing", UNGRADED) == UNGRADED
    while marks := list(Mark.objects.filter(run=run).exclude(grade="").order_by("pk")[:CHUNK]):
        with pace.turn(len(marks)):
            record_grades(
                [Graded(one.output_id, one.grade, one.kind, run.grader_name) for one in marks],
                only_new=ungraded,
            )
            Mark.objects.filter(pk__in=[one.pk for one in marks]).delete()
        done += len(marks)
        tell(min(1.0, done / total), f"{done:,} of {total:,} grades recorded")
    swap(
        GradingRun.objects.filter(pk=run.pk, state=GradingRun.RECORDING),
        state=GradingRun.RECORDED,
        recorded_at=clock.now(),
    )
    run.refresh_from_db()
