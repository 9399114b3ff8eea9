"""The audit log's one way in."""

from __future__ import annotations

from annotations.core.models import AuditEntry

SYSTEM = "system"


def forget(*, subject: str, participant: str) -> None:
    """Of entries that name somebody who is being erased, keep that something was done, not to whom."""
    AuditEntry.objects.filter(subject=subject, details__participant=participant).update(details={})


def file_away(*, subject: str, under: str) -> None:
    """Let entries about what is gone stand under another name, so that a namesake does not inherit them."""
    AuditEntry.objects.filter(subject=subject).update(subject=under)


def record(*, actor: str, action: str, subject: str, **details: object) -> None:
    """Write an entry in the transaction of the act it tells of."""
    AuditEntry.objects.create(actor=actor, action=action, subject=subject, details=details)
