"""Wanting a round of grading by hand, of a study's outputs: at once, or as a job where they are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotations.catalogue.autograding.choosing import outputs_of
from annotations.catalogue.handgrading.models import HandRound
from annotations.catalogue.handgrading.rounds import Drawn, discard, draw_for_grading, fill_round, new_round
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.studies.auditing import draw_for_audit
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

KIND = "drawing of outputs"
SMALL = 2_000
LARGEST_SEED = 2**53 - 1


def want_round(*, study: Study, purpose: str, asked: Mapping[str, Any], actor: str) -> Job | None:
    """A round of what is asked for. Raises Refusal where nothing fits."""
    if purpose not in HandRound.PURPOSES:
        raise Refusal("There is no such round.")
    whole = {**asked, "loads": loads_of(study)}
    large = outputs_of(study.collection_id, whole["loads"]).count() > SMALL
    round = None
    try:
        with transaction.atomic():
            round = new_round(
                collection=study.collection, subject=study.slug, purpose=purpose, asked=whole, actor=actor
            )
            if large:
                return want_job(kind=KIND, subject=study.slug, params={"round": round.pk}, wanted_by=actor)
        fill_round(round, draw(round, study))
    except Exception:
        # Whoever is told to come back asks for another.
        if round is not None:
            discard(round)
        raise
    return None


def draw(round: HandRound, study: Study) -> list[Drawn]:
    return draw_for_audit(study, round) if round.purpose == HandRound.AUDIT else draw_for_grading(round)


def work(context: kinds.Context) -> dict[str, Any]:
    round = HandRound.objects.filter(pk=context.job.params["round"]).first()
    if round is None:
        raise Refusal("The round was dropped before its turn came.")
    if not round.ready:
        fill_round(round, draw(round, Study.objects.get(slug=context.job.subject)), context.progress)
    return {"outputs": round.total}


def store(job: Job, outcome: dict[str, Any]) -> dict[str, Any]:
    return outcome


kinds.register(kinds.Kind(KIND, work, store))
