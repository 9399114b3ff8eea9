"""People and answers that come with a bundle: collected elsewhere, or released before."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.catalogue.bundle import CheckedBundle
from annotations.catalogue.bundle.rows import ParticipantRow, ResponseRow
from annotations.catalogue.loading import Tell, chunks, rounded, store
from annotations.catalogue.models import Collection, Item, Load, Output
from annotations.core.problems import Problem, shown
from annotations.people.models import Participant
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Batch, Study

IMPORTED = "came with the bundle"
LONGEST_REASON = 500


def answer_faults(collection: Collection | None, bundle: CheckedBundle, protocol: str) -> Iterator[Problem]:
    """What is wrong with answers beside what their own rows tell: the study, the collection's outputs."""
    if "responses" not in bundle.files:
        return
    known: dict[str, str] = {}
    if collection is not None:
        outputs = Output.objects.filter(collection=collection).visible()
        known = dict(outputs.values_list("key", "item__key"))
    file = bundle.files["responses"].name
    for row in bundle.responses():
        item = known.get(row.output_id or "")
        if len(row.exclusion_reason or "") > LONGEST_REASON:
            yield Problem(file, row.line, "exclusion_reason", f"is longer than {LONGEST_REASON} characters")
        if row.output_id and protocol == "difficulty":
            yield Problem(file, row.line, "output_id", "is given, but a difficulty study judges no outputs")
        elif item and row.item_id and item != row.item_id:
            reason = f"{shown(row.output_id)} is an output of {shown(item)}, not of {shown(row.item_id)}"
            yield Problem(file, row.line, "item_id", reason)


def import_answers(load: Load, study: Study, bundle: CheckedBundle, tell: Tell) -> None:
    """Store participants and responses of a study that nobody sees yet."""
    store(load, _people(study, bundle), tell, "participants")
    people = dict(Participant.objects.filter(study=study).values_list("key", "pk"))
    units = _Units(study.collection)
    batches = dict(Batch.objects.filter(study=study).values_list("name", "pk"))
    stored: list[int] = []
    for chunk in chunks(bundle.responses()):
        # One chunk at a time: a response may supersede one of an earlier chunk, never of a later one.
        rows = []
        for row in chunk:
            response = _response(study, row, people[row.participant_id], units)
            response.batch_id = batches.get(row.batch or "")
            rows.append(response)
        pending = [(at, row) for at, row in enumerate(chunk) if row.supersedes]
        _store_chunk(load, rows, pending, stored, tell)


def _store_chunk(
    load: Load, rows: list[Response], pending: list[tuple[int, ResponseRow]], stored: list[int], tell: Tell
) -> None:
    first = len(stored)
    store(load, rows, lambda table, done: tell(table, first + done), "responses")
    stored.extend(row.pk for row in rows)
    for at, row in pending:
        Response.objects.filter(pk=rows[at].pk).update(supersedes=stored[(row.supersedes or 1) - 1])


def assign_batches(study: Study, bundle: CheckedBundle) -> None:
    """Put answers that were stored before the study's batches were made into them."""
    batches = dict(Batch.objects.filter(study=study).values_list("name", "pk"))
    pks = Response.objects.filter(study=study, participant__imported=True).order_by("pk")
    for chunk in chunks(zip(pks.values_list("pk", flat=True).iterator(), bundle.responses(), strict=True)):
        for name, batch in batches.items():
            mine = [pk for pk, row in chunk if row.batch == name]
            Response.objects.filter(pk__in=mine).update(batch=batch)


def import_exclusions(load: Load, study: Study, bundle: CheckedBundle, tell: Tell) -> None:
    """The decisions to exclude that the bundle's responses carry."""
    pks = Response.objects.filter(study=study).order_by("pk").values_list("pk", flat=True)
    excluded = (
        Exclusion(response_id=pk, reason=row.exclusion_reason or IMPORTED, decided_by=IMPORTED)
        for pk, row in zip(pks.iterator(), bundle.responses(), strict=True)
        if row.excluded
    )
    store(load, excluded, tell, "exclusions")


def _people(study: Study, bundle: CheckedBundle) -> Iterator[Participant]:
    """Those listed, and those only named by a response, who are human."""
    seen = set()
    for row in bundle.participants():
        seen.add(row.participant_id)
        yield _participant(study, row)
    for answer in bundle.responses():
        if answer.participant_id not in seen:
            seen.add(answer.participant_id)
            yield _participant(study, ParticipantRow(participant_id=answer.participant_id))


def _participant(study: Study, row: ParticipantRow) -> Participant:
    return Participant(
        study=study,
        key=row.participant_id,
        kind=row.kind or Participant.HUMAN,
        group=row.group or "",
        imported=True,
        meta=row.meta,
    )


class _Units:
    """Items and outputs by their keys, with the answer that is expected of checks."""

    def __init__(self, collection: Collection) -> None:
        items = Item.objects.filter(collection=collection).values_list("key", "pk", "check_answer")
        outputs = Output.objects.filter(collection=collection)
        self.items = {key: (pk, check) for key, pk, check in items.iterator()}
        self.outputs = {
            key: (item, pk, check)
            for key, item, pk, check in outputs.values_list("key", "item_id", "pk", "check_answer").iterator()
        }

    def find(self, row: ResponseRow) -> tuple[int, int | None, str]:
        if row.output_id:
            return self.outputs[row.output_id]
        pk, check = self.items[row.item_id or ""]
        return pk, None, check


def _response(study: Study, row: ResponseRow, person: int, units: _Units) -> Response:
    version = study.version
    item, output, expected = units.find(row)
    given = (row.verdict if output else row.answer) or ""
    return Response(
        study=study,
        participant_id=person,
        item_id=item,
        output_id=output,
        definition_hash=row.definition_hash or (version.definition_hash if version else ""),
        condition=row.condition or "",
        answer=row.answer or "",
        dont_know=row.dont_know,
        answer_correct=row.answer_correct,
        initial_answer=row.initial_answer or "",
        difficulty=rounded(row.difficulty),
        verdict=row.verdict or "",
        confidence=rounded(row.confidence),
        position=row.position,
        started_ms=row.started_ms,
        duration_ms=row.duration_ms,
        active_ms=row.active_ms,
        idle_ms=row.idle_ms,
        away_ms=row.away_ms,
        changes=row.changes,
        repeat=bool(row.repeat),
        is_check=bool(row.is_check),
        check_passed=_same(given, expected) if row.is_check and expected else None,
        surplus=bool(row.surplus),
        probability=rounded(row.probability),
        meta=row.meta,
    )


def _same(given: str, expected: str) -> bool:
    return given.strip().casefold() == expected.strip().casefold()
