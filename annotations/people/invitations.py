"""Links for one person each: made by researchers, shown once, used up by whoever gets in with them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from annotations.core import audit, clock, tokens
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.core.retrying import retried
from annotations.people.models import Invitation
from annotations.studies.models import Study

# At a time: what a page shows, and a person can send.
MOST = 1000


@retried
@transaction.atomic
def make_invitations(*, study: Study, count: int, actor: str) -> list[str]:
    """Tokens of new invitations, in the order of their numbers. They can be read here and never again."""
    if not 1 <= count <= MOST:
        raise Refusal(f"Make between 1 and {MOST} invitations at a time.")
    # Of two who make some at once the second waits, and numbers on from there.
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    last = Invitation.objects.filter(study=study).aggregate(last=Max("number"))["last"] or 0
    made = [tokens.new_token() for _each in range(count)]
    Invitation.objects.bulk_create(
        Invitation(study=study, token_hash=tokens.hashed(token), number=number)
        for number, token in enumerate(made, start=last + 1)
    )
    audit.record(actor=actor, action="invitations made", subject=study.slug, count=count)
    return made


def find_invitation(study: Study, token: str) -> Invitation | None:
    return Invitation.objects.filter(study=study, token_hash=tokens.hashed(token)).first()


def use_invitation(*, study_id: int, token_hash: str) -> None:
    """Use it up. Call in the transaction that lets the person in. Raises Refusal if somebody else did."""
    unused = Invitation.objects.filter(study=study_id, token_hash=token_hash, used_at__isnull=True)
    if not swap(unused, used_at=clock.now()):
        raise Refusal(used_text())


def used_text() -> str:
    return _(
        "This invitation has been used. If it was you, go on in the browser in which you began. If it was"
        " not, ask whoever invited you for another one."
    )
