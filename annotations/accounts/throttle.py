"""Slowing down whoever guesses passwords: failures are counted in the audit log, for all processes alike.

Rows hold a keyed digest of address and e-mail, so the log names nobody who failed to log in.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256

from django.conf import settings

from annotations.core import audit, clock
from annotations.core.models import AuditEntry

FAILED, LOGGED_IN = "log-in failed", "logged in"
ALLOWED = 10
WINDOW = timedelta(minutes=15)


def digest_of(email: str, address: str) -> str:
    # Upper case first, as the database compares: it takes a dotless i for an i.
    text = f"log-in|{email.strip().upper().casefold()}|{address}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), sha256).hexdigest()


def too_many(digest: str) -> bool:
    """Whether the last quarter of an hour, or what passed since the last log-in, holds too many failures."""
    recent = AuditEntry.objects.filter(subject=digest, at__gte=clock.now() - WINDOW)
    last = recent.filter(action=LOGGED_IN).values_list("pk", flat=True).first()
    return recent.filter(action=FAILED, pk__gt=last or 0).count() >= ALLOWED


def note_failure(digest: str) -> None:
    audit.record(actor=audit.SYSTEM, action=FAILED, subject=digest)


def note_login(digest: str, actor: str) -> None:
    audit.record(actor=actor, action=LOGGED_IN, subject=digest)
