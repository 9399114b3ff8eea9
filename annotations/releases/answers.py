"""The tables of a release that show what people answered, under the release's pseudonyms.

A person is first read without any id: what they are and answered gives a digest, so that the
fingerprint of a release does not hang on pseudonyms. Only then are they named and put in order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import rfc8785
from django.conf import settings

from annotations.core import keys
from annotations.people.models import Participant
from annotations.releases.formats import Table
from annotations.releases.formats.csv import cell
from annotations.releases.formats.registry import Cells
from annotations.releases.tables import CHUNK, meta_cells, meta_names
from annotations.responses.importing import IMPORTED
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Study

# The columns of `responses` after the participant's, with the field that each is read from.
FIELDS = {
    "item_id": "item__key", "output_id": "output__key", "batch": "batch__name", "condition": "condition",
    "answer": "answer", "dont_know": "dont_know", "answer_correct": "answer_correct",
    "initial_answer": "initial_answer", "difficulty": "difficulty", "verdict": "verdict",
    "confidence": "confidence", "position": "position", "started_ms": "started_ms",
    "duration_ms": "duration_ms", "active_ms": "active_ms", "idle_ms": "idle_ms", "away_ms": "away_ms",
    "changes": "changes", "repeat": "repeat", "is_check": "is_check", "surplus": "surplus",
    "supersedes": "supersedes_id", "probability": "probability", "excluded": "pk",
    "exclusion_reason": "pk", "definition_hash": "definition_hash",
}  # fmt: skip
COLUMNS = tuple(FIELDS)
SUPERSEDES, EXCLUDED, REASON = (
    COLUMNS.index(name) for name in ("supersedes", "excluded", "exclusion_reason")
)
POSITION, ITEM, OUTPUT = (COLUMNS.index(name) for name in ("position", "item_id", "output_id"))


@dataclass
class Person:
    """One participant with their answers in order; `supersedes` counts from their own first answer."""

    participant: Participant
    rows: list[Cells]
    digest: str


@dataclass
class People:
    people: list[Person]
    metas: tuple[str, ...]
    answer_metas: tuple[str, ...]

    def digests(self) -> list[str]:
        return sorted(person.digest for person in self.people)

    def tables(self, study: Study, number: int) -> Iterator[Table]:
        """`participants` and `responses` with the pseudonyms of the release of this number."""
        named = [(pseudonym(study, number, one.participant), one) for one in self.people]
        named.sort(key=lambda pair: pair[0])
        yield Table(
            "participants",
            ("participant_id", "kind", "group", *self.metas),
            (
                (
                    name,
                    one.participant.kind,
                    one.participant.group,
                    *meta_cells(one.participant.meta, self.metas),
                )
                for name, one in named
            ),
        )
        yield Table("responses", ("participant_id", *COLUMNS, *self.answer_metas), _numbered(named))


def read_people(study: Study) -> People:
    """Everybody who answered, and everybody who came with a bundle. Reads each answer once."""
    answer_metas = meta_names(
        Response.objects.filter(study=study).exclude(meta={}).values_list("meta", flat=True).iterator()
    )
    answers = _answers(study, answer_metas)
    participants = Participant.objects.filter(study=study)
    people = [
        _person(participant, answers.get(participant.pk, []))
        for participant in participants.iterator(chunk_size=CHUNK)
        if participant.imported or participant.pk in answers
    ]
    return People(people, meta_names(one.participant.meta for one in people), answer_metas)


def pseudonym(study: Study, number: int, participant: Participant) -> str:
    """The id that came with the participant's bundle, else one that differs from release to release."""
    if participant.imported:
        return participant.key
    return (
        "p" + keys.digest(settings.KEYS.pseudonym, "release", study.slug, number, participant.key).hex()[:16]
    )


def _answers(study: Study, metas: tuple[str, ...]) -> dict[int, list[Cells]]:
    """By participant: primary keys in `supersedes` become numbers, from 1, of the person's answers."""
    reasons = dict(
        Exclusion.objects.filter(response__study=study, revoked_at__isnull=True).values_list(
            "response_id", "reason"
        )
    )
    rows = Response.objects.filter(study=study).order_by("participant_id", "pk")
    values = rows.values_list("participant_id", "pk", "meta", *FIELDS.values()).iterator(chunk_size=CHUNK)
    found: dict[int, list[Cells]] = {}
    for person, own in groupby(values, key=lambda value: value[0]):
        read = {pk: _cells(pk, cells, meta, metas, reasons) for _, pk, meta, *cells in own}
        found[person] = _in_order(read)
    return found


def _cells(
    pk: int, cells: list[Any], meta: dict[str, str], metas: tuple[str, ...], reasons: dict[int, str]
) -> list[Any]:
    cells[EXCLUDED] = pk in reasons
    reason = reasons.get(pk, "")
    cells[REASON] = "" if reason == IMPORTED else reason
    return [*cells, *meta_cells(meta, metas)]


def _in_order(read: dict[int, list[Any]]) -> list[Cells]:
    """By position, unit and content of the first answer; corrections right after what they supersede."""
    later = {cells[SUPERSEDES]: pk for pk, cells in read.items() if cells[SUPERSEDES] is not None}
    chains: list[list[int]] = []
    for pk, cells in read.items():
        if cells[SUPERSEDES] is None:
            chain = [pk]
            while chain[-1] in later:
                chain.append(later[chain[-1]])
            chains.append(chain)
    ordered: list[Cells] = []
    for chain in sorted(chains, key=lambda chain: [_sort_key(read[pk]) for pk in chain]):
        for place, pk in enumerate(chain):
            read[pk][SUPERSEDES] = len(ordered) if place else None
            ordered.append(tuple(read[pk]))
    return ordered


def _sort_key(cells: list[Any]) -> tuple[Any, ...]:
    position = cells[POSITION]
    content = [cell(value) for at, value in enumerate(cells) if at != SUPERSEDES]
    return (position is None, position or 0, cells[ITEM], cells[OUTPUT] or "", content)


def _person(participant: Participant, rows: list[Cells]) -> Person:
    content = [
        participant.kind,
        participant.group,
        participant.meta,
        [[cell(value) for value in row] for row in rows],
    ]
    return Person(participant, rows, hashlib.sha256(rfc8785.dumps(content)).hexdigest())


def _numbered(named: list[tuple[str, Person]]) -> Iterator[Cells]:
    """All answers; `supersedes` becomes the number of a row of the whole table."""
    before = 0
    for name, person in named:
        for row in person.rows:
            cells = list(row)
            if cells[SUPERSEDES] is not None:
                cells[SUPERSEDES] += before
            yield (name, *cells)
        before += len(person.rows)
