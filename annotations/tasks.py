"""Celery tasks: thin, each hands over to the area whose work it is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from annotations.allocation.services import sweep_leases
from annotations.analysis.pipeline import drop_left_drafts
from annotations.catalogue.autograding.services import sweep_runs
from annotations.catalogue.handgrading.places import sweep_rounds
from annotations.catalogue.importing.staging import sweep_uploads
from annotations.core import workers
from annotations.core.jobs.runner import run_job as run
from annotations.core.jobs.sweeper import sweep_jobs
from annotations.releases.importing.bundles import sweep_bundles
from annotations.releases.interim import drop_interim
from annotations.releases.loading import sweep_loads
from annotations.releases.removing import remove_deleted_studies
from annotations.releases.services import drop_closed_files, drop_left_files
from annotations.research.watching.looking import watch_studies
from annotations.responses.restored import finish_restore
from annotations.responses.retention import carry_out_retention
from annotations.studies.adding import sweep_preparing
from annotations.studies.batches import close_due_batches

logger = logging.getLogger(__name__)

_pulse: list[workers.WorkerPulse] = []


@shared_task(name="annotations.tasks.run_job")
def run_job(pk: str) -> None:
    run(pk)


@shared_task(name="annotations.tasks.sweep")
def sweep() -> None:
    """Each sweep by itself: one that breaks is no reason to leave out the others."""
    sweepers: tuple[Callable[[], object], ...] = (
        *(close_due_batches, sweep_preparing),
        *(sweep_leases, sweep_jobs, sweep_loads, workers.forget_dead),
        *(carry_out_retention, drop_closed_files, drop_left_files, drop_left_drafts, finish_restore),
        *(remove_deleted_studies, drop_interim, sweep_uploads, sweep_runs, sweep_rounds, sweep_bundles),
        watch_studies,
    )
    for sweeper in sweepers:
        try:
            sweeper()
        except Exception:
            logger.exception("%s broke; it is tried again at the next turn", sweeper.__name__)


@worker_ready.connect
def start_pulse(**kwargs: Any) -> None:
    pulse = workers.WorkerPulse()
    pulse.start()
    _pulse.append(pulse)


@worker_shutdown.connect
def stop_pulse(**kwargs: Any) -> None:
    while _pulse:
        _pulse.pop().stop()
