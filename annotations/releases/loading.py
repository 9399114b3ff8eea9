"""Loading a bundle: checked whole, stored in chunks, published by one update."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from annotations.accounts.models import User
from annotations.catalogue.bundle import BundleErrors, CheckedBundle, Declared, check_bundle
from annotations.catalogue.loading import Loaded, discard, store_collection
from annotations.catalogue.models import Collection, Load
from annotations.core import audit, clock
from annotations.core.errors import Refusal
from annotations.core.problems import Problem, Problems
from annotations.people.models import Participant
from annotations.releases.borrowed import released_hash, restore_axis
from annotations.responses.importing import import_answers, import_exclusions
from annotations.responses.models import Response
from annotations.studies.definition import (
    batch_hash,
    definition_hash,
    filled,
    parse_definition,
)
from annotations.studies.freezing import freeze_version
from annotations.studies.models import Batch, Study, StudyVersion
from annotations.studies.services import create_study, open_study

STUDY_FILE, DEFINITION_FILE = "study.yaml", "definition.json"


@dataclass
class LoadReport:
    """What became of a bundle. `changed` is false where the same bundle was loaded before."""

    study: Study
    changed: bool
    counts: dict[str, int] = field(default_factory=dict)
    already: dict[str, int] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


def load_bundle(
    *,
    folder: Path,
    slug: str = "",
    owner: User | None = None,
    actor: str,
    open_now: bool = False,
    tell: Callable[[str, int], None] = lambda table, done: None,
) -> LoadReport:
    """Load a bundle folder as a study, or say that it is loaded already.

    Raises BundleErrors or DefinitionErrors where a row or a setting is bad; then nothing has changed.
    A process that dies in between leaves rows that nobody reads and that the next load sweeps away.
    """
    sweep_loads()
    slug = slug or slugify(folder.resolve().name)
    definition, checks_share = _definition(folder, slug)
    collection = Collection.objects.filter(name=definition["collection"]).first()
    bundle = check_bundle(
        folder,
        declared=_declared(definition, checks_share),
        existing=Loaded(collection) if collection else None,
    )
    digest = hashlib.sha256(f"{slug}\n{json.dumps(definition, sort_keys=True)}\n{bundle.digest}".encode())
    known = Study.objects.visible().filter(slug=slug).select_related("load").first()
    if known:
        return _loaded_before(known, digest.hexdigest(), folder)
    load = Load.objects.create(
        collection=collection or Collection.objects.get_or_create(name=definition["collection"])[0],
        source=folder.resolve().name[:200],
        digest=digest.hexdigest(),
    )
    try:
        study = _store(load, slug, definition, bundle, owner, actor, folder, tell)
    except IntegrityError as error:
        take_back(load)
        raise Refusal(
            "Another load of the same rows was under way. Nothing was changed: wait for it and try again."
        ) from error
    except BaseException:
        take_back(load)
        raise
    report = LoadReport(study, True, bundle.counts, _sizes(bundle), bundle.warnings)
    if open_now:
        report.study = open_study(study=study, actor=actor)
    return report


def sweep_loads() -> int:
    """Take back what loads left that died on the way. Returns how many."""
    abandoned = list(Load.objects.abandoned())
    for load in abandoned:
        take_back(load)
    return len(abandoned)


@transaction.atomic
def take_back(load: Load) -> None:
    for study in Study.objects.filter(load=load):
        Response.objects.filter(study=study).delete()
        Participant.objects.filter(study=study).delete()
        Batch.objects.filter(study=study).delete()
        Study.objects.filter(pk=study.pk).update(version=None)
        StudyVersion.objects.filter(study=study).delete()
        study.delete()
    collection = load.collection
    discard(load)
    if not collection.loads.exists():
        collection.delete()


def _store(
    load: Load,
    slug: str,
    definition: dict[str, Any],
    bundle: CheckedBundle,
    owner: User | None,
    actor: str,
    folder: Path,
    tell: Callable[[str, int], None],
) -> Study:
    store_collection(load, bundle, tell)
    study = create_study(
        slug=slug, definition=definition, collection=load.collection, load=load, owner=owner, actor=actor
    )
    answered = bundle.counts.get("responses", 0) > 0
    if answered:
        _batches(study)
        import_answers(load, study, bundle, tell)
        import_exclusions(load, study, bundle, tell)
    with transaction.atomic():
        # The one update that publishes. The version is frozen with it: its hash covers the rows.
        Load.objects.filter(pk=load.pk).update(published_at=clock.now())
        if answered:
            _close(study, folder)
        audit.record(actor=actor, action="bundle loaded", subject=slug, rows=bundle.counts)
    study.refresh_from_db()
    return study


def _batches(study: Study) -> None:
    """Batches of a study whose answers came with it: closed, without units."""
    Batch.objects.bulk_create(
        Batch(
            study=study,
            name=settings["name"],
            position=position,
            state=Batch.CLOSED,
            settings=settings,
            batch_hash=batch_hash(settings),
            places=settings["participants"],
        )
        for position, settings in enumerate(study.definition["batches"])
    )


def _close(study: Study, folder: Path) -> None:
    """Freeze what was loaded with its answers; of a release, under the hash it was released with."""
    version = freeze_version(study, study.definition, expected_hash=released_hash(folder))
    Response.objects.filter(study=study, definition_hash="").update(definition_hash=version.definition_hash)
    restore_axis(study, folder)
    Study.objects.filter(pk=study.pk).update(state=Study.CLOSED, closed_at=clock.now())


def _definition(folder: Path, slug: str) -> tuple[dict[str, Any], float]:
    """The filled-in definition: the released one where the bundle is a release, else study.yaml's."""
    path = folder / STUDY_FILE
    if not folder.is_dir():
        raise _errors(folder.name, "there is no such folder")
    if not path.is_file():
        raise _errors(STUDY_FILE, "the bundle has no study.yaml")
    definition = parse_definition(path.read_bytes(), file=STUDY_FILE, default_collection=slug)
    released = folder / DEFINITION_FILE
    if not released.is_file():
        return filled(definition), definition.checks_asked_for
    try:
        stored = json.loads(released.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _errors(DEFINITION_FILE, f"is not JSON: {error}") from error
    if not isinstance(stored, dict) or definition_hash(filled(definition), {}) != definition_hash(
        filled(definition) | stored, {}
    ):
        raise _errors(DEFINITION_FILE, "says something else than study.yaml: one of the two was changed")
    return stored, 0.0


def _errors(file: str, reason: str) -> BundleErrors:
    problems = Problems()
    problems.add(Problem(file, None, None, reason))
    return BundleErrors(problems)


def _declared(definition: dict[str, Any], checks_share: float) -> Declared:
    def names(part: str) -> frozenset[str]:
        return frozenset(one["name"] for one in definition[part])

    return Declared(
        protocol=definition["protocol"],
        domains=names("domains"),
        batches=names("batches"),
        conditions=names("conditions"),
        checks_share=checks_share,
    )


def _loaded_before(study: Study, digest: str, folder: Path) -> LoadReport:
    if study.load.digest == digest:
        return LoadReport(study, False)
    raise _errors(
        folder.name,
        f"a study {study.slug!r} with other content is loaded already: give this one another name by --slug",
    )


def _sizes(bundle: CheckedBundle) -> dict[str, int]:
    return {table: len(keys) for table, keys in bundle.already.items() if keys}
