"""A study that came with its answers: closed, frozen as what it was loaded as.

What takes long (the hash over all rows) is done before the transaction that publishes.
"""

from __future__ import annotations

from dataclasses import dataclass

from annotations.catalogue.models import Load
from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.releases.definitions import DEFINITION_FILE
from annotations.releases.reading import Released, bad
from annotations.studies.definition import definition_hash
from annotations.studies.freezing import current_loads, digests
from annotations.studies.models import Axis, Batch, Study, StudyVersion
from annotations.studies.preparing import new_batch
from annotations.studies.retention import note_dates


@dataclass
class Closing:
    study: Study
    loads: list[int]
    definition_hash: str

    def publish(self) -> None:
        """In the transaction that publishes the load."""
        study = self.study
        if current_loads(study) != self.loads:
            raise Refusal(
                f"Another bundle of the collection {study.collection.name} was loaded meanwhile."
                " Nothing was changed: try again."
            )
        version = StudyVersion.objects.create(
            study=study,
            number=study.versions.count() + 1,
            definition=study.definition,
            definition_hash=self.definition_hash,
            loads=self.loads,
        )
        note_dates(version)
        study.version, study.state, study.closed_at = version, Study.CLOSED, clock.now()
        study.save(update_fields=["version", "state", "closed_at"])


def close_loaded(study: Study, load: Load, released: Released | None) -> Closing:
    """Prepare the closing of a study whose load is stored. Raises BundleErrors if its hashes do not agree."""
    loads = sorted({*current_loads(study), load.pk})
    rows = digests(study, loads)
    closing = Closing(study, loads, definition_hash(study.definition, rows))
    if released is not None:
        _check_hash(closing.definition_hash, released.definition_hash, DEFINITION_FILE)
        for one in released.earlier:
            if one.same_rows:
                file = f"definition-{one.number}.json"
                _check_hash(definition_hash(one.definition, rows), one.definition_hash, file)
        _restore_versions(study, loads, released)
    _batches(study)
    return closing


def _check_hash(found: str, released: str, file: str) -> None:
    if found != released:
        raise bad(
            file,
            f"its hash with the rows of the collection is {found}, but the manifest has {released}: it or a"
            " table was changed after the release, or the collection has other rows too",
        )


def _restore_versions(study: Study, loads: list[int], released: Released) -> None:
    for one in released.earlier:
        version = StudyVersion.objects.create(
            study=study,
            number=one.number,
            definition=one.definition,
            definition_hash=one.definition_hash,
            loads=loads,
        )
        note_dates(version)


def restore_axis(study: Study, released: Released | None) -> None:
    """The borrowed axis that a release carries: it needs the other study no more."""
    if released is not None and released.axis is not None:
        Axis.objects.create(study=study, **vars(released.axis))


def _batches(study: Study) -> None:
    """Batches of a study whose answers came with it: closed, without units."""
    Batch.objects.bulk_create(
        new_batch(study, settings, position=position, state=Batch.CLOSED)
        for position, settings in enumerate(study.definition["batches"])
    )
