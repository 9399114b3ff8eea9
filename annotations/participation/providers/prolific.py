from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from annotations.core.reasons import Reason
from annotations.participation.providers.base import BadArrival, Departure, Provider, register
from annotations.people.identities import Arrival
from annotations.people.outcomes import outcome_code
from annotations.studies.models import Study

# In the address that is pasted there, each stands behind its own name as {{%NAME%}}.
PARAMETERS = ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")
ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
ATTEMPTS = 2
EXIT = "https://app.prolific.com/submissions/complete"


@register("prolific")
class Prolific(Provider):
    """People of Prolific, by the three parameters that it puts into the address."""

    def arrive(self, study: Study, query: Mapping[str, str]) -> Arrival:
        given = {name: query.get(name, "").strip() for name in PARAMETERS}
        if any("%" in value or "{" in value for value in given.values()):
            raise BadArrival(
                _(
                    "Prolific did not fill in who you are, so you cannot be paid for this visit. Please start"
                    " the study from its page on Prolific, and if this happens again, tell the researchers."
                )
            )
        missing = [name for name, value in given.items() if not ID.fullmatch(value)]
        if missing:
            raise BadArrival(
                _(
                    "This address lacks %(names)s, by which Prolific says who you are. Please open the study"
                    " from its page on Prolific; do not type the address or copy it without its end."
                )
                % {"names": ", ".join(missing)}
            )
        lowered = {name: value.lower() for name, value in given.items()}
        details = {"STUDY_ID": lowered["STUDY_ID"], "SESSION_ID": lowered["SESSION_ID"]}
        return Arrival("prolific", lowered["PROLIFIC_PID"], details)

    def departure(self, study: Study, outcome: str, details: Mapping[str, str]) -> Departure:
        code = outcome_code(study, outcome)
        return Departure(code, f"{EXIT}?{urlencode({'cc': code})}")

    def forbids(self, definition: Mapping[str, Any]) -> list[str]:
        """Nobody may be asked to return for one mistake in a test of comprehension."""
        return [
            Reason(
                f"Prolific allows nobody to be turned away at the first attempt: give the step"
                f" {step['name']!r} {ATTEMPTS} attempts or more.",
                f"steps.{place}.attempts",
            )
            for place, step in enumerate(definition["steps"])
            if _turns_away(step) and step["attempts"] < ATTEMPTS
        ]


def _turns_away(step: Mapping[str, Any]) -> bool:
    return step["kind"] == "comprehension" or (step["kind"] == "practice" and step["pass_at"] is not None)
