"""Loading a bundle: checked whole, stored in chunks, published by one update."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from annotations.accounts.models import User
from annotations.catalogue.bundle import (
    BundleChanged,
    BundleErrors,
    CheckedBundle,
    check_bundle,
    opened,
)
from annotations.catalogue.loading import LOST, Loaded, beat, store_collection
from annotations.catalogue.models import Collection, Load
from annotations.catalogue.regrading import grading_faults
from annotations.core import audit, clock
from annotations.core.errors import Refusal
from annotations.core.problems import Problem, Problems
from annotations.releases.closing import close_loaded, restore_axis
from annotations.releases.definitions import STUDY_FILE
from annotations.releases.preview import check_documents, listed_files
from annotations.releases.reading import Released, bad, declared_in, read_definition, read_released
from annotations.releases.sweeping import alive, sweep_loads, take_back
from annotations.responses.exclusions import rule_faults
from annotations.responses.importing import assign_batches, import_answers
from annotations.studies.access import studies_of
from annotations.studies.drafts import SLUG, TAKEN, TAKEN_SLUGS
from annotations.studies.models import Study
from annotations.studies.naming import strange_names
from annotations.studies.services import create_study, open_study

__all__ = ["Bundle", "LoadReport", "load_bundle", "sweep_loads"]

Tell = Callable[[str, int], None]
MayUse = Callable[[str], None]


@dataclass
class LoadReport:
    """What became of a bundle. `changed` is false where the same bundle was loaded before."""

    study: Study
    changed: bool
    counts: dict[str, int] = field(default_factory=dict)
    already: dict[str, int] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


@dataclass
class Bundle:
    """A bundle found sound, with all that storing it needs."""

    slug: str
    definition: dict[str, Any]
    collection: Collection | None
    rows: CheckedBundle
    released: Released | None
    may_use: MayUse

    @property
    def answered(self) -> bool:
        """It closes when loaded: a release does even if nobody had answered."""
        return self.rows.counts.get("responses", 0) > 0 or self.released is not None

    @property
    def digest(self) -> str:
        content = f"{self.slug}\n{json.dumps(self.definition, sort_keys=True)}\n{self.rows.digest}"
        return hashlib.sha256(content.encode()).hexdigest()


def load_bundle(
    *,
    folder: Path,
    slug: str = "",
    owner: User | None = None,
    actor: str,
    open_now: bool = False,
    tell: Tell = lambda table, done: None,
    may_use: MayUse = lambda collection: None,
) -> LoadReport:
    """Load a bundle, a folder or a zip archive of one, as a study, or say that it is loaded already.

    `may_use` raises Refusal where whoever loads has no say over the collection that the bundle names.
    Raises BundleErrors or DefinitionErrors where a row or a setting is bad; then nothing has changed.
    A process that dies in between leaves rows that nobody reads and that the next load sweeps away.
    """
    sweep_loads()
    with ExitStack() as stack:
        try:
            unpacked = stack.enter_context(opened(folder, under=settings.VAR / "tmp"))
        except OSError as error:
            raise Refusal(f"{folder.name} cannot be unpacked: {error.strerror or error}") from error
        bundle = check(unpacked, slug, may_use)
        _check_names(bundle, actor)
        return _load(bundle, owner, actor, open_now, tell)


def _load(bundle: Bundle, owner: User | None, actor: str, open_now: bool, tell: Tell) -> LoadReport:
    if before := _loaded_before(bundle, owner):
        if open_now and before.study.state == Study.DRAFT:
            before.study, before.changed = _open(before.study, bundle, actor), True
        elif open_now:
            # Whoever opened it may have died before all answers were in their batches.
            before.changed = _assign(before.study, bundle) > 0
        return before
    _check_against_collection(bundle)
    try:
        study = _store_all(bundle, owner, actor, tell, close=not open_now)
    except IntegrityError as error:
        if meanwhile := _loaded_before(bundle, owner):
            return meanwhile
        raise Refusal(
            "Another load of the same rows was under way. Nothing was changed: wait for it and try again."
        ) from error
    except (BundleChanged, OSError) as error:
        raise Refusal(f"{error}. Nothing was changed: load the bundle again.") from error
    already = {table: count for table, count in bundle.rows.already.items() if count}
    report = LoadReport(study, True, bundle.rows.counts, already, bundle.rows.warnings)
    if open_now:
        report.study = _open(study, bundle, actor)
    return report


def check(folder: Path, slug: str = "", may_use: MayUse = lambda collection: None) -> Bundle:
    """Read everything once, and store nothing. Raises BundleErrors or DefinitionErrors."""
    try:
        return _check(folder, slug, may_use)
    except OSError as error:
        name = Path(str(error.filename)).name if error.filename else folder.name
        raise bad(name, f"cannot be read: {error.strerror or error}") from error


def _check(folder: Path, slug: str, may_use: MayUse) -> Bundle:
    if not folder.is_dir():
        what = "is a file, and a bundle is a folder" if folder.exists() else "there is no such folder"
        raise bad(folder.name, what)
    slug = slug or slugify(folder.resolve().name)
    if slug in TAKEN_SLUGS:
        raise bad(folder.name, TAKEN.format(slug=slug).rstrip("."))
    if not SLUG.fullmatch(slug):
        raise bad(
            folder.name,
            f"{slug!r} is no name for a study: give one by --slug, of up to 100 letters, digits, - and _",
        )
    check_documents(folder)
    definition, checks_share = read_definition(folder, slug)
    released = read_released(folder, definition)
    if released is not None and released.axis is not None:
        released.axis.check()
    may_use(definition["collection"])
    collection = Collection.objects.filter(name=definition["collection"]).first()
    rows = check_bundle(
        folder,
        declared=declared_in(definition, checks_share),
        existing=Loaded(collection) if collection else None,
        vouched=listed_files(folder),
    )
    bundle = Bundle(slug, definition, collection, rows, released, may_use)
    if bundle.answered and released is None and (faults := rule_faults(definition)):
        raise bad(STUDY_FILE, " ".join(faults))
    return bundle


def _check_names(bundle: Bundle, actor: str) -> None:
    """Studies that the definition names must be the actor's. A release brings what it took of them."""
    definition = bundle.definition
    if bundle.released is not None:
        definition = {**definition, "batches": []}
        if bundle.released.axis is not None:
            return
    if reasons := strange_names(definition, slug=bundle.slug, actor=actor):
        raise bad(STUDY_FILE, " ".join(reasons))


