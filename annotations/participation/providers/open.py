from __future__ import annotations

from collections.abc import Mapping

from annotations.participation.providers.base import Departure, Provider, register
from annotations.people.identities import Arrival
from annotations.studies.models import Study


@register("open")
class OpenLink(Provider):
    """Whoever has the address comes in. Nobody is known, and nobody waits for a code but the person."""

    takes_codes = False
    has_submissions = False

    def arrive(self, study: Study, query: Mapping[str, str]) -> Arrival:
        return Arrival("open")

    def departure(self, study: Study, outcome: str, details: Mapping[str, str]) -> Departure:
        code = study.definition["recruitment"].get("codes", {}).get(outcome, "")
        return Departure(code)
