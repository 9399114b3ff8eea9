"""Celery tasks: thin, each hands over to the area whose work it is."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from annotations.core import workers
from annotations.core.jobs.runner import run_job as run
from annotations.core.jobs.sweeper import sweep_jobs

_pulse: list[workers.WorkerPulse] = []


@shared_task(name="annotations.tasks.run_job")
def run_job(pk: str) -> None:
    run(pk)


@shared_task(name="annotations.tasks.sweep")
def sweep() -> None:
    sweep_jobs()
    workers.forget_dead()


@worker_ready.connect
def start_pulse(**kwargs: Any) -> None:
    pulse = workers.WorkerPulse()
    pulse.start()
    _pulse.append(pulse)


@worker_shutdown.connect
def stop_pulse(**kwargs: Any) -> None:
    while _pulse:
        _pulse.pop().stop()
