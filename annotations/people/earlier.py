"""Waves that leave earlier people out: whether somebody at the door had a place in what a batch names.

People are known again by what their provider calls them, or by the cookie of a browser in which they took
part. Only that somebody is known is learnt, and nothing is stored of it: not who, nor what they answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from annotations.core import tokens
from annotations.people.identities import Arrival, digest_of
from annotations.people.models import Enrolment, Identity
from annotations.studies.models import Batch


def leaving_out(
    batches: Iterable[Batch], arrival: Arrival | None, sessions: Collection[str] = ()
) -> frozenset[int]:
    """Which of the batches leave this person out. One query at the most, none where no batch names any.

    `sessions` are the tokens by which their browser is known in other studies.
    """
    naming = {batch.pk: {(study, of) for study, of in batch.left_out} for batch in batches if batch.left_out}
    if not naming:
        return frozenset()
    studies = {study for named in naming.values() for study, _ in named}
    had = _places_of(studies, arrival, sessions)
    been = had | {(study, None) for study, _ in had}
    return frozenset(pk for pk, named in naming.items() if named & been)


def _places_of(
    studies: set[int], arrival: Arrival | None, sessions: Collection[str]
) -> set[tuple[int, int | None]]:
    """Study and batch of every place that the person had in these studies."""
    read = ("batch__study_id", "batch_id")
    places = Enrolment.objects.filter(batch__study__in=studies).order_by()
    asked = []
    if sessions:
        hashes = [tokens.hashed(one) for one in sessions]
        asked.append(places.filter(token_hash__in=hashes).values_list(*read))
    if arrival is not None and arrival.names_somebody:
        digests = [digest_of(study, arrival.provider, arrival.identity) for study in sorted(studies)]
        known = Identity.objects.filter(study__in=studies, digest__in=digests)
        asked.append(places.filter(participant__in=known.values("participant")).values_list(*read))
    if not asked:
        return set()
    found = asked[0].union(*asked[1:]) if len(asked) > 1 else asked[0]
    return {(study, batch) for study, batch in found}
