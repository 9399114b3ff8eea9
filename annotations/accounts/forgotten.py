"""Passwords that were forgotten: a worker sends the mail, so that no page tells who has an account."""

from __future__ import annotations

from typing import Any

from annotations.accounts import throttle
from annotations.accounts.links import mail_link, password_link
from annotations.accounts.services import find_user
from annotations.core import audit
from annotations.core.jobs.kinds import Context
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job

KIND = "password mail"


def want_password_mail(*, email: str, address: str, base: str) -> None:
    """Ask for it, for any address alike; more than a few times in a quarter of an hour nothing is sent."""
    digest = throttle.digest_of(f"forgotten|{email.strip()}", address)
    if throttle.too_many(digest):
        return
    throttle.note_failure(digest)
    want_job(kind=KIND, subject="", params={"email": email.strip()[:254], "base": base}, wanted_by="")


def work(context: Context) -> bool:
    params = context.job.params
    user = find_user(params["email"])
    if user is None or not user.is_active:
        return False
    link = password_link(user=user, base=params["base"], actor=audit.SYSTEM)
    return mail_link(user=user, link=link, invited=not user.has_usable_password())


def store(job: Job, outcome: Any) -> dict[str, Any]:
    """Of the address nothing is kept."""
    job.params = {}
    job.save(update_fields=["params"])
    return {}
