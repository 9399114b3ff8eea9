"""What providers tell us by themselves: that somebody gave a submission back, or ran out of time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from annotations.allocation.services import leave
from annotations.core import clock, keys
from annotations.core.retrying import retried
from annotations.participation.providers.prolific import ID
from annotations.people.identities import details_of, find_identities
from annotations.people.models import Enrolment, Identity, ProviderEvent
from annotations.studies.models import Study

# Seconds that a message may be under way.
FRESH_FOR = 300
MOMENT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
# What Prolific calls it, and we.
ENDINGS = {"RETURNED": Enrolment.RETURNED, "TIMED-OUT": Enrolment.TIMED_OUT}


@dataclass(frozen=True)
class Ending:
    """One submission of one person, and how it ended."""

    identity: str
    submission: str
    outcome: str


@csrf_exempt
@never_cache
@require_POST
def prolific_hook(request: HttpRequest) -> HttpResponse:
    """The answer tells nobody whether we know whom it was about."""
    if not is_signed(request.headers, request.body):
        return HttpResponse("not signed\n", status=403, content_type="text/plain")
    ending = read_ending(request.body)
    if ending:
        for identity in _identities_of(ending):
            end_passage(identity, ending)
    return HttpResponse("ok\n", content_type="text/plain")


def is_signed(headers: Mapping[str, str], body: bytes) -> bool:
    """By one of our secrets, and within the last minutes."""
    sent_at = headers.get("X-Prolific-Request-Timestamp", "")
    if not MOMENT.fullmatch(sent_at) or abs(clock.now().timestamp() - float(sent_at)) > FRESH_FOR:
        return False
    signature = headers.get("X-Prolific-Request-Signature", "").encode()
    signed = [sign(secret, sent_at, body) for secret in settings.PROLIFIC_WEBHOOK_SECRETS]
    return any(hmac.compare_digest(one, signature) for one in signed)


def sign(secret: str, sent_at: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), sent_at.encode() + body, hashlib.sha256).digest())


def read_ending(body: bytes) -> Ending | None:
    """None for whatever else Prolific has to tell."""
    try:
        said = json.loads(body)
        names = ("event_type", "participant_id", "resource_id", "status")
        event, person, submission, status = (str(said[name]) for name in names)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    outcome = ENDINGS.get(status.upper().replace("_", "-").replace(" ", "-"))
    if event != "submission.status.change" or outcome is None:
        return None
    if not (ID.fullmatch(person) and ID.fullmatch(submission)):
        return None
    return Ending(person.lower(), submission.lower(), outcome)


def _identities_of(ending: Ending) -> list[Identity]:
    """In whichever study: the message does not say, but their submission does."""
    studies = Study.objects.filter(definition__recruitment__provider="prolific").values_list("pk", flat=True)
    return find_identities(studies, "prolific", ending.identity)


@retried
@transaction.atomic
def end_passage(identity: Identity, ending: Ending) -> None:
    """Free lease and place, once for each submission and ending.

    Who is done stays done. Who came back with another submission is not put out by news of the first.
    """
    # Keyed with what is sealed, which nobody can know again once the identity is erased.
    digest = keys.digest(
        settings.KEYS.pseudonym, "provider event", identity.sealed, ending.submission, ending.outcome
    )
    enrolments = Enrolment.objects.select_for_update(of=("self",), no_key=True)
    enrolment = enrolments.filter(participant=identity.participant_id).select_related("participant").first()
    if enrolment is None or details_of(enrolment.participant).get("SESSION_ID") != ending.submission:
        return
    _event, is_new = ProviderEvent.objects.get_or_create(digest=digest.hex(), defaults={"identity": identity})
    if is_new:
        leave(enrolment=enrolment, outcome=ending.outcome)
