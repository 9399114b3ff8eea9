"""What providers know people by: kept in one table, sealed, found by keyed hash, erasable alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from annotations.core import audit, keys, suppression
from annotations.core.errors import Refusal
from annotations.core.retrying import retried
from annotations.people.invitations import use_invitation
from annotations.people.models import Enrolment, Identity, Invitation, Participant
from annotations.studies.models import Study

INVITATION = "invitation"
# How keys and tokens begin that open nothing any more.
CUT = "cut-"


@dataclass(frozen=True)
class Arrival:
    """Somebody at the door: what the provider calls them (blank: nobody is known), and what else it said."""

    provider: str
    identity: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    # It opens the door to one person: whoever comes with it later need not be the same.
    once: bool = False

    @property
    def names_somebody(self) -> bool:
        """Whether the same arrival is the same person, in whatever browser."""
        return bool(self.identity) and not self.once


def entry_key_of(study: Study, arrival: Arrival) -> str:
    """The same person comes to the same entry, whatever the browser. Random where nobody is known."""
    if not arrival.names_somebody:
        return secrets.token_urlsafe(24)
    return keys.digest(settings.KEYS.pseudonym, "arrival", study.pk, arrival.provider, arrival.identity).hex()


def remember(participant: Participant, arrival: Arrival) -> None:
    """Keep what the provider said. Call in the transaction that makes the participant.

    Raises Refusal where the arrival was good for one person and has been used.
    """
    if not arrival.identity:
        return
    if arrival.once:
        use_invitation(study_id=participant.study_id, token_hash=arrival.identity)
    Identity.objects.create(
        participant=participant,
        study_id=participant.study_id,
        provider=arrival.provider,
        digest=digest_of(participant.study_id, arrival.provider, arrival.identity),
        sealed=_sealed(arrival),
    )


def meet_again(enrolment: Enrolment, arrival: Arrival) -> None:
    """Keep what the provider says now of somebody who is known: a new submission, say.

    Who has completed the study is paid for the submission under which they did.
    """
    if arrival.identity and details_of(enrolment.participant) != dict(arrival.details):
        done = Enrolment.objects.filter(participant=enrolment.participant_id, state=Enrolment.COMPLETED)
        rows = Identity.objects.filter(participant=enrolment.participant_id).exclude(
            participant__in=done.values("participant")
        )
        rows.update(sealed=_sealed(arrival))


def is_same_person(enrolment: Enrolment, arrival: Arrival) -> bool:
    """Whether the browser in which somebody arrives is the one of this enrolment, as far as can be told."""
    if not arrival.identity:
        return True
    digest = digest_of(enrolment.batch.study_id, arrival.provider, arrival.identity)
    return Identity.objects.filter(participant=enrolment.participant_id, digest=digest).exists()


def find_identities(studies: Iterable[int], provider: str, identity: str) -> list[Identity]:
    """Whom a provider calls so, in any of these studies. One query."""
    digests = {pk: digest_of(pk, provider, identity) for pk in studies}
    return list(Identity.objects.filter(study__in=digests, digest__in=digests.values()).order_by("pk"))


def opened(identity: Identity) -> Arrival:
    """What was sealed. Raises Refusal where the key that sealed it is gone."""
    try:
        said = json.loads(settings.KEYS.identity.decrypt(identity.sealed.encode()))
    except InvalidToken as error:
        raise Refusal(
            "An identity cannot be opened: the key that sealed it is not there. Restore var/keys/identity."
        ) from error
    return Arrival(identity.provider, said["identity"], said["details"])


def details_of(participant: Participant) -> Mapping[str, str]:
    """What the provider said beside the id; nothing where nobody is known, or the key is gone. One query."""
    identity = Identity.objects.filter(participant=participant).first()
    try:
        return opened(identity).details if identity else {}
    except Refusal:
        return {}  # a participant's page goes on without


@retried
@transaction.atomic
def erase_identity(*, participant: Participant, actor: str) -> bool:
    """Forget who a participant is, and keep what they answered. False where nobody is known.

    The way in is closed too: nobody who knows the provider's id can tell that it was this participant,
    and whoever comes with it again is somebody new.
    """
    # First of all, so that of this and an erasure at once the second finds nobody.
    enrolments = Enrolment.objects.select_for_update(of=("self",), no_key=True).filter(
        participant=participant
    )
    held = list(enrolments.order_by("pk"))
    identity = Identity.objects.filter(participant=participant).first()
    if identity is None:
        return False
    # Before the commit, as for people: a restore of an older backup forgets them again.
    suppression.remember(suppression.identity_digest_of(participant.study.slug, participant.key))
    _cut_ways(held)
    _blur_invitations([identity])
    identity.delete()
    audit.record(
        actor=actor, action="identity erased", subject=participant.study.slug, participant=participant.key
    )
    return True


@retried
@transaction.atomic
def forget_identities(*, enrolments: Sequence[int]) -> int:
    """The same for many of one study at once, and for those whom no provider knows: their ways in are cut.

    Returns how many were not cut before.
    """
    found = Enrolment.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=enrolments)
    held = list(with_ways_in(found).select_related("participant__study").order_by("pk"))
    # Before the commit, here too: a backup may be older than the amendment that made the day an earlier one.
    who = [(one.participant.study.slug, one.participant.key) for one in held]
    suppression.remember(*(suppression.identity_digest_of(*one) for one in who))
    count = _cut_ways(held)
    identities = list(Identity.objects.filter(participant__enrolments__in=enrolments))
    _blur_invitations(identities)
    Identity.objects.filter(pk__in=[identity.pk for identity in identities]).delete()
    return count


def with_ways_in(enrolments: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """Those that somebody can still come back to."""
    return enrolments.exclude(token_hash__startswith=CUT)


def _cut_ways(enrolments: Iterable[Enrolment]) -> int:
    """Keys and tokens that nobody has; they do not look like the hash of one."""
    count = 0
    for enrolment in enrolments:
        enrolment.entry_key = f"{CUT}{secrets.token_urlsafe(24)}"
        enrolment.token_hash = f"{CUT}{secrets.token_urlsafe(24)}"
        enrolment.save(update_fields=["entry_key", "token_hash"])
        count += 1
    return count


def _blur_invitations(identities: Sequence[Identity]) -> None:
    """When an invitation was used would tell by whom: the enrolment began at that moment."""
    invited = {identity.digest for identity in identities if identity.provider == INVITATION}
    for study_id in {identity.study_id for identity in identities} if invited else ():
        used = Invitation.objects.filter(study=study_id, used_at__isnull=False).order_by("pk")
        for invitation in used:
            if digest_of(study_id, INVITATION, invitation.token_hash) in invited:
                Invitation.objects.filter(pk=invitation.pk).update(used_at=F("created_at"))


def _sealed(arrival: Arrival) -> str:
    said = {"identity": arrival.identity, "details": dict(arrival.details)}
    token: bytes = settings.KEYS.identity.encrypt(json.dumps(said).encode())
    return token.decode()


def digest_of(study_id: int, provider: str, identity: str) -> str:
    return keys.digest(settings.KEYS.pseudonym, "identity", study_id, provider, identity).hex()
