"""The pure half of loading a bundle: every row is checked here, none is stored. No Django, no database."""

from __future__ import annotations

from annotations.catalogue.bundle.archive import opened
from annotations.catalogue.bundle.cells import written_references
from annotations.catalogue.bundle.check import BundleErrors, check_bundle
from annotations.catalogue.bundle.checked import BundleChanged, CheckedBundle
from annotations.catalogue.bundle.collection import Declared, Existing, NewCollection
from annotations.catalogue.bundle.rows import (
    GradeRow,
    ItemRow,
    OutputRow,
    ParticipantRow,
    ResponseRow,
    SystemRow,
    TemplateRow,
)

__all__ = [
    "BundleChanged",
    "BundleErrors",
    "CheckedBundle",
    "Declared",
    "Existing",
    "GradeRow",
    "ItemRow",
    "NewCollection",
    "OutputRow",
    "ParticipantRow",
    "ResponseRow",
    "SystemRow",
    "TemplateRow",
    "check_bundle",
    "opened",
    "written_references",
]
