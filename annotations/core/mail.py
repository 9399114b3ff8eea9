"""The one way out for mail. Call it after the commit: a server may take its time, or be away."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)


def is_on() -> bool:
    """Whether a mail server is set: without one nothing is sent, and pages say so."""
    return bool(settings.MAIL_ON)


def send(*, to: Sequence[str], subject: str, body: str) -> bool:
    """A plain mail to each of the addresses, one by one: they do not see each other.

    Returns whether the server took all of them. It never raises: what the mail tells stands on a page too.
    """
    if not is_on():
        return False
    taken = True
    for address in to:
        mail = EmailMessage(subject=" ".join(subject.split()), body=body, to=[address])
        try:
            mail.send()
        except (SMTPException, OSError, ValueError) as error:
            logger.warning("A mail was not sent: %s", type(error).__name__)
            taken = False
    return taken
