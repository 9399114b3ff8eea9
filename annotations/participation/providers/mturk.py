from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from annotations.participation.providers.base import BadArrival, Provider, register
from annotations.people.identities import Arrival
from annotations.studies.models import Study

ID = re.compile(r"[0-9A-Za-z]{5,64}")
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
# Where a form may bring the code: the site, and the one on which requesters try things out.
SITES = ("https://www.mturk.com", "https://workersandbox.mturk.com")


@register("mturk")
class MTurk(Provider):
    """Workers of Mechanical Turk. The frame there links here; the code is brought back to the frame."""

    def arrive(self, study: Study, query: Mapping[str, str]) -> Arrival:
        given = {name: query.get(name, "").strip() for name in ("workerId", "assignmentId")}
        if given["assignmentId"] == PREVIEW:
            raise BadArrival(_("This is a preview. Accept the HIT first; then its page leads you here."))
        missing = [name for name, value in given.items() if not ID.fullmatch(value)]
        if missing:
            raise BadArrival(
                _(
                    "This address lacks %(names)s, by which Mechanical Turk says who you are. Accept the"
                    " HIT and open the study by the button on its page."
                )
                % {"names": ", ".join(missing)}
            )
        return Arrival("mturk", given["workerId"], {"assignmentId": given["assignmentId"]})


def submit_address(turk_submit_to: str) -> str:
    """Where the frame's form goes; blank where that is not one of MTurk's own sites."""
    try:
        parts = urlsplit(turk_submit_to.strip())
    except ValueError:
        return ""
    site = f"{parts.scheme}://{parts.netloc}".lower()
    return f"{site}/mturk/externalSubmit" if site in SITES and parts.path in ("", "/") else ""
