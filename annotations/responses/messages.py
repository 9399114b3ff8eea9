"""What participants write to the researchers."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotations.core.errors import NotFound, Refusal
from annotations.core.tokens import hashed
from annotations.people.models import Participant
from annotations.responses.models import Message
from annotations.studies.models import Study

LENGTH = 2_000
# Of one person, and of all people without a session together that nobody has read yet: no flood fills a disk.
MOST_OF_ONE, MOST_OF_NOBODY = 20, 200


def write_message(
    *, study: Study, participant: Participant | None, submission_key: str, text: str, step: str = ""
) -> None:
    """Store a message; sent twice it is stored once. Raises Refusal, saying why, where it is not taken."""
    text = text.strip()
    if not text or len(text) > LENGTH or "\x00" in text:
        raise Refusal(_("Write at most %(most)s ordinary characters.") % {"most": LENGTH})
    before = Message.objects.filter(study=study, participant=participant)
    if participant is None:
        before = before.filter(read_at__isnull=True)
    most = MOST_OF_NOBODY if participant is None else MOST_OF_ONE
    if before.count() >= most:
        raise Refusal(_("There are many messages already. Please wait for an answer, or write by e-mail."))
    # Of a form that was sent again with other words, both are stored.
    person = participant.pk if participant else "nobody"
    key = hashed(f"{study.pk} {person} {submission_key} {text}")
    try:
        with transaction.atomic():
            Message.objects.create(
                study=study, participant=participant, submission_key=key, text=text, step=step
            )
    except IntegrityError:
        if participant and not Participant.objects.filter(pk=participant.pk).exists():
            raise NotFound(_("Your answers have been deleted.")) from None  # just now
        return  # the same form, sent again
