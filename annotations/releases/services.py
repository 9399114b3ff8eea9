"""Acts on releases: wanting one, and closing those that hold somebody who withdraws."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from annotations.core import audit, clock
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.releases import storage
from annotations.releases.models import Release
from annotations.releases.results import fresh_runs
from annotations.studies.models import Study

KIND = "release"


def want_release(*, study: Study, wanted_by: str) -> Job:
    """Ask for a release of the data as they are now. Raises Refusal unless their analyses are fresh.

    The job's result names the release: an earlier one (`new` is false) where it holds the same content.
    """
    fresh_runs(study)
    with transaction.atomic():
        audit.record(actor=wanted_by, action="release wanted", subject=study.slug)
        return want_job(kind=KIND, subject=study.slug, params={"study": study.pk}, wanted_by=wanted_by)


def close_releases_of(participant: Participant, reason: str) -> None:
    """Before a person is erased: close the releases that hold their answers, for good; their files go.

    Takes the study's row, as the publishing of a release does: a release in the making either is
    published before and closed here, or finds its data moved.
    """
    study = Study.objects.select_for_update(no_key=True).get(pk=participant.study_id)
    held = Release.objects.filter(people__participant=participant, closed_at__isnull=True)
    for release in held:
        release.closed_at, release.closed_reason = clock.now(), reason
        release.save(update_fields=["closed_at", "closed_reason"])
        audit.record(
            actor=audit.SYSTEM,
            action="release closed",
            subject=study.slug,
            number=release.number,
            reason=reason,
        )
        transaction.on_commit(partial(storage.drop, release))
    transaction.on_commit(drop_left_files)


def drop_closed_files() -> int:
    """Files that a process which died after the closing left behind. Returns of how many releases."""
    return sum(storage.drop(release) for release in Release.objects.filter(closed_at__isnull=False))


def drop_left_files() -> int:
    """Folders that a process left which died while it made a release. Returns how many.

    What lay there before no job was seen to be at work is of one that is over: published, or dead.
    """
    lying = storage.unpublished()
    busy = set(Job.objects.filter(kind=KIND, state=Job.RUNNING).values_list("subject", flat=True))
    named = set(Release.objects.values_list("folder", flat=True))
    count = 0
    for path in lying:
        folder = f"{path.parent.name}/{path.name}"
        if folder in named:
            storage.confirm(folder)
        elif path.parent.name not in busy:
            storage.discard(path)
            count += 1
    return count
