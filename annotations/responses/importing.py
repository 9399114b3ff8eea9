"""People and answers that come with a bundle: collected elsewhere, or released before."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotations.catalogue.bundle import BundleChanged, CheckedBundle
from annotations.catalogue.bundle.rows import ParticipantRow, ResponseRow
from annotations.catalogue.graders import meets
from annotations.catalogue.inserting import Found, as_json, characters, insert, moment
from annotations.catalogue.loading import Tell, Values, beat, rounded, store
from annotations.catalogue.models import Item, Load, Output
from annotations.catalogue.pacing import Pace
from annotations.core import clock
from annotations.people.models import Participant
from annotations.responses.answers import grader_of
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Batch, Study

IMPORTED = "came with the bundle"

PARTICIPANT = ("study", "created_at", "imported", "withdrawal_hash", "key", "kind", "group", "meta")
RESPONSE = (
    "study", "created_at", "body_hash", "participant", "item", "output", "batch", "definition_hash",
    "condition", "answer", "dont_know", "answer_correct", "initial_answer", "difficulty", "verdict",
    "confidence", "position", "started_ms", "duration_ms", "active_ms", "idle_ms", "away_ms", "changes",
    "repeat", "is_check", "check_passed", "surplus", "probability", "meta",
)  # fmt: skip
EXCLUSION = ("response", "reason", "rule", "decided_by", "decided_at", "revoked_by", "revoked_reason")


def import_answers(
    load: Load, study: Study, bundle: CheckedBundle, tell: Tell, *, definition_hash: str = ""
) -> None:
    """Store the participants and responses of a study that nobody sees yet, and what is excluded of them.

    `definition_hash` is that of responses which name none.
    """
    people = (_participant(study, row) for row in bundle.participants())
    pace = Pace()
    store(load, pace, Participant, PARTICIPANT, people, tell)
    into = _Import(study, definition_hash, bundle.superseded, pace)
    done = 0
    for chunk in pace.chunks(bundle.responses(), lambda row: characters(row.answer, row.initial_answer)):
        rows = into.values(chunk)
        with pace.turn(len(chunk)):
            beat(load)
            into.add(chunk, rows)
        done += len(chunk)
        tell("responses", done)


def assign_batches(study: Study, bundle: CheckedBundle, *, definition_hash: str) -> int:
    """Put answers that were stored before the study was opened into its batches, and under its hash.

    Returns of how many that was said: none once all are there, or somebody of them has withdrawn since.
    """
    batches = dict(Batch.objects.filter(study=study).values_list("name", "pk"))
    mine = Response.objects.filter(study=study, participant__imported=True).order_by("pk")
    if mine.count() != bundle.counts.get("responses", 0):
        return 0
    pace, count = Pace(), 0
    rows = zip(mine.values_list("pk", flat=True).iterator(), bundle.responses(), strict=True)
    for chunk in pace.chunks(rows):
        with pace.turn(len(chunk)):
            for name, batch in batches.items():
                named = [pk for pk, row in chunk if row.batch == name]
                count += Response.objects.filter(pk__in=named, batch=None).update(batch=batch)
            unnamed = Response.objects.filter(pk__in=[pk for pk, row in chunk if not row.definition_hash])
            count += unnamed.filter(definition_hash="").update(definition_hash=definition_hash)
    return count


@dataclass
class _Import:
    """Responses on their way in, and what rows refer to."""

    study: Study
    definition_hash: str
    superseded: set[int]
    pace: Pace
    # Primary keys of the responses that later ones supersede, by their numbers.
    pks: dict[int, int] = field(default_factory=dict)
    number: int = 0

    def __post_init__(self) -> None:
        collection = self.study.collection
        self.people = Found(Participant.objects.filter(study=self.study), "pk")
        self.items = Found(Item.objects.filter(collection=collection), "pk", "check_answer", "domain")
        self.outputs = Found(Output.objects.filter(collection=collection), "item_id", "pk", "check_answer")
        self.batches = dict(Batch.objects.filter(study=self.study).values_list("name", "pk"))
        self.declared = {rule["name"] for rule in self.study.definition["exclusions"]}

    def values(self, chunk: list[ResponseRow]) -> list[Values]:
        """The rows as the database takes them. People whom no table lists are made, and are human."""
        names = [row.participant_id for row in chunk]
        if unlisted := self.people.missing(names):
            rows = [_participant(self.study, ParticipantRow(participant_id=name)) for name in unlisted]
            with self.pace.turn(len(rows)):
                insert(Participant, PARTICIPANT, rows)
        people = self.people.of(names)
        items = self.items.of(row.item_id for row in chunk if row.item_id and not row.output_id)
        outputs = self.outputs.of(row.output_id for row in chunk if row.output_id)
        start = (self.study.pk, moment(clock.now()), "")
        rows = []
        for row in chunk:
            if row.output_id:
                unit = *outputs[row.output_id], "none"
            else:
                pk, check, domain = items[row.item_id or ""]
                unit = pk, None, check, grader_of(self.study.definition, domain)
            rows.append((*start, people[row.participant_id][0], *self.response(row, *unit)))
        return rows

    def response(self, row: ResponseRow, item: int, output: int | None, expected: str, grader: str) -> Values:
        check_passed = None
        if row.is_check and expected:
            check_passed = meets(grader, (row.verdict if output else row.answer) or "", expected)
        return (
            item,
            output,
            self.batches.get(row.batch) if row.batch else None,
            row.definition_hash or self.definition_hash,
            row.condition or "",
            row.answer or "",
            row.dont_know,
            row.answer_correct,
            row.initial_answer or "",
            rounded(row.difficulty),
            row.verdict or "",
            rounded(row.confidence),
            row.position,
            row.started_ms,
            row.duration_ms,
            row.active_ms,
            row.idle_ms,
            row.away_ms,
            row.changes,
            bool(row.repeat),
            bool(row.is_check),
            check_passed,
            bool(row.surplus),
            rounded(row.probability),
            as_json(row.meta),
        )

    def add(self, chunk: list[ResponseRow], rows: list[Values]) -> None:
        """In one transaction: the responses, which of them supersede others, and exclusions."""
        insert(Response, RESPONSE, rows)
        numbers = range(self.number + 1, self.number + 1 + len(chunk))
        self.number += len(chunk)
        superseded = self.superseded.intersection(numbers)
        if not superseded and not any(row.excluded or row.supersedes for row in chunk):
            return
        mine = Response.objects.filter(study=self.study).order_by("-pk").values_list("pk", flat=True)
        pks = list(mine[: len(chunk)])[::-1]
        self.pks |= {number: pks[number - numbers.start] for number in superseded}
        for pk, row in zip(pks, chunk, strict=True):
            if row.supersedes:
                Response.objects.filter(pk=pk).update(supersedes=self._superseded(row.supersedes))
        now = moment(clock.now())
        excluded = [
            (pk, row.exclusion_reason or IMPORTED, self.rule(row), IMPORTED, now, "", "")
            for pk, row in zip(pks, chunk, strict=True)
            if row.excluded
        ]
        insert(Exclusion, EXCLUSION, excluded)

    def rule(self, row: ResponseRow) -> str:
        """The declared rule that left the answer out where it comes from: its reason begins with the name."""
        name, colon, _ = (row.exclusion_reason or "").partition(": ")
        return name if colon and name in self.declared else ""

    def _superseded(self, number: int) -> int:
        if number not in self.pks:
            raise BundleChanged("the responses changed while they were being loaded")
        return self.pks[number]


def _participant(study: Study, row: ParticipantRow) -> Values:
    kind = row.kind or Participant.HUMAN
    now = moment(clock.now())
    return study.pk, now, True, "", row.participant_id, kind, row.group or "", as_json(row.meta)
