"""The job that excludes or readmits many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from annotations.core.jobs.kinds import Context
from annotations.core.models import Job
from annotations.responses import excluding
from annotations.responses.excluding import Decided
from annotations.studies.models import Study

ACTS: dict[str, tuple[Callable[..., Decided], str]] = {
    "exclude people": (excluding.exclude_people, "people"),
    "readmit people": (excluding.readmit_people, "people"),
    "exclude answers": (excluding.exclude_responses, "responses"),
    "readmit answers": (excluding.readmit_responses, "responses"),
}


def work(context: Context) -> Decided:
    """Piece by piece, each committed by itself: begun again, it does what is left."""
    params = context.job.params
    study = Study.objects.get(pk=params["study"])

    def tell(share: float) -> None:
        context.progress(share, str(params["act"]))

    return decide(study, params["act"], params["pks"], params["reason"], context.job.wanted_by, tell)


def store(job: Job, decided: Decided) -> dict[str, Any]:
    return asdict(decided)


def decide(
    study: Study,
    act: str,
    pks: list[int],
    reason: str,
    actor: str,
    tell: Callable[[float], None] = lambda share: None,
) -> Decided:
    service, of = ACTS[act]
    return service(study=study, reason=reason, actor=actor, tell=tell, **{of: pks})
