"""What a provider does: say who arrives, and where people go when they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from annotations.core.errors import Refusal
from annotations.core.problems import listing, near_miss
from annotations.core.reasons import Reason
from annotations.people.identities import Arrival
from annotations.people.outcomes import OUTCOMES, outcome_code
from annotations.studies.models import Study


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
    # Whether people hold a submission there, which stays open until they hand it in or return it.
    has_submissions = True

    def arrive(self, study: Study, query: Mapping[str, str]) -> Arrival:
        """Who comes, by the parameters of the address. Raises BadArrival."""
        raise NotImplementedError

    def check_first_visit(self, study: Study, arrival: Arrival) -> None:
        """Raises BadArrival if nobody can come in by it any more.

        Not asked of a form: one that is sent twice finds the enrolment that it made.
        """

    def departure(self, study: Study, outcome: str, details: Mapping[str, str]) -> Departure:
        """`details` are those of the arrival."""
        return Departure(outcome_code(study, outcome)) if self.takes_codes else Departure()

    def forbids(self, definition: Mapping[str, Any]) -> list[str]:
        """What in a study the provider's rules do not allow, each with what they ask for instead."""
        return []

    def reasons(self, recruitment: Mapping[str, Any]) -> list[str]:
        """Why a study cannot open that recruits so."""
        given = recruitment["settings"]
        reasons: list[str] = [
            Reason(
                f"`recruitment.settings.{name}` is missing: {what}.",
                f"recruitment.settings.{name}",
                unfinished=True,
            )
            for name, what in self.settings.items()
            if given.get(name) in (None, "")
        ]
        known = listing(list(self.settings)) if self.settings else "none"
        codes: dict[str, str] = recruitment.get("codes", {})
        taken = [code for outcome in OUTCOMES if (code := codes.get(outcome, ""))]
        if len(set(taken)) != len(taken):
            why = "`recruitment.codes` has the same code for two outcomes: give each its own."
            reasons.append(Reason(why, "recruitment.codes"))
        return reasons + [
            Reason(
                f"`recruitment.settings` has {name!r}, which {recruitment['provider']} does not know"
                f"{near_miss(name, list(self.settings))}; it reads {known}.",
                "recruitment.settings",
            )
            for name in given
            if name not in self.settings
        ]


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
