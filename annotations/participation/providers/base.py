"""What a provider does: say who arrives, and where people go when they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings

from annotations.core import keys
from annotations.core.errors import Refusal
from annotations.core.problems import listing, near_miss
from annotations.people.identities import Arrival
from annotations.studies.models import Study

OUTCOMES = ("completed", "screened_out", "failed_checks", "no_consent", "full")


class BadArrival(Refusal):
    """The address lacks what the provider should have put in; the text says what, and what to do."""


@dataclass(frozen=True)
class Departure:
    """The code that tells the provider how it ended, and the address that takes it there; blank: none."""

    code: str = ""
    address: str = ""


class Provider:
    """One kind of recruitment. Stateless: what it needs stands in the study's `recruitment`."""

    # Names in `recruitment.settings` that it reads, with what each is.
    settings: Mapping[str, str] = {}
    # Whether whoever is turned away is given a code to hand in.
    takes_codes = True

    def arrive(self, study: Study, query: Mapping[str, str]) -> Arrival:
        """Who comes, by the parameters of the address. Raises BadArrival."""
        raise NotImplementedError

    def departure(self, study: Study, outcome: str, details: Mapping[str, str]) -> Departure:
        """`details` are those of the arrival."""
        return Departure(outcome_code(study, outcome)) if self.takes_codes else Departure()

    def reasons(self, recruitment: Mapping[str, Any]) -> list[str]:
        """Why a study cannot open that recruits so."""
        given = recruitment["settings"]
        reasons = [
            f"`recruitment.settings.{name}` is missing: {what}."
            for name, what in self.settings.items()
            if given.get(name) in (None, "")
        ]
        known = listing(list(self.settings)) if self.settings else "none"
        return reasons + [
            f"`recruitment.settings` has {name!r}, which {recruitment['provider']} does not know"
            f"{near_miss(name, list(self.settings))}; it reads {known}."
            for name in given
            if name not in self.settings
        ]


def outcome_code(study: Study, outcome: str) -> str:
    """The code that the provider was told, else one of the platform's own, another for each outcome."""
    given = study.definition["recruitment"].get("codes", {}).get(outcome, "")
    return given or keys.code(settings.KEYS.pseudonym, "outcome", study.pk, outcome, length=8)


_providers: dict[str, Provider] = {}
FILES = {"open": "open", "invitation": "invitation", "prolific": "prolific", "mturk": "mturk", "sona": "sona"}


def register(name: str) -> Callable[[type[Provider]], type[Provider]]:
    def add(provider: type[Provider]) -> type[Provider]:
        _providers[name] = provider()
        return provider

    return add


def get(name: str) -> Provider:
    if name not in _providers:
        import_module(f"annotations.participation.providers.{FILES[name]}")
    return _providers[name]
