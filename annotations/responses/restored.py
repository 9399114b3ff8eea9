"""Who was erased after a backup was taken is erased again once it has been put back."""

from __future__ import annotations

from annotations.core import suppression
from annotations.core.restoring import left_unfinished
from annotations.people.identities import erase_identity
from annotations.people.models import Participant
from annotations.responses.erasure import erase_participant


def erase_again() -> int:
    """Erase every participant, or identity, whose digest is on the suppression list. Returns how many."""
    listed = suppression.remembered()
    count = 0
    for participant in Participant.objects.select_related("study") if listed else ():
        who = participant.study.slug, participant.key
        if suppression.digest_of(*who) in listed:
            erase_participant(participant=participant, actor="restore")
            count += 1
        elif suppression.identity_digest_of(*who) in listed:
            count += erase_identity(participant=participant, actor="restore")
    return count


def finish_restore() -> int:
    """Do what a restore that was broken off left undone. Returns how many were erased again."""
    with left_unfinished() as unfinished:
        return erase_again() if unfinished else 0
