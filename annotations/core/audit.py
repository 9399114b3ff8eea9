"""The audit log's one way in."""

from __future__ import annotations

from annotations.core.models import AuditEntry

SYSTEM = "system"


def record(*, actor: str, action: str, subject: str, **details: object) -> None:
    """Write an entry in the transaction of the act it tells of."""
    AuditEntry.objects.create(actor=actor, action=action, subject=subject, details=details)
