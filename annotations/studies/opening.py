"""Opening a study: at once where it is small, else as a job whose progress can be watched."""

from __future__ import annotations

from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.studies.freezing import current_loads, rows_of
from annotations.studies.models import Study
from annotations.studies.naming import check_names
from annotations.studies.services import (
    CHANGED,
    Prepared,
    finish_opening,
    open_study,
    prepare_opening,
    why_not_open,
)

KIND = "open"
# Rows of which units are drawn while somebody waits for the page.
AT_ONCE = 2_000


def begin_opening(*, study: Study, actor: str) -> Job | None:
    """Open the study, or resume it; or want the job that will. Raises Refusal."""
    if study.state != Study.DRAFT or rows_to_draw(study) <= AT_ONCE:
        open_study(study=study, actor=actor)
        return None
    check_names(study.definition, slug=study.slug, actor=actor)
    if reasons := why_not_open(study):
        raise Refusal(" ".join(["The study cannot open.", *reasons]))
    return want_job(kind=KIND, subject=study.slug, params={"revision": study.revision}, wanted_by=actor)


def rows_to_draw(study: Study) -> int:
    """Items or outputs that a batch may be drawn from, times the batches."""
    drawn = ["items"] if study.rates_difficulty else []
    drawn += ["outputs"] if study.judges_outputs else []
    loads, models = current_loads(study), rows_of(study)
    rows: int = sum(
        models[table].objects.filter(collection=study.collection_id, load__in=loads).count()
        for table in drawn
    )
    return rows * max(1, len(study.definition["batches"]))


def _work(context: kinds.Context) -> Prepared:
    study = _study(context.job)
    context.progress(0.02, "reading the rows")
    prepared = prepare_opening(study, lambda share: context.progress(0.05 + 0.9 * share, "drawing units"))
    context.progress(0.97, "freezing")
    return prepared


def _store(job: Job, prepared: Prepared) -> dict[str, int]:
    finish_opening(study=_study(job), prepared=prepared, actor=job.wanted_by)
    return {"batches": len(prepared.batches)}


def _study(job: Job) -> Study:
    """As it was when its opening was wanted. Raises Refusal."""
    study = Study.objects.visible().filter(slug=job.subject).select_related("collection").first()
    if study is None or study.revision != job.params["revision"]:
        raise Refusal(CHANGED)
    return study


kinds.register(kinds.Kind(KIND, _work, _store))
