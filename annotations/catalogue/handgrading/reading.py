"""What was found by hand: how far rounds are, how graders agree, how often an audit found a wrong grade."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from annotations.catalogue.handgrading.models import HandPlace, HandRound, HandTask
from annotations.catalogue.handgrading.rounds import CORRECT, INCORRECT
from annotations.catalogue.models import GRADES


@dataclass(frozen=True)
class Progress:
    round: HandRound
    settled: int
    ties: int
    halves: int

    @property
    def left(self) -> int:
        return self.round.total - self.settled

    @property
    def percent(self) -> int:
        return int(100 * self.settled / self.round.total) if self.round.total else 0


@dataclass(frozen=True)
class Agreement:
    """Of outputs that two people graded: how many they graded alike, and kappa, which takes off what chance
    alone would bring. Who came first is chance, so both are taken as graders of one kind (Scott 1955).
    """

    pairs: int
    alike: int
    kappa: float | None

    @property
    def share(self) -> float | None:
        return self.alike / self.pairs if self.pairs else None


@dataclass(frozen=True)
class AuditCounts:
    """Settled audits: of so many graded incorrect, so many were found correct; and the other way round.

    The fields are those of `statistics.misgrading.Audit`.
    """

    incorrect: int = 0
    found_correct: int = 0
    correct: int = 0
    found_incorrect: int = 0


def rounds_of(collection: int, subject: str) -> QuerySet[HandRound]:
    return HandRound.objects.filter(collection=collection, subject=subject, ready=True)


def with_progress(rounds: QuerySet[HandRound]) -> QuerySet[Any]:
    """Rounds with the numbers that `progress_of` reads, in one query."""
    open_half = Q(tasks__state=HandTask.OPEN, tasks__given__gt=0)
    return rounds.annotate(
        n_settled=Count("tasks", filter=Q(tasks__state=HandTask.SETTLED)),
        n_ties=Count("tasks", filter=Q(tasks__state=HandTask.TIE)),
        n_halves=Count("tasks", filter=open_half),
    )


def progress_of(round: Any) -> Progress:
    """Of a round that came `with_progress`."""
    return Progress(round, round.n_settled, round.n_ties, round.n_halves)


@dataclass(frozen=True)
class Found:
    agreement: Agreement
    audit: AuditCounts


def found_by_hand(collection: int, subject: str) -> Found:
    """What all rounds of a study found so far. One query.

    An output is audited again only when its grade was changed meanwhile, so none counts twice for one grade.
    """
    tasks = HandTask.objects.filter(round__collection=collection, round__subject=subject, given__gt=0)
    fields = ("round__purpose", "state", "stratum", "final", "first", "second")
    pairs: Counter[tuple[str, str]] = Counter()
    audited: Counter[tuple[str, str]] = Counter()
    for purpose, state, stratum, final, first, second, count in (
        tasks.values_list(*fields).annotate(n=Count("pk")).order_by()
    ):
        if purpose == HandRound.GRADING and second:
            # A grade may come with its kind of avoidance.
            pairs[first.split()[0], second.split()[0]] += count
        elif purpose == HandRound.AUDIT and state == HandTask.SETTLED:
            audited[stratum, final] += count
    totals = {graded: sum(n for (one, _), n in audited.items() if one == graded) for graded in GRADES}
    counts = AuditCounts(
        incorrect=totals[INCORRECT],
        found_correct=audited[INCORRECT, CORRECT],
        correct=totals[CORRECT],
        found_incorrect=audited[CORRECT, INCORRECT],
    )
    return Found(agreement(pairs), counts)


def audit_counts(collection: int, subject: str) -> AuditCounts:
    """What the audits of a study found, all of them together: for the analysis of wrong grades."""
    return found_by_hand(collection, subject).audit


def agreement(pairs: Counter[tuple[str, str]]) -> Agreement:
    total = sum(pairs.values())
    alike = sum(count for (first, second), count in pairs.items() if first == second)
    if not total:
        return Agreement(0, 0, None)
    by_chance = 0.0
    for grade in GRADES:
        said = sum(count * ((first == grade) + (second == grade)) for (first, second), count in pairs.items())
        by_chance += (said / (2 * total)) ** 2
    kappa = (alike / total - by_chance) / (1 - by_chance) if by_chance < 1 else None
    return Agreement(total, alike, kappa)


def graded_by(round: HandRound) -> list[tuple[str, int]]:
    """Who graded how many. One query."""
    rows = HandPlace.objects.filter(round=round, state=HandPlace.GIVEN).values_list("user__email")
    return list(rows.annotate(n=Count("pk")).order_by("-n", "user__email"))


def settled(round: HandRound) -> QuerySet[HandTask]:
    """With the keys of their outputs, and not with their texts."""
    rows = HandTask.objects.filter(round=round, state=HandTask.SETTLED).select_related("output")
    return rows.only("first", "second", "graded", "final", "output__key").order_by("pk")


def with_notes(tasks: list[HandTask]) -> list[tuple[HandTask, list[str]]]:
    """Each with what its graders noted. One query."""
    notes: dict[int, list[str]] = {}
    rows = HandPlace.objects.filter(task__in=tasks).exclude(note="").order_by("pk")
    for task, note in rows.values_list("task_id", "note"):
        notes.setdefault(task, []).append(note)
    return [(task, notes.get(task.pk, [])) for task in tasks]