def _check_against_collection(bundle: Bundle) -> None:
    """What needs the rows that are stored already. Raises BundleErrors."""
    if bundle.collection is None:
        return
    problems = Problems()
    problems.extend(grading_faults(bundle.collection, bundle.rows))
    if problems:
        raise BundleErrors(problems)


def _store_all(bundle: Bundle, owner: User | None, actor: str, tell: Tell, *, close: bool) -> Study:
    """Store and publish, or take back all there is."""
    load = _begin(bundle)
    with alive(load):
        try:
            return _store(load, bundle, owner, actor, tell, close=close)
        except BaseException as error:
            if take_back(load) or not isinstance(error, Exception) or _is_published(load):
                raise
            raise Refusal(LOST) from error


def _begin(bundle: Bundle) -> Load:
    """The load that nobody reads, in the collection that it makes where there is none."""
    load = None
    try:
        with transaction.atomic():
            name = bundle.definition["collection"]
            collection, made = Collection.objects.get_or_create(name=name)
            if not made:
                bundle.may_use(name)  # asked again: it may be somebody else's since the bundle was checked
            load = Load.objects.create(
                collection=collection, source=bundle.rows.folder.resolve().name[:200], digest=bundle.digest
            )
    except Exception:
        # It may be there, and only the word of it lost: its collection is to be free for the next time.
        if load is not None:
            take_back(load)
        raise
    return load


def _is_published(load: Load) -> bool:
    """Only the word of it was lost then, and whoever loads again is told that it is there."""
    return Load.objects.filter(pk=load.pk, published_at__isnull=False).exists()


def _store(load: Load, bundle: Bundle, owner: User | None, actor: str, tell: Tell, *, close: bool) -> Study:
    store_collection(load, bundle.rows, tell)
    study = create_study(
        slug=bundle.slug, definition=bundle.definition, collection=load.collection, load=load, owner=owner
    )
    if bundle.released is not None:
        study.decided_before = True
        study.save(update_fields=["decided_before"])
    restore_axis(study, bundle.released)
    closing = close_loaded(study, load, bundle.released) if bundle.answered and close else None
    if bundle.answered:
        hashed = closing.definition_hash if closing else ""
        import_answers(load, study, bundle.rows, tell, definition_hash=hashed)
    with transaction.atomic():
        beat(load, published_at=clock.now())
        if closing:
            closing.publish()
        audit.record(actor=actor, action="bundle loaded", subject=bundle.slug, rows=bundle.rows.counts)
    study.refresh_from_db()
    return study


def _open(study: Study, bundle: Bundle, actor: str) -> Study:
    """Answers that came along are put into the batches as soon as there are any."""
    try:
        study = open_study(study=study, actor=actor)
    except Refusal as refusal:
        raise Refusal(f"The bundle was loaded, as a draft. {refusal}") from refusal
    _assign(study, bundle)
    return study


def _assign(study: Study, bundle: Bundle) -> int:
    if not bundle.answered or study.version is None:
        return 0
    return assign_batches(study, bundle.rows, definition_hash=study.version.definition_hash)


def _loaded_before(bundle: Bundle, owner: User | None) -> LoadReport | None:
    """None where no study has the slug. Raises BundleErrors where one with other content has it, or one that
    is not among the owner's, of which nothing is said."""
    known = Study.objects.filter(load__published_at__isnull=False, slug=bundle.slug)
    study = known.select_related("load").first()
    if study is None:
        return None
    file = bundle.rows.folder.name
    if owner is not None and not studies_of(owner).filter(pk=study.pk).exists():
        raise bad(file, TAKEN.format(slug=bundle.slug).rstrip("."))
    another = "give this one another " + ("name by --slug" if owner is None else "short name")
    if study.deleted_at is not None:
        raise bad(file, f"a study {study.slug!r} was deleted, and may be had back for some days: {another}")
    if study.load.digest == bundle.digest:
        return LoadReport(study, False)
    raise bad(file, f"a study {study.slug!r} with other content is loaded already: {another}")
