"""What is worth an alert. Each finder reads one study and says what stands now, by what tells them apart.

An alert tells; it never pauses, excludes or rejects anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from annotations.core import clock
from annotations.research.watching.figures import Figures
from annotations.responses.models import Response
from annotations.studies.models import Batch, Study
from annotations.studies.watches import Alert, end_alerts, raise_alert

NEARLY = 0.9
# With so many places or more: of ten, nine are filled one before the last.
NEARLY_OF = 10
SILENT_AFTER, UNWATCHED_AFTER = timedelta(hours=2), timedelta(minutes=15)
TOLD_FOR = timedelta(days=1)
MANY_CHECKS, FAILED_SHARE = 20, 0.25
MANY_ENDED, LAPSED_SHARE = 20, 0.3
# A new alert each time that so many people have one.
STEPS = (1, 5, 20, 50, 100, 200, 500, 1_000)


@dataclass(frozen=True)
class Seen:
    study: Study
    figures: Figures
    batches: list[Batch]
    # When a worker had looked last, before it looks now.
    before: datetime | None

    @property
    def free(self) -> int:
        return sum(batch.free_places for batch in self.batches if batch.state == Batch.OPEN)


Found = Iterator[tuple[str, str]]
Finder = Callable[[Seen], Found]
FINDERS: dict[str, Finder] = {}


def finder(kind: str) -> Callable[[Finder], Finder]:
    def keep(find: Finder) -> Finder:
        FINDERS[kind] = find
        return find

    return keep


def raise_alerts(seen: Seen) -> int:
    """Raise what stands and is not raised yet, and end what is over. Returns how many are new."""
    count = 0
    for kind, find in FINDERS.items():
        found = dict(find(seen))
        end_alerts(study=seen.study, kind=kind, but=set(found))
        for about, words in found.items():
            count += raise_alert(study=seen.study, kind=kind, about=about, words=words) is not None
    return count


@finder("study full")
def study_full(seen: Seen) -> Found:
    if seen.study.state == Study.OPEN and seen.batches and not seen.free:
        at_work = sum(batch.running for batch in seen.batches)
        waits = f" {at_work} still at work." if at_work else ""
        yield "", f"All places of the study are taken.{waits} Close it, or extend a batch."


@finder("batch nearly full")
def batch_nearly_full(seen: Seen) -> Found:
    if seen.study.state != Study.OPEN:
        return
    for batch in seen.batches:
        used = batch.running + batch.completed
        if batch.places >= NEARLY_OF and NEARLY * batch.places <= used < batch.places:
            yield batch.name, f"The batch {batch.name} is nearly full: {used} of {batch.places} places."


@finder("pace stopped")
def pace_stopped(seen: Seen) -> Found:
    if seen.study.state != Study.OPEN or not seen.free:
        return
    last = Response.objects.filter(study=seen.study, assignment__isnull=False).aggregate(at=Max("created_at"))
    since = last["at"]
    if since is not None and clock.now() - since >= SILENT_AFTER:
        hours = f"{SILENT_AFTER.total_seconds() / 3600:g}"
        yield "", f"Nobody has answered for more than {hours} hours, and {seen.free} places are free."


@finder("worker away")
def worker_away(seen: Seen) -> Found:
    """Told when one is back, and for a day: without any there is nobody to tell it but the pages, which do at
    once."""
    told = Alert.objects.standing().filter(study=seen.study, kind="worker away")
    yield from told.filter(raised_at__gte=clock.now() - TOLD_FOR).values_list("about", "words")
    if seen.study.state == Study.OPEN and seen.before and clock.now() - seen.before >= UNWATCHED_AFTER:
        minutes = (clock.now() - seen.before).total_seconds() / 60
        yield (
            f"{seen.before:%Y-%m-%d %H:%M}",
            f"No background worker was alive for about {minutes:.0f} minutes, until now: analyses, alerts and"
            " lapsed places had to wait.",
        )


@finder("many failed checks")
def many_failed_checks(seen: Seen) -> Found:
    checks, failed = seen.figures["checks"], seen.figures["checks_failed"]
    if checks >= MANY_CHECKS and failed >= FAILED_SHARE * checks:
        yield (
            "",
            f"{failed} of {checks} attention checks were failed. Look whether the checks are clear before you"
            " think ill of people.",
        )


@finder("quality")
def quality(seen: Seen) -> Found:
    alarmed = seen.figures["alarmed"]
    for step in STEPS:
        if alarmed >= step:
            people = "1 person has" if step == 1 else f"{step} people or more have"
            yield str(step), f"{people} a quality alarm: look at the page People. Nothing is decided by it."


@finder("many lapse")
def many_lapse(seen: Seen) -> Found:
    ended = seen.figures["ended"]
    gone = ended["left"] + ended["lapsed"] + ended["returned"] + ended["timed out"]
    total = gone + ended["completed"]
    if total >= MANY_ENDED and gone >= LAPSED_SHARE * total:
        yield (
            "",
            f"{gone} of {total} passages ended before the last task: {ended['lapsed']} lapsed,"
            f" {ended['left']} left. Think of the length, the pay and the lease.",
        )
