"""Making rounds of tasks, and closing them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotations.catalogue.autograding.choosing import chosen_outputs
from annotations.catalogue.handgrading.models import HandPlace, HandRound, HandTask
from annotations.catalogue.models import Collection
from annotations.catalogue.pacing import Pace
from annotations.core import audit, clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.core.hashing import point

BLIND_GRADERS, AUDITORS = 2, 1
INCORRECT, CORRECT = "incorrect", "correct"
NOTHING = "No output is chosen: nothing fits, or all that do are being graded by hand already."


class Drawn(NamedTuple):
    output: int
    key: str
    stratum: str = ""
    graded: str = ""


def unfinished(**of: Any) -> QuerySet[HandTask]:
    """Tasks of rounds that go on, of the output at hand."""
    rows = HandTask.objects.filter(output=OuterRef("pk"), round__closed_at__isnull=True, **of)
    return rows.exclude(state=HandTask.SETTLED)


def new_round(
    *, collection: Collection, subject: str, purpose: str, asked: Mapping[str, Any], actor: str
) -> HandRound:
    """A round that nobody sees yet."""
    return HandRound.objects.create(
        collection=collection, subject=subject, purpose=purpose, asked=dict(asked), wanted_by=actor
    )


def draw_for_grading(round: HandRound) -> list[Drawn]:
    """The outputs that fit and are in no other round that goes on; with `sample`, a seeded choice of them."""
    asked = round.asked
    # Its own tasks are those of an attempt that was broken off.
    others = unfinished().exclude(round=round.pk)
    rows = chosen_outputs(round.collection_id, asked).exclude(Exists(others))
    found = [Drawn(pk, key) for pk, key in rows.values_list("pk", "key")]
    sample = asked.get("sample")
    return found if sample is None else seeded(found, int(sample), int(asked["seed"]))


def seeded(drawn: Iterable[Drawn], count: int, seed: int) -> list[Drawn]:
    """The same of the same outputs with the same seed."""
    return sorted(drawn, key=lambda one: (point(seed, "hand grading", one.key), one.key))[:count]


def fill_round(
    round: HandRound, drawn: Sequence[Drawn], tell: Callable[[float, str], None] = lambda share, said: None
) -> None:
    """Tasks in chunks that nobody reads, published by one update. Done again, it begins anew.

    A worker that was taken for dead may still be at it: whoever comes after another has published the round
    changes nothing, and nobody publishes one from which another has taken tasks.
    """
    if not drawn:
        discard(round)
        raise Refusal(NOTHING)
    with transaction.atomic():
        if _hold_unpublished(round):
            HandTask.objects.filter(round=round).delete()
    wanted = BLIND_GRADERS if round.purpose == HandRound.GRADING else AUDITORS
    seed, pace, done = int(round.asked["seed"]), Pace(), 0
    tasks = (
        HandTask(
            round=round,
            output_id=one.output,
            shuffle=point(seed, "order", round.pk, one.key),
            stratum=one.stratum,
            graded=one.graded,
            wanted=wanted,
        )
        for one in drawn
    )
    while chunk := list(islice(tasks, pace.rows)):
        with pace.turn(len(chunk)):
            if _hold_unpublished(round):
                HandTask.objects.bulk_create(chunk)
        done += len(chunk)
        tell(done / len(drawn), f"{done:,} of {len(drawn):,} outputs drawn")
    with transaction.atomic():
        if _hold_unpublished(round):
            if HandTask.objects.filter(round=round).count() != len(drawn):
                raise RuntimeError(f"the tasks of round {round.pk} were begun again by another worker")
            HandRound.objects.filter(pk=round.pk).update(ready=True, total=len(drawn))
            audit.record(
                actor=round.wanted_by,
                action=f"hand {round.purpose} begun",
                subject=round.subject,
                outputs=len(drawn),
            )
    round.refresh_from_db()


def _hold_unpublished(round: HandRound) -> bool:
    """Whether nobody has published it, nor will before the transaction ends."""
    mine = HandRound.objects.filter(pk=round.pk, ready=False).select_for_update(no_key=True)
    return bool(mine.values_list("pk", flat=True))


def discard(round: HandRound) -> None:
    """A round of which nothing was seen."""
    HandRound.objects.filter(pk=round.pk, ready=False).delete()


def close_round(*, round: HandRound, actor: str) -> None:
    """No more places; what was given stays, what was settled is graded."""
    with transaction.atomic():
        if not swap(HandRound.objects.filter(pk=round.pk, closed_at__isnull=True), closed_at=clock.now()):
            raise Refusal("The round was closed already.")
        HandPlace.objects.filter(round=round, state=HandPlace.LEASED).update(expires_at=clock.now())
        audit.record(actor=actor, action=f"hand {round.purpose} closed", subject=round.subject)
