"""The tables of a release that show what people answered, under the release's pseudonyms.

A person is first read without any id: what they are and answered gives a digest, so that the
fingerprint of a release does not hang on pseudonyms. Their answers are put aside in a file; only then are
they named, put in order and written, so that memory holds the answers of one person at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import IO, Any

from django.conf import settings
from django.db.models import OuterRef, Subquery

from annotations.core import keys
from annotations.people.models import Participant
from annotations.releases.dictionary import columns_of
from annotations.releases.formats import Table
from annotations.releases.formats.registry import Cells
from annotations.releases.tables import meta_cells
from annotations.releases.writing import tidy
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
KINDS = [column.kind for column in columns_of("responses", COLUMNS)]
SUPERSEDES, EXCLUDED, REASON = (
    COLUMNS.index(name) for name in ("supersedes", "excluded", "exclusion_reason")
)
POSITION, ITEM, OUTPUT = (COLUMNS.index(name) for name in ("position", "item_id", "output_id"))
CHUNK = 500
AT_ONCE = 100
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
Meta = dict[str, str]


@dataclass(slots=True)
class Person:
    """One participant; their answers lie in the spool, `length` bytes from `start` on."""

    pk: int
    key: str
    imported: bool
    kind: str
    group: str
    meta: Meta
    digest: str
    start: int
    length: int
    answers: int


@dataclass(slots=True)
class Answer:
    """One row on its way into the spool. `text` is its JSON without what it supersedes."""

    pk: int
    supersedes: int | None
    order: tuple[Any, ...]
    text: str


@dataclass
class People:
    spool: IO[bytes]
    people: list[Person] = field(default_factory=list)
    metas: set[str] = field(default_factory=set)
    answer_metas: set[str] = field(default_factory=set)

    def digests(self) -> list[str]:
        return sorted(person.digest for person in self.people)

    def named(self, study: Study, number: int) -> list[tuple[str, Person]]:
        """By the pseudonyms of the release of this number, in their order."""
        named = ((pseudonym(study, number, one), one) for one in self.people)
        return sorted(named, key=lambda pair: pair[0])

    def tables(self, study: Study, number: int) -> Iterator[Table]:
        """`participants` and `responses` with the pseudonyms of the release of this number."""
        named = self.named(study, number)
        metas = tuple(sorted(self.metas))
        yield Table(
            "participants",
            columns_of("participants", ("participant_id", "kind", "group", *metas)),
            ((name, one.kind, one.group, *meta_cells(one.meta, metas)) for name, one in named),
        )
        answer_metas = tuple(sorted(self.answer_metas))
        yield Table(
            "responses",
            columns_of("responses", ("participant_id", *COLUMNS, *answer_metas)),
            self._rows(named, answer_metas),
        )

    def _rows(self, named: list[tuple[str, Person]], metas: tuple[str, ...]) -> Iterator[Cells]:
        """All answers; `supersedes` becomes the number of a row of the whole table."""
        before = 0
        for name, person in named:
            self.spool.seek(person.start)
            for line in self.spool.read(person.length).splitlines():
                *cells, meta = json.loads(line)
                if cells[SUPERSEDES] is not None:
                    cells[SUPERSEDES] += before
                yield (name, *cells, *meta_cells(meta, metas))
            before += person.answers


def read_people(study: Study, spool: IO[bytes]) -> People:
    """Everybody who answered, and everybody who came with a bundle. Reads each answer once."""
    found = People(spool)
    fields = ("key", "imported", "kind", "group", "meta")
    rows = Participant.objects.filter(study=study).values_list("pk", *fields)
    known = {pk: tuple(about) for pk, *about in rows.iterator(chunk_size=CHUNK)}
    pks = sorted(known)
    for start in range(0, len(pks), AT_ONCE):
        answers = _answers(pks[start : start + AT_ONCE], found.answer_metas)
        for pk, own in groupby(answers, key=lambda pair: pair[0]):
            _keep(found, pk, known.pop(pk), in_order([answer for _, answer in own]))
    for pk, about in known.items():
        if about[1]:
            _keep(found, pk, about, [])
    return found


def pseudonym(study: Study, number: int, person: Person) -> str:
    """The id that came with the participant's bundle, else one that differs from release to release."""
    if person.imported:
        return person.key
    digest = keys.digest(settings.KEYS.pseudonym, "release", study.slug, number, person.key)
    return "p" + digest.hex()[:16]


def digest_of(kind: str, group: str, meta: Meta, rows: Iterable[str]) -> str:
    """SHA-256 of what a person is and answered: JSON lines, as they can be read back from the tables."""
    digest = hashlib.sha256(encode([kind, group, meta]).encode())
    for row in rows:
        digest.update(b"\n")
        digest.update(row.encode())
    return digest.hexdigest()


def _keep(found: People, pk: int, about: tuple[Any, ...], rows: list[str]) -> None:
    key, imported, kind, group, meta = about
    found.metas.update(meta)
    content = "".join(f"{row}\n" for row in rows).encode()
    start = found.spool.tell()
    found.spool.write(content)
    digest = digest_of(kind, group, meta, rows)
    found.people.append(Person(pk, key, imported, kind, group, meta, digest, start, len(content), len(rows)))


def _answers(participants: list[int], metas: set[str]) -> Iterator[tuple[int, Answer]]:
    """By participant. `metas` gathers the names of the columns that bundles brought.

    A few participants at a time: a database may sort in memory.
    """
    reason = Exclusion.objects.filter(response=OuterRef("pk"), revoked_at__isnull=True).values("reason")[:1]
    rows = Response.objects.filter(participant__in=participants).order_by("participant_id", "pk")
    values = iter(
        rows.values_list("participant_id", "pk", "supersedes_id", "meta", Subquery(reason), *FIELDS.values())
        .iterator(chunk_size=CHUNK)
    )  # fmt: skip
    while chunk := list(islice(values, CHUNK)):
        people, pks, superseded, brought, reasons, *columns = zip(*chunk, strict=True)
        columns[SUPERSEDES] = (None,) * len(chunk)
        columns[EXCLUDED] = tuple(reason is not None for reason in reasons)
        columns[REASON] = tuple(None if reason == IMPORTED else reason for reason in reasons)
        tidied = [tidy(kind, column) for kind, column in zip(KINDS, columns, strict=True)]
        for at, cells in enumerate(zip(*tidied, strict=True)):
            metas.update(brought[at])
            position = cells[POSITION]
            order = (position is None, position or 0, cells[ITEM], cells[OUTPUT] or "")
            yield people[at], Answer(pks[at], superseded[at], order, encode([*cells, brought[at]]))


def in_order(answers: list[Answer]) -> list[str]:
    """By position, unit and content of the first answer; corrections right after what they supersede.

    What a row supersedes is counted from the person's first answer, so that it holds no id.
    """
    later = {answer.supersedes: answer for answer in answers if answer.supersedes is not None}
    chains: list[list[Answer]] = []
    for answer in answers:
        if answer.supersedes is None:
            chain = [answer]
            while chain[-1].pk in later:
                chain.append(later[chain[-1].pk])
            chains.append(chain)
    chains.sort(key=lambda chain: [(one.order, one.text) for one in chain])
    ordered: list[str] = []
    for chain in chains:
        for place, answer in enumerate(chain):
            ordered.append(_superseding(answer.text, len(ordered)) if place else answer.text)
    return ordered


def _superseding(text: str, row: int) -> str:
    cells = json.loads(text)
    cells[SUPERSEDES] = row
    return encode(cells)
