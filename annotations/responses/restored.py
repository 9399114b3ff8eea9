"""Who was erased after a backup was taken is erased again once it has been put back."""

from __future__ import annotations

from annotations.core import suppression
from annotations.core.restoring import left_unfinished
from annotations.people.identities import forget_identities
from annotations.people.models import Enrolment, Participant
from annotations.responses.erasure import erase_participant
from annotations.responses.retention import PIECE, end_study
from annotations.studies.models import Study


def erase_again() -> int:
    """Do again what the suppression list says was done. Returns how many people or identities were erased.

    People altogether, identities with the ways in of those whom no provider knows, and what nobody wrote to
    a study whose last day had come.
    """
    listed = suppression.remembered()
    if not listed:
        return 0
    count = 0
    for participant in Participant.objects.select_related("study"):
        if suppression.digest_of(participant.study.slug, participant.key) in listed:
            erase_participant(participant=participant, actor="restore")
            count += 1
    for study in Study.objects.all():
        if suppression.study_digest_of(study.slug, study.created_at) in listed:
            end_study(study)
    return count + _forget_again(listed)


def _forget_again(listed: set[str]) -> int:
    enrolments = Enrolment.objects.order_by("pk").values_list(
        "pk", "participant__study__slug", "participant__key"
    )
    known = [pk for pk, *who in enrolments if suppression.identity_digest_of(*who) in listed]
    pieces = (known[start : start + PIECE] for start in range(0, len(known), PIECE))
    return sum(forget_identities(enrolments=piece) for piece in pieces)


def finish_restore() -> int:
    """Do what a restore that was broken off left undone. Returns how many were erased again."""
    with left_unfinished() as unfinished:
        return erase_again() if unfinished else 0
