"""Acts on studies: create, open, pause, close, amend."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from annotations.accounts.models import User
from annotations.catalogue.models import Collection, Load
from annotations.core import audit, clock
from annotations.core.errors import Refusal
from annotations.core.problems import listing
from annotations.core.reasons import Reason
from annotations.studies import drawing
from annotations.studies.axis import borrow_axis
from annotations.studies.definition import as_served, definition_difference
from annotations.studies.freezing import current_loads, freeze_version, loads_of
from annotations.studies.models import Batch, Member, Study, StudyVersion
from annotations.studies.naming import check_names
from annotations.studies.obstacles import find_obstacles
from annotations.studies.preparing import Tell, draw_batch, new_batch

OPENED = "The study was opened by somebody else meanwhile."
CHANGED = "The study was changed while it was being opened, and is a draft still. Look through it again."
ARCHIVED = "The study is in the archive: take it out first, under Settings."
DELETED = "The study was deleted meanwhile: have it back first."
ANOTHER_OPENS = "Somebody else is opening the study at this moment. Look again in a minute."
OpeningCheck = Callable[[Study], list[str]]
_opening_checks: list[OpeningCheck] = []


@dataclass(frozen=True)
class Prepared:
    """What an opening has made ready: the loads whose rows are the study's, and its batches by pk."""

    loads: list[int]
    batches: list[int]


def create_study(
    *,
    slug: str,
    definition: dict[str, Any],
    collection: Collection,
    load: Load,
    owner: User | None,
) -> Study:
    """A draft. Until its load is published nobody sees it, so the audit log tells of the load."""
    study = Study.objects.create(
        slug=slug, title=definition["title"], definition=definition, collection=collection, load=load
    )
    if owner is not None:
        Member.objects.create(study=study, user=owner, role=Member.OWNER)
    return study


def open_study(*, study: Study, actor: str) -> Study:
    """Freeze a draft, draw its batches' units and let people in; or go on after a pause.

    Units are written in chunks that nobody reads, and published at once with the study's state, so a
    process that dies in between leaves a draft. Raises Refusal, saying why the study cannot open.
    """
    if study.state == Study.PAUSED:
        return _move(study, Study.OPEN, actor, "study resumed", Batch.PAUSED, Batch.OPEN)
    check_names(study.definition, slug=study.slug, actor=actor)
    prepared = prepare_opening(study)
    with transaction.atomic():
        finish_opening(study=study, prepared=prepared, actor=actor)
    study.refresh_from_db()
    return study


def prepare_opening(study: Study, tell: Tell = lambda share: None) -> Prepared:
    """Draw all units, which nobody reads yet; `tell` hears which share is done. Raises Refusal."""
    _check_can_open(study)
    borrow_axis(study)
    # Asked once: units and hash speak of the same rows, whatever is published meanwhile.
    loads = current_loads(study)
    try:
        return Prepared(loads, [batch.pk for batch in _prepare_batches(study, loads, tell)])
    except IntegrityError as error:
        raise Refusal(ANOTHER_OPENS) from error


def finish_opening(*, study: Study, prepared: Prepared, actor: str) -> None:
    """Freeze and publish what was prepared, within the caller's transaction. Raises Refusal."""
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if locked.state != Study.DRAFT:
        raise Refusal(OPENED)
    if locked.revision != study.revision:
        raise Refusal(CHANGED)
    if locked.deleted_at is not None:
        raise Refusal(DELETED)
    if locked.archived_at is not None:
        raise Refusal(ARCHIVED)
    version = freeze_version(locked, locked.definition, loads=prepared.loads)
    mine = Batch.objects.filter(pk__in=prepared.batches, state=Batch.PREPARING)
    if mine.update(state=Batch.OPEN) != len(prepared.batches):
        raise Refusal(ANOTHER_OPENS)  # and has taken these away
    Study.objects.filter(pk=study.pk).update(state=Study.OPEN, opened_at=clock.now())
    audit.record(
        actor=actor, action="study opened", subject=study.slug, definition_hash=version.definition_hash
    )


def pause_study(*, study: Study, actor: str) -> Study:
    """Let nobody in and hand nothing out; answers to units on lease are still stored and counted."""
    return _move(study, Study.PAUSED, actor, "study paused", Batch.OPEN, Batch.PAUSED)


@transaction.atomic
def close_study(*, study: Study, actor: str) -> Study:
    """For good. Answers to units on lease are still stored and counted."""
    study = _move(study, Study.CLOSED, actor, "study closed", Batch.OPEN, Batch.CLOSED)
    if study.version is None:
        freeze_version(study, study.definition, loads=current_loads(study))
    # What is being prepared goes by itself: whoever prepares it finds the study closed.
    Batch.objects.released().filter(study=study).update(state=Batch.CLOSED)
    return study


