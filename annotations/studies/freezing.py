"""Freezing: what a study was when it opened, and the hash that says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from annotations.catalogue.models import Item, Load, Output, System, Template
from annotations.studies.definition import Digests, definition_hash
from annotations.studies.models import Study, StudyVersion
from annotations.studies.retention import note_dates

ROWS_JUDGED: dict[str, Any] = {"items": Item, "templates": Template, "systems": System, "outputs": Output}
ROWS_RATED: dict[str, Any] = {"items": Item}


def rows_of(study: Study) -> dict[str, Any]:
    """The tables that are the study's: outputs and what belongs to them only where it judges outputs."""
    return ROWS_JUDGED if study.judges_outputs else ROWS_RATED


def current_loads(study: Study) -> list[int]:
    return list(
        Load.objects.published()
        .filter(collection=study.collection_id)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def loads_of(study: Study) -> list[int]:
    """The loads whose rows are the study's: fixed when it opened, all published ones before."""
    if study.version is not None:
        return list(study.version.loads)
    return current_loads(study)


def digests(study: Study, loads: Iterable[int]) -> dict[str, Digests]:
    """Digests of the study's rows by table, sorted."""
    found = {table: Digests() for table in ROWS_JUDGED}
    for table, model in rows_of(study).items():
        rows = model.objects.filter(collection=study.collection_id, load__in=list(loads))
        found[table] = Digests(rows.values_list("digest", flat=True).iterator())
    return found


@transaction.atomic
def freeze_version(study: Study, definition: dict[str, Any], *, loads: list[int]) -> StudyVersion:
    """Make the next version, of the rows that came with `loads`."""
    hashed = definition_hash(definition, digests(study, loads))
    number = study.versions.count() + 1
    version = StudyVersion.objects.create(
        study=study, number=number, definition=definition, definition_hash=hashed, loads=loads
    )
    note_dates(version)
    study.version, study.definition = version, definition
    study.save(update_fields=["version", "definition"])
    return version
