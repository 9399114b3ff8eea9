"""Drafts and what is in them, for tests of opening, freezing and drawing."""

from __future__ import annotations

from annotations.studies.models import Unit
from tests.participation.kit import make_study


def draft(folder, slug="sums", **bundle):
    return make_study(folder, slug, open_now=False, **bundle)


def keys(study, batch=None):
    """Keys of the drawn units, sorted."""
    units = Unit.objects.filter(batch__study=study, is_check=False).select_related("item", "output")
    if batch:
        units = units.filter(batch__name=batch)
    return sorted(unit.output.key if unit.output else unit.item.key for unit in units)
