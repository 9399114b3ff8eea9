"""Acts of time and of machines: sweepers, the schedule, jobs that break, what follows a restore."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.test import override_settings

from annotations.allocation.models import Assignment
from annotations.allocation.services import sweep_leases
from annotations.analysis.models import Draft
from annotations.analysis.pipeline import drop_left_drafts
from annotations.core import clock, suppression, workers
from annotations.core.jobs import outbox
from annotations.core.jobs.kinds import Part
from annotations.core.jobs.runner import run_job
from annotations.core.jobs.sweeper import send_all_queued, sweep_jobs
from annotations.core.models import Job, WorkerBeat
from annotations.participation.simulation import simulate
from annotations.people.invitations import make_invitations
from annotations.people.models import Participant
from annotations.releases import loading
from annotations.responses.messages import write_message
from annotations.responses.restored import finish_restore
from annotations.studies.models import RetentionDate, Study
from tests.core.job_kinds import ACT, MERGE
from tests.faults.acts import Act, act, carrying_out
from tests.faults.acts_of_people import at_unit
from tests.faults.acts_of_researchers import lose_loads
from tests.participation.kit import Visitor, make_study, write_bundle
from tests.participation.providers.kit import Sent, prolific_query
from tests.security.days import kept

LONG_AGO = timedelta(days=2)


class Died(BaseException):
    """As a process does: nothing is tidied up."""


@act
def freeing_a_lease_that_is_over(folder: Path) -> Act:
    """Its enrolment goes on."""
    at_unit(folder)
    Assignment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    return sweep_leases


@act
def taking_back_a_load(folder: Path) -> Act:
    """Its process died before it published anything."""
    bundle = write_bundle(folder / "sums", protocol="supervision")
    dying = mock.patch.object(loading.audit, "record", side_effect=Died)
    with mock.patch.object(loading, "take_back"), dying, contextlib.suppress(Died):
        loading.load_bundle(folder=bundle, actor="test")
    return lose_loads


@act
def deleting_identities_on_the_day(folder: Path) -> Act:
    """Of somebody invited, and of somebody whom no provider knows."""
    study = make_study(folder, settings=kept() | {"recruitment": {"provider": "invitation"}})
    (token,) = make_invitations(study=study, count=1, actor="test")
    Sent({"invitation": token}).begin()
    make_study(folder, "others", settings=kept())
    Visitor("others").begin()
    return carrying_out(RetentionDate.IDENTITIES)


@act
def erasing_again_after_a_restore(folder: Path) -> Act:
    """A person, an identity and a study whose day had come are listed; the restore was broken off."""
    study = make_study(folder, settings={"recruitment": {"provider": "prolific"}})
    for number in (1, 2):
        Sent(prolific_query(number)).begin()
    write_message(study=study, participant=None, submission_key="k" * 24, text="Hello")
    gone, forgotten = Participant.objects.order_by("pk")
    var = folder / "var"
    var.mkdir()

    def finish() -> None:
        with override_settings(VAR=var):
            suppression.remember(
                suppression.digest_of(study.slug, gone.key),
                suppression.identity_digest_of(study.slug, forgotten.key),
                suppression.study_digest_of(study.slug, study.created_at),
            )
            (var / "restoring").touch()
            finish_restore()

    return finish


@act
def cancelling_a_job(folder: Path) -> Act:
    job = wanted(MERGE, parts=[Part(ACT, {}, stage) for stage in (0, 1)])
    return lambda: outbox.cancel_job(Job.objects.get(pk=job.pk))


@act
def moving_jobs_on_whose_workers_were_lost(folder: Path) -> Act:
    """One for the first time, a part for the last, and one that somebody has cancelled."""
    once, cancelled = wanted(ACT, say="once"), wanted(ACT, say="cancelled")
    whole = wanted(MERGE, parts=[Part(ACT, {"say": say}, stage) for stage, say in enumerate("ab")])
    lost = {"state": Job.RUNNING, "beat_at": clock.now() - LONG_AGO}
    Job.objects.filter(pk=once.pk).update(attempts=1, **lost)
    Job.objects.filter(pk=cancelled.pk).update(cancel_wanted=True, **lost)
    whole.parts.filter(stage=0).update(attempts=Job.MAX_ATTEMPTS, **lost)
    return sweep_jobs


@act
def sending_all_jobs_to_a_new_broker(folder: Path) -> Act:
    wanted(ACT, say="one")
    wanted(ACT, say="other")
    return send_all_queued


@act
def running_a_job_that_refuses(folder: Path) -> Act:
    whole = wanted(MERGE, parts=[Part(ACT, {"refuse": "No."}, 0), Part(ACT, {"say": "b"}, 1)])
    return lambda: finished(whole.parts.get(stage=0))


@act
def running_a_job_that_breaks_once(folder: Path) -> Act:
    traces = folder / "traces"

    def run() -> None:
        traces.mkdir(exist_ok=True)
        if not Job.objects.get(pk=job.pk).attempts:
            (traces / "trace").unlink(missing_ok=True)  # what is to break is the first of this world
        finished(job)

    job = wanted(ACT, folder=str(traces), breaks=1)
    return run


@act
def sweeping_what_the_dead_left(folder: Path) -> Act:
    failed = Job.objects.create(kind=ACT, key="k", state=Job.FAILED)
    Draft.objects.create(job=failed, name="points", content=b"a row for each person")
    WorkerBeat.objects.create(name="gone:1", seen_at=clock.now() - LONG_AGO)

    def sweep() -> None:
        drop_left_drafts()
        workers.forget_dead()

    return sweep


@act
def simulating(folder: Path) -> Act:
    make_study(folder, units_per_participant=1)
    return lambda: simulate(study=Study.objects.get(), participants=1, seed=1)


def wanted(kind: str, *, parts: list[Part] | None = None, **params: object) -> Job:
    return outbox.want_job(kind=kind, subject="tests", params=params, wanted_by="tests", parts=parts or ())


def finished(job: Job) -> None:
    """Run until it is, by workers of whom some may die."""
    while not Job.objects.get(pk=job.pk).finished:
        Job.objects.filter(pk=job.pk, state=Job.RUNNING).update(beat_at=clock.now() - LONG_AGO)
        sweep_jobs()
        run_job(job.pk)
