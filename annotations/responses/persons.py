"""What each person answered, read a hundred people at a time: for rules of exclusion and signals of quality.

Plain Python: neither needs a data frame, and memory holds the answers of a hundred people at the most.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from annotations.catalogue.models import Grade, Item
from annotations.people.models import Enrolment, Participant
from annotations.responses.models import Response, StepAnswer
from annotations.studies.models import Study

AT_ONCE = 100
CHUNK = 5_000

UnitKey = tuple[int, int | None]


class Given(NamedTuple):
    """One answer that stands: checks, repeats and surplus ones included, whether it is excluded or not."""

    pk: int
    item: int
    output: int | None
    verdict: str
    difficulty: float | None
    confidence: float | None
    answer_correct: bool | None
    dont_know: bool | None
    position: int | None
    started_ms: int | None
    duration_ms: int | None
    active_ms: int | None
    idle_ms: int | None
    away_ms: int | None
    repeat: bool
    is_check: bool
    check_passed: bool | None
    surplus: bool
    meta: dict[str, str]

    @property
    def unit(self) -> UnitKey:
        return self.item, self.output

    @property
    def ms(self) -> int | None:
        """Time spent on it: what the browser saw of activity, else by the server's clock."""
        return self.duration_ms if self.active_ms is None else self.active_ms

    @property
    def scored(self) -> bool:
        return not (self.is_check or self.surplus or self.repeat)


COLUMNS = (
    "pk", "item_id", "output_id", "verdict", "difficulty", "confidence", "answer_correct", "dont_know",
    "position", "started_ms", "duration_ms", "active_ms", "idle_ms", "away_ms", "repeat", "is_check",
    "check_passed", "surplus", "meta",
)  # fmt: skip


@dataclass
class Person:
    """A participant with their answers in the order in which they were given."""

    pk: int
    key: str
    kind: str
    imported: bool
    answers: list[Given]
    # What they said at steps that are no units, by question; the last attempt stands.
    told: dict[str, Any] = field(default_factory=dict)
    # Whether a passage goes on or was completed; units done of those wanted. None for who came with a bundle.
    at_work: bool = False
    completed: bool = False
    done: int | None = None
    wanted: int | None = None

    @cached_property
    def scored(self) -> list[Given]:
        return [one for one in self.answers if one.scored]

    @cached_property
    def checks(self) -> list[Given]:
        """Those that can be passed or failed."""
        return [one for one in self.answers if one.is_check and one.check_passed is not None]


def people_of(study: Study, only: Iterable[int] | None = None) -> Iterator[Person]:
    """Everybody of the study who has answered, by primary key."""
    rows = Participant.objects.filter(study=study).order_by("pk")
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    pks = list(rows.values_list("pk", flat=True))
    for start in range(0, len(pks), AT_ONCE):
        yield from _read(pks[start : start + AT_ONCE])


def _read(pks: list[int]) -> Iterator[Person]:
    about = Participant.objects.filter(pk__in=pks).values_list("pk", "key", "kind", "imported")
    people = {pk: Person(pk, key, kind, imported, []) for pk, key, kind, imported in about}
    standing = Response.objects.standing().filter(participant__in=pks).order_by("participant_id", "pk")
    rows = standing.values_list("participant_id", *COLUMNS).iterator(chunk_size=CHUNK)
    for pk, group in groupby(rows, key=lambda row: row[0]):
        if pk in people:
            people[pk].answers = sorted((Given(*row[1:]) for row in group), key=_order)
    _add_passages(pks, people)
    steps = StepAnswer.objects.filter(enrolment__participant__in=pks).order_by("attempt", "pk")
    for pk, question, value in steps.values_list("enrolment__participant_id", "question", "value"):
        if pk in people:
            people[pk].told[question] = value
    yield from (people[pk] for pk in pks if pk in people and people[pk].answers)


def _order(one: Given) -> tuple[bool, int, int]:
    return one.position is None, one.position or 0, one.pk


def _add_passages(pks: list[int], people: dict[int, Person]) -> None:
    passages = Enrolment.objects.filter(participant__in=pks).select_related("batch").order_by("pk")
    for one in passages:
        person = people.get(one.participant_id)
        if person is not None:
            person.at_work |= one.state == Enrolment.ACTIVE
            person.completed |= one.state == Enrolment.COMPLETED
            person.done = (person.done or 0) + one.done
            person.wanted = (person.wanted or 0) + one.wanted


class Around:
    """What the others did at the same units. It counts everybody's answers, excluded or not, so that what is
    found does not hang on what was found before."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def _times(self) -> tuple[dict[UnitKey, array[int]], dict[str, array[int]]]:
        """Times in order, by unit and by domain. Machines are no others."""
        units: dict[UnitKey, array[int]] = {}
        domains: dict[str, array[int]] = {}
        rows = Response.objects.countable().filter(study=self.study, repeat=False)
        rows = rows.exclude(participant__kind=Participant.AI)
        columns = ("item_id", "output_id", "active_ms", "duration_ms")
        for item, output, active, duration in rows.values_list(*columns).iterator(chunk_size=CHUNK):
            ms = duration if active is None else active
            if ms is not None:
                units.setdefault((item, output), array("q")).append(ms)
                domains.setdefault(self.domains.get(item, ""), array("q")).append(ms)
        return _sorted(units), _sorted(domains)

    @cached_property
    def domains(self) -> dict[int, str]:
        items = Item.objects.filter(collection=self.study.collection_id)
        return dict(items.values_list("pk", "domain").iterator(chunk_size=CHUNK))

    @cached_property
    def grades(self) -> dict[int, str]:
        """The present grade of each output."""
        rows = Grade.objects.filter(output__collection=self.study.collection_id, current=True)
        return dict(rows.values_list("output_id", "grade").iterator(chunk_size=CHUNK))

    def typical_ms(self, given: Given, others: int) -> float | None:
        """Median time of the others at the unit; of all answers in the domain where fewer are there."""
        units, domains = self._times
        here = units.get(given.unit)
        if here is not None and len(here) > others:
            return _median_without(here, given.ms)
        domain = domains.get(self.domains.get(given.item, ""))
        return None if domain is None or len(domain) <= others else _median_without(domain, given.ms)


def _sorted(times: dict[Any, array[int]]) -> dict[Any, array[int]]:
    return {key: array("q", sorted(values)) for key, values in times.items()}


def _median_without(ordered: array[int], own: int | None) -> float:
    """Median of values in order, one of them, `own`, left out. O(log n)."""
    count = len(ordered)
    place = count if own is None else bisect_left(ordered, own)
    if place < count and ordered[place] == own:
        count -= 1
    else:
        place = count

    def at(number: int) -> int:
        return ordered[number if number < place else number + 1]

    low, high = at((count - 1) // 2), at(count // 2)
    return (low + high) / 2
