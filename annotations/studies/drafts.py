"""Setting a study up: begun, saved revision by revision, and changed again once it is open.

A draft's definition is what is edited; of an opened study it is an amendment, kept beside the frozen version
until it is made. Whoever saves names the revision that they saw: what somebody else changed meanwhile is
never overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from annotations.accounts.models import User
from annotations.catalogue.models import Collection, Load
from annotations.core import audit, clock
from annotations.core.errors import Refusal
from annotations.core.reasons import Reason
from annotations.studies.definition import Definition, as_served, definition_difference, filled
from annotations.studies.history import Revision
from annotations.studies.models import Study, StudyVersion
from annotations.studies.naming import strange_names
from annotations.studies.services import amend_study, create_study, reasons_against
from annotations.studies.writing import fitting_texts, lost_with

Change = tuple[str, Any, Any]

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# Addresses of a door that are no study's.
TAKEN_SLUGS = ("withdraw", "new")
# An opened study keeps these: its units and answers rest on them.
FIXED = ("protocol", "collection", "batches")
KEPT = 200
QUIET = timedelta(minutes=10)
# Names are unique beyond what one may see. That one is not free is the least that can be said, and all.
COLLECTION_TAKEN = "The name {name!r} is not free for a collection: choose another."
TAKEN = "The short name {slug!r} is not free: choose another."


class Outdated(Refusal):
    """Somebody saved in between what is saved now. `theirs` is what they changed of it."""

    def __init__(
        self, latest: Revision | None, current: dict[str, Any], theirs: list[Change], revision: int
    ) -> None:
        self.revision = revision
        self.by = latest.saved_by if latest else "somebody"
        self.at: datetime | None = latest.saved_at if latest else None
        self.current, self.theirs = current, theirs
        super().__init__(f"{self.by} changed this meanwhile.")


class Contradicted(Refusal):
    """What is to be saved cannot be together; the reasons know their settings."""

    def __init__(self, reasons: list[Reason]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


def check_slug(slug: str) -> None:
    """Raises Refusal where the short name cannot be had."""
    if not SLUG.fullmatch(slug):
        raise Refusal(
            f"{slug!r} cannot be a short name: use up to 100 letters, digits, - and _, with a letter or digit"
            " first."
        )
    if slug in TAKEN_SLUGS or Study.objects.filter(slug=slug).exists():
        raise Refusal(TAKEN.format(slug=slug))


@transaction.atomic
def start_study(*, slug: str, definition: dict[str, Any], owner: User, new_collection: bool) -> Study:
    """A draft of the owner's, on the collection that its definition names.

    Whether the owner may draw on an existing collection, the caller has checked. Raises Refusal.
    """
    check_slug(slug)
    load = _own_load(definition["collection"], source=slug, new=new_collection)
    try:
        with transaction.atomic():
            study = create_study(
                slug=slug, definition=definition, collection=load.collection, load=load, owner=owner
            )
    except IntegrityError as error:
        raise Refusal(TAKEN.format(slug=slug)) from error
    _remember(study, owner.email, [])
    audit.record(actor=owner.email, action="study created", subject=slug, collection=load.collection.name)
    return study


def working_definition(study: Study) -> dict[str, Any]:
    """What is being edited: the draft, or the amendment, or what an amendment would begin from."""
    if study.version_id is None:
        return as_served(study.definition)
    return as_served(study.amendment or study.definition)


def may_change(study: Study) -> bool:
    """Whether there is anything to set up: a draft, or a study that can be amended."""
    return study.state != Study.CLOSED


def latest_revision(study: Study) -> Revision | None:
    return Revision.objects.filter(study=study).first()


def changed_since(study: Study, revision: int, keys: Iterable[str]) -> list[Change] | None:
    """What others changed of these settings since the revision; None where it is not known any more."""
    if revision == study.revision:
        return []
    before = Revision.objects.filter(study=study, number=revision).values_list("definition", flat=True)
    if not before:
        return None
    current, wanted = working_definition(study), set(keys)
    changes = definition_difference(as_served(before[0]), current)
    return [change for change in changes if change[0].split(".")[0] in wanted]


@transaction.atomic
def save_draft(
    *,
    study: Study,
    changes: Mapping[str, Any],
    revision: int,
    actor: str,
    new_collection: bool = False,
    drop_texts: bool = False,
) -> Study:
    """Save some top-level settings on top of what the others are by now.

    `drop_texts`: what was written in a language that is taken out may go. Raises
    `pydantic.ValidationError`, Contradicted, Outdated or Refusal; then nothing is saved.
    """
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if not may_change(study):
        raise Refusal("The study is closed: it stays what it was.")
    current = working_definition(study)
    theirs = changed_since(study, revision, changes)
    if theirs is None or theirs:
        raise Outdated(latest_revision(study), current, theirs or [], study.revision)
    texts = fitting_texts(current, changes, drop=drop_texts)
    proposed = {**current, **changes, **texts}
    if texts and (lost := lost_with(proposed["locales"], texts)):
        raise Contradicted([lost])
    definition = filled(Definition.model_validate(proposed))
    changed = sorted({path.split(".")[0] for path, _, _ in definition_difference(current, definition)})
    if not changed and study.revision > 1:
        return study
    if not Revision.objects.filter(study=study, number=study.revision).exists():
        _remember(study, "", [])  # that it began with, for whoever has it before them still
    _check_fixed(study, changed)
    if strange := strange_names(definition, slug=study.slug, actor=actor, before=current):
        raise Contradicted(strange)
    _check_together(study, current, definition, changed)
    _store(study, definition, new_collection)
    _remember(study, actor, changed)
    _audit(study, actor, changed)
    return study


def discard_amendment(*, study: Study, actor: str) -> None:
    with transaction.atomic():
        locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if locked.amendment is None:
            raise Refusal("There is no amendment to discard.")
        locked.amendment = None
        locked.revision += 1
        locked.save(update_fields=["amendment", "revision"])
        _remember(locked, actor, [])
        audit.record(actor=actor, action="amendment discarded", subject=study.slug)


def make_amendment(*, study: Study, revision: int, actor: str) -> StudyVersion:
    """Amend the study by what was gathered, as it was at the revision that was looked at. Raises Refusal."""
    with transaction.atomic():
        locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if locked.amendment is None:
            raise Refusal("There is no amendment to make.")
        if locked.revision != revision:
            latest = latest_revision(locked)
            who = latest.saved_by if latest else "Somebody"
            raise Refusal(f"{who} changed the amendment meanwhile. Look through it again.")
        # As they were stored, without settings that are younger.
        kept = {key: locked.definition[key] for key in FIXED}
        return amend_study(study=locked, definition={**locked.amendment, **kept}, actor=actor)


def contradictions(study: Study, definition: dict[str, Any]) -> list[Reason]:
    """What in the definition cannot be together, without what is only missing yet."""
    reasons = (one if isinstance(one, Reason) else Reason(one, unfinished=True)
               for one in reasons_against(study, definition))  # fmt: skip
    return [one for one in reasons if not one.unfinished]


def _check_fixed(study: Study, changed: list[str]) -> None:
    if study.version_id is None:
        return
    if fixed := [name for name in FIXED if name in changed]:
        raise Contradicted([Reason("An opened study keeps this: make a new study instead.", fixed[0])])


def _check_together(
    study: Study, current: dict[str, Any], definition: dict[str, Any], changed: list[str]
) -> None:
    """Refuses what this save brings into contradiction; what was so before may be mended bit by bit."""
    found = contradictions(study, definition)
    if not found:
        return
    before = set(map(str, contradictions(study, current)))
    mine = [one for one in found if str(one) not in before or one.path.split(".")[0] in changed]
    if mine:
        raise Contradicted(mine)


def _store(study: Study, definition: dict[str, Any], new_collection: bool) -> None:
    study.revision += 1
    if study.version_id is not None:
        same = not definition_difference(as_served(study.definition), definition)
        study.amendment = None if same else definition
        study.save(update_fields=["amendment", "revision"])
        return
    if definition["collection"] != study.collection.name:
        _move(study, definition["collection"], new=new_collection)
    study.definition, study.title = definition, definition["title"]
    study.save(update_fields=["definition", "title", "revision", "collection", "load"])


def _move(study: Study, name: str, *, new: bool) -> None:
    """To another collection. The load that the draft came with stays where its rows are."""
    study.load = _own_load(name, source=study.slug, new=new)
    study.collection = study.load.collection


def _own_load(name: str, *, source: str, new: bool) -> Load:
    """An empty, published load, by which the draft is visible before anything is imported for it."""
    collection, made = Collection.objects.get_or_create(name=name)
    if new and not made:
        raise Refusal(COLLECTION_TAKEN.format(name=name))
    return Load.objects.create(
        collection=collection, source=source[:200], digest="", published_at=clock.now()
    )


def _remember(study: Study, actor: str, changed: list[str]) -> None:
    Revision.objects.create(
        study=study,
        number=study.revision,
        definition=working_definition(study),
        saved_by=actor,
        changed=changed,
    )
    Revision.objects.filter(study=study, number__lte=study.revision - KEPT).delete()


def _audit(study: Study, actor: str, changed: list[str]) -> None:
    """One entry for what somebody changes in one go: a form that saves as one writes would flood the log."""
    lately = Revision.objects.filter(study=study, saved_at__gte=clock.now() - QUIET).exclude(
        number=study.revision
    )
    if lately.filter(saved_by=actor, changed=changed).exists():
        return
    audit.record(
        actor=actor, action="set-up saved", subject=study.slug, revision=study.revision, settings=changed
    )
