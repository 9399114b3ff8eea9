"""What providers know people by: kept in one table, sealed, found by keyed hash, erasable alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction

from annotations.core import audit, keys, tokens
from annotations.core.errors import Refusal
from annotations.core.retrying import retried
from annotations.people.models import Enrolment, Identity, Participant
from annotations.studies.models import Study


@dataclass(frozen=True)
class Arrival:
    """Somebody at the door: what the provider calls them (blank: nobody is known), and what else it said."""

    provider: str
    identity: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def entry_key_of(study: Study, arrival: Arrival) -> str:
    """The same person comes to the same entry, whatever the browser. Random where nobody is known."""
    if not arrival.identity:
        return secrets.token_urlsafe(24)
    return keys.digest(settings.KEYS.pseudonym, "arrival", study.pk, arrival.provider, arrival.identity).hex()


def remember(participant: Participant, arrival: Arrival) -> None:
    """Keep what the provider said. Call in the transaction that makes the participant."""
    if not arrival.identity:
        return
    said = {"identity": arrival.identity, "details": dict(arrival.details)}
    Identity.objects.create(
        participant=participant,
        study_id=participant.study_id,
        provider=arrival.provider,
        digest=_digest(participant.study_id, arrival.provider, arrival.identity),
        sealed=settings.KEYS.identity.encrypt(json.dumps(said).encode()).decode(),
    )


def find_identity(study: Study, provider: str, identity: str) -> Identity | None:
    rows = Identity.objects.filter(study=study, digest=_digest(study.pk, provider, identity))
    return rows.select_related("participant").first()


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
    """What the provider said beside the id; nothing where nobody is known. One query."""
    identity = Identity.objects.filter(participant=participant).first()
    return opened(identity).details if identity else {}


@retried
@transaction.atomic
def erase_identity(*, participant: Participant, actor: str) -> bool:
    """Forget who a participant is, and keep what they answered. False where nobody is known.

    The way in is closed too: nobody who knows the provider's id can tell that it was this participant.
    """
    for enrolment in Enrolment.objects.filter(participant=participant).order_by("pk"):
        enrolment.entry_key = tokens.hashed(secrets.token_urlsafe(24))
        enrolment.token_hash = tokens.hashed(secrets.token_urlsafe(24))
        enrolment.save(update_fields=["entry_key", "token_hash"])
    gone, _ = Identity.objects.filter(participant=participant).delete()
    if gone:
        audit.record(
            actor=actor, action="identity erased", subject=participant.study.slug, participant=participant.key
        )
    return bool(gone)


def _digest(study_id: int, provider: str, identity: str) -> str:
    return keys.digest(settings.KEYS.pseudonym, "identity", study_id, provider, identity).hex()
