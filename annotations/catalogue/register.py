"""Makes the catalogue's jobs known, without importing what they are done with."""

from __future__ import annotations

from annotations.catalogue.autograding.services import KIND
from annotations.core.jobs import kinds

kinds.register_module(KIND, "annotations.catalogue.autograding.job")
