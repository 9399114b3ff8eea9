from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from annotations.core.reasons import Reason
from annotations.participation.providers.base import BadArrival, Departure, Provider, register
from annotations.people.identities import Arrival
from annotations.studies.models import Study

CODE = re.compile(r"[0-9A-Za-z]{1,40}")
SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


@register("sona")
class Sona(Provider):
    """Students of a SONA site, by the survey code that it puts into the address as `id`."""

    settings = {
        "site": "the host name of your SONA site, such as example.sona-systems.com",
        "experiment_id": "the number of the study in SONA",
        "credit_token": "the token of the study's completion address in SONA",
    }
    # Credit is granted by the address alone, and to those who completed the study.
    takes_codes = False

    def arrive(self, study: Study, query: Mapping[str, str]) -> Arrival:
        code = query.get("id", "").strip()
        if "%" in code or code.upper() == "SURVEY_CODE":
            raise BadArrival(
                _(
                    "SONA did not fill in your survey code, so you could not be given credit. Please open"
                    " the study from its page in SONA, and if this happens again, tell the researchers."
                )
            )
        if not CODE.fullmatch(code):
            raise BadArrival(
                _(
                    "This address lacks the survey code by which SONA gives you credit. Please sign up for"
                    " the study in SONA and open it from there."
                )
            )
        return Arrival("sona", code, {"survey_code": code})

    def departure(self, study: Study, outcome: str, details: Mapping[str, str]) -> Departure:
        if outcome != "completed" or "survey_code" not in details:
            return Departure()
        given = study.definition["recruitment"]["settings"]
        query = urlencode(
            {
                "experiment_id": given["experiment_id"],
                "credit_token": given["credit_token"],
                "survey_code": details["survey_code"],
            }
        )
        return Departure(address=f"https://{given['site']}/webstudy_credit.aspx?{query}")

    def reasons(self, recruitment: Mapping[str, Any]) -> list[str]:
        reasons = super().reasons(recruitment)
        site = recruitment["settings"].get("site")
        if site and not SITE.fullmatch(str(site)):
            why = "`recruitment.settings.site` is a host name alone, without https:// and slashes."
            reasons.append(Reason(why, "recruitment.settings.site"))
        return reasons
