"""Places of a batch: taken, kept, given back. The only code that moves `running` and `completed`."""

from __future__ import annotations

from django.db.models import F

from annotations.core import clock
from annotations.core.counters import swap
from annotations.people.models import Enrolment
from annotations.studies.models import Batch


def take_place(batch_id: int) -> bool:
    """Take a place of an open batch, if one is free, its time has come and is not over, and money is left."""
    return swap(Batch.objects.with_places().filter(pk=batch_id), running=F("running") + 1)


def retake_place(enrolment: Enrolment) -> bool:
    """Let somebody back in who had left or lapsed, if a place is free. Call in a transaction.

    Not whose passage is over: screened out, failed the checks, or returned.
    """
    mine = Enrolment.objects.filter(pk=enrolment.pk, outcome__in=Enrolment.MAY_COME_BACK)
    expires_at = clock.now() + enrolment.lease
    for gone in (Enrolment.LEFT, Enrolment.LAPSED):
        # Their row before the batch's: the order of locks. Where another tab was let in, no row fits.
        if not swap(mine.filter(state=gone), state=Enrolment.ACTIVE, expires_at=expires_at):
            continue
        if take_place(enrolment.batch_id):
            mine.update(finished_at=None)
        else:
            mine.update(state=gone, expires_at=enrolment.expires_at)  # nobody saw it
    enrolment.refresh_from_db(fields=["state", "expires_at", "finished_at"])
    return enrolment.state == Enrolment.ACTIVE


def return_place(enrolment: Enrolment, *, state: str, outcome: str = "") -> bool:
    """Give the place back: the participant left, or the lease lapsed. Call in a transaction.

    `outcome` says how the passage ended where that is more than the state says.
    """
    active = Enrolment.objects.filter(pk=enrolment.pk, state=Enrolment.ACTIVE)
    if state == Enrolment.LAPSED:
        active = active.filter(expires_at__lt=clock.now())  # somebody who came back in time keeps it
    if not swap(active, state=state, outcome=outcome, finished_at=clock.now()):
        return False
    Batch.objects.filter(pk=enrolment.batch_id).update(running=F("running") - 1)
    return True


def note_outcome(enrolment: Enrolment, outcome: str) -> None:
    """How the passage of somebody ended who has no place any more, unless it ended for good before."""
    before = ("",) if outcome in Enrolment.MAY_COME_BACK else Enrolment.MAY_COME_BACK
    gone = Enrolment.objects.filter(pk=enrolment.pk, state__in=(Enrolment.LEFT, Enrolment.LAPSED))
    swap(gone.filter(outcome__in=before), outcome=outcome)


def complete_place(enrolment: Enrolment) -> bool:
    """The last unit is done; the place is used up for good. Steps after it go on. Call in a transaction."""
    active = Enrolment.objects.filter(
        pk=enrolment.pk,
        state=Enrolment.ACTIVE,
        handed_out=enrolment.handed_out,  # not if another tab has just been given a unit
    )
    now = clock.now()
    if not swap(active, state=Enrolment.COMPLETED, finished_at=now):
        return False
    enrolment.state, enrolment.finished_at = Enrolment.COMPLETED, now
    Batch.objects.filter(pk=enrolment.batch_id).update(
        running=F("running") - 1, completed=F("completed") + 1, spent=F("spent") + 1
    )
    return True


def vacate_place(enrolment: Enrolment) -> None:
    """Free the place of somebody whose data are about to be erased, whatever its state."""
    held = {Enrolment.ACTIVE: "running", Enrolment.COMPLETED: "completed"}.get(enrolment.state)
    if held:
        Batch.objects.filter(pk=enrolment.batch_id).update(**{held: F(held) - 1})


def renew(enrolment: Enrolment) -> None:
    """Activity keeps the place. Written once a tenth of the lease has passed, not at every page."""
    now = clock.now()
    if enrolment.expires_at - now < 0.9 * enrolment.lease:
        enrolment.expires_at = now + enrolment.lease
        Enrolment.objects.filter(pk=enrolment.pk, state=Enrolment.ACTIVE).update(
            expires_at=enrolment.expires_at
        )
