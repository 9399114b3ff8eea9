"""Links by which somebody chooses a password: signed, good for some days, and used up by the choice."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from annotations.accounts.models import User
from annotations.accounts.services import subject_of
from annotations.core import audit, mail

DAYS_GOOD = settings.PASSWORD_RESET_TIMEOUT // 86_400


def password_link(*, user: User, base: str, actor: str) -> str:
    """Whoever has it can choose the user's password once. `base` is the platform's address, "https://host"."""
    who = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    audit.record(actor=actor, action="password link made", subject=subject_of(user))
    return base.rstrip("/") + reverse("set_password", args=[who, token])


def mail_link(*, user: User, link: str, invited: bool) -> bool:
    """Whether the server took it."""
    opening = (
        "You have been given an account on a platform for studies of how well people check language models."
        if invited
        else "Somebody, probably you, asked for a new password on the study platform."
    )
    body = (
        f"{opening}\n\nChoose your password here, within {DAYS_GOOD} days:\n\n{link}\n\n"
        f"Then log in with this address, {user.email}.\n"
    )
    if not invited:
        body += "If it was not you, do nothing: your password stays as it is.\n"
    return mail.send(to=[user.email], subject="Your account on the study platform", body=body)
