"""Definitions of frozen versions, each parsed once a process: what never changes may be kept."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from annotations.studies.definition import as_served
from annotations.studies.models import StudyVersion

KEPT = 64


def fill_definition(version: StudyVersion) -> None:
    """Set the `definition`, as it is served, that the version was read without. Nobody may change it."""
    # The hash and the moment stand beside the number: after a restore another version may bear that.
    version.definition = _definition(version.pk, version.definition_hash, version.frozen_at)


@lru_cache(maxsize=KEPT)
def _definition(pk: int, _hash: str, _frozen_at: datetime) -> dict[str, Any]:
    return as_served(StudyVersion.objects.values_list("definition", flat=True).get(pk=pk))
