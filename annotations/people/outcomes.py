"""How a passage can end for whoever sent the person here, each with a code of its own."""

from __future__ import annotations

from django.conf import settings

from annotations.core import keys
from annotations.studies.models import Study

OUTCOMES = ("completed", "screened_out", "failed_checks", "no_consent", "full")


def outcome_code(study: Study, outcome: str) -> str:
    """The code that the provider was told, else one of the platform's own, another for each outcome."""
    given = study.definition["recruitment"].get("codes", {}).get(outcome, "")
    return given or keys.code(settings.KEYS.pseudonym, "outcome", study.pk, outcome, length=8)
