"""How a passage can end for whoever sent the person here, each with a code of its own."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F

from annotations.core import keys
from annotations.core.counters import swap
from annotations.people.models import EntryCount
from annotations.studies.models import Study

OUTCOMES = ("completed", "screened_out", "failed_checks", "no_consent", "full")


def outcome_code(study: Study, outcome: str) -> str:
    """The code that the provider was told, else one of the platform's own, another for each outcome."""
    given = study.definition["recruitment"].get("codes", {}).get(outcome, "")
    return given or keys.code(settings.KEYS.pseudonym, "outcome", study.pk, outcome, length=8)


def count_entry(study: Study, outcome: str) -> None:
    """One more who came and did not go in. Who it was is not kept, so whoever comes twice counts twice."""
    mine = EntryCount.objects.filter(study=study, outcome=outcome)
    if not swap(mine, count=F("count") + 1):
        EntryCount.objects.get_or_create(study=study, outcome=outcome)
        swap(mine, count=F("count") + 1)
