from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from annotations.participation.providers.base import BadArrival, Departure, Provider, register
from annotations.people.identities import INVITATION, Arrival
from annotations.people.invitations import find_invitation, used_text
from annotations.people.models import Invitation
from annotations.studies.models import Study


@register(INVITATION)
class ByInvitation(Provider):
    """One person a link. To open it uses nothing up; to take part does."""

    takes_codes = False
    has_submissions = False

    def arrive(self, study: Study, query: Mapping[str, str]) -> Arrival:
        token = query.get("invitation", "").strip()
        if not token:
            raise BadArrival(
                _("This study is by invitation. Open the link of your invitation, with everything in it.")
            )
        invitation = find_invitation(study, token)
        if invitation is None:
            raise BadArrival(
                _(
                    "This invitation is not known here. Copy the whole link, to its last letter; if that"
                    " does not help, ask whoever invited you for another one."
                )
            )
        return Arrival(INVITATION, invitation.token_hash, {"invitation": str(invitation.number)}, once=True)

    def check_first_visit(self, study: Study, arrival: Arrival) -> None:
        used = Invitation.objects.filter(study=study, token_hash=arrival.identity, used_at__isnull=False)
        if used.exists():
            raise BadArrival(used_text())

    def departure(self, study: Study, outcome: str, details: Mapping[str, str]) -> Departure:
        return Departure(study.definition["recruitment"].get("codes", {}).get(outcome, ""))
