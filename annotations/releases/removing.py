"""What was deleted goes for good once its days are over: people, answers, releases with their files."""

from __future__ import annotations

from django.db import transaction

from annotations.catalogue.autograding.models import GradingRun
from annotations.catalogue.handgrading.models import HandRound
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.importing.staging import drop
from annotations.catalogue.loading import delete
from annotations.catalogue.pacing import Pace
from annotations.core import audit, suppression
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.releases import storage
from annotations.responses.erasure import erase_participant
from annotations.studies.models import Batch, StratumLevel, Study, StudyVersion, Unit
from annotations.studies.shelving import overdue

WITH_ITS_STUDY = "its study was deleted"


def remove_deleted_studies() -> int:
    """Returns how many studies went. One that breaks keeps no other; it is tried again at the next turn."""
    count, broken = 0, []
    for study in overdue():
        try:
            _remove(study)
            count += 1
        except Exception as error:
            broken.append(error)
    if broken:
        raise ExceptionGroup("deleted studies that are still there", broken)
    return count


def _remove(study: Study) -> None:
    """In pieces, the study's own row last: one that was broken off is gone on with. The collection stays."""
    for participant in Participant.objects.filter(study=study).order_by("pk").iterator():
        erase_participant(participant=participant, actor=audit.SYSTEM, reason=WITH_ITS_STUDY)
    for release in study.releases.all():
        storage.drop(release)
    for upload in Upload.objects.filter(subject=study.slug):
        drop(upload)
        upload.delete()
    pace = Pace()
    batches = Batch.objects.filter(study=study)
    delete(Unit.objects.filter(batch__in=batches).only("pk"), pace)
    delete(StratumLevel.objects.filter(batch__in=batches).only("pk"), pace)
    suppression.remember(suppression.study_digest_of(study.slug, study.created_at))
    with transaction.atomic():
        Job.objects.filter(subject=study.slug).delete()
        for wanted in (GradingRun, HandRound):
            wanted.objects.filter(subject=study.slug, collection=study.collection_id).delete()
        Study.objects.filter(pk=study.pk).update(version=None)
        StudyVersion.objects.filter(study=study).delete()
        gone = f"{study.slug} (deleted, {study.pk})"
        study.delete()
        audit.file_away(subject=study.slug, under=gone)
        audit.record(actor=audit.SYSTEM, action="deleted study removed", subject=gone)