@transaction.atomic
def amend_study(*, study: Study, definition: dict[str, Any], actor: str) -> StudyVersion:
    """A new version of an opened study, for those who come from now on. The difference is recorded."""
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if study.version is None or study.state == Study.CLOSED:
        raise Refusal("Only a study that is open or paused can be amended.")
    if as_served(definition)["batches"] == as_served(study.definition)["batches"]:
        # Written with settings that are younger than the study, they say the same.
        definition = {**definition, "batches": study.definition["batches"]}
    difference = definition_difference(study.definition, definition)
    if not difference:
        raise Refusal("The amended definition says the same as the present one.")
    fixed = [path for path, _, _ in difference if path.split(".")[0] in ("protocol", "collection", "batches")]
    if fixed:
        raise Refusal(f"An amendment cannot change {', '.join(sorted(fixed))}: make a new study instead.")
    if new := drawing.practice_units(definition) - drawing.practice_units(study.definition):
        raise Refusal(
            f"An amendment cannot add {listing(new)} to practice: people might meet it again as a check."
        )
    check_names(definition, slug=study.slug, actor=actor, before=study.definition)
    study.definition = definition
    _check_served(study, "The study cannot be amended so.")
    version = freeze_version(study, definition, loads=loads_of(study))
    Study.objects.filter(pk=study.pk).update(title=definition["title"], amendment=None)
    audit.record(
        actor=actor,
        action="study amended",
        subject=study.slug,
        version=version.number,
        difference=[list(change) for change in difference],
    )
    return version


def register_opening_check(check: OpeningCheck) -> OpeningCheck:
    """Areas above that serve a part of a study say what stands in the way there, each reason a sentence."""
    if check not in _opening_checks:
        _opening_checks.append(check)
    return check


def why_not_open(study: Study) -> list[str]:
    """Reasons in words why a draft cannot open; none if it can, as far as can be seen beforehand."""
    return reasons_against(study, study.definition)


def reasons_against(study: Study, definition: dict[str, Any], *, loads: Any = None) -> list[str]:
    """Why the study could not open, or be amended, as this definition says. `loads`: by pk, or a query."""
    proposed = copy(study)
    proposed.definition = definition
    reasons: list[str] = [Reason(ARCHIVED, unfinished=True)] if study.archived_at is not None else []
    reasons += find_obstacles(proposed, definition, loads_of(study) if loads is None else loads)
    return reasons + [reason for check in _opening_checks for reason in check(proposed)]


def _check_can_open(study: Study) -> None:
    if study.state != Study.DRAFT:
        raise Refusal(f"The study is {study.state}: only a draft or a paused study can be opened.")
    _check_served(study, "The study cannot open.")


def _check_served(study: Study, otherwise: str) -> None:
    if reasons := why_not_open(study):
        raise Refusal(" ".join([otherwise, *reasons]))


def _prepare_batches(study: Study, loads: list[int], tell: Tell) -> list[Batch]:
    found = drawing.candidates(study, loads)
    batches = _make_batches(study)
    for place, batch in enumerate(batches):
        draw_batch(batch, found, partial(_told, tell, place, len(batches)))
    return batches


def _told(tell: Tell, place: int, batches: int, share: float) -> None:
    tell((place + share) / batches)


@transaction.atomic
def _make_batches(study: Study) -> list[Batch]:
    """All of them at once, in the place of those that another opening has left or is about to fill: of
    several who open a study, the last to come here goes on."""
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if locked.state != Study.DRAFT:
        raise Refusal(OPENED)
    Batch.objects.filter(study=study, state=Batch.PREPARING).delete()
    batches = [
        new_batch(study, settings, position=position)
        for position, settings in enumerate(study.definition["batches"])
    ]
    for batch in batches:
        batch.save(force_insert=True)
    return batches


@transaction.atomic
def _move(study: Study, state: str, actor: str, action: str, batches: str, become: str) -> Study:
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if not locked.can_move(state):
        raise Refusal(f"The study is {locked.state} and cannot become {state}.")
    locked.state = state
    locked.closed_at = clock.now() if state == Study.CLOSED else None
    locked.save(update_fields=["state", "closed_at"])
    Batch.objects.filter(study=study, state=batches, held=False).update(state=become)
    audit.record(actor=actor, action=action, subject=study.slug)
    return locked
