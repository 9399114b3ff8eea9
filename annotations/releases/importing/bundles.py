"""A whole study that a researcher sends as a zip: loaded as `load_bundle` would, at once or by a job."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from annotations.accounts.models import User
from annotations.catalogue.bundle import BundleErrors
from annotations.catalogue.importing.staging import plain_name, root, too_large
from annotations.catalogue.models import Collection
from annotations.core.errors import Refusal
from annotations.core.jobs.kinds import Context
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.core.problems import Problem
from annotations.releases.loading import LoadReport, load_bundle
from annotations.studies.access import studies_of
from annotations.studies.definition import DefinitionErrors
from annotations.studies.drafts import COLLECTION_TAKEN

KIND = "load of a study"
SMALL = 500_000
LOST_AFTER = 7 * 86_400
ARCHIVE = b"PK"


class Faulty(Exception):
    """The bundle cannot be loaded; the problems say why, and `count` how many there are in all."""

    def __init__(self, problems: Iterable[Problem], count: int) -> None:
        super().__init__(f"{count} problems")
        self.listed = [problem.as_dict() for problem in problems]
        self.count = count


def want_bundle(
    *, name: str, chunks: Iterable[bytes], slug: str, owner: User, actor: str
) -> LoadReport | Job:
    """What became of the study, or the job that is to load it. Raises Faulty, or Refusal where it is no zip.

    The file is kept under its own name, which gives the study its slug where none is given.
    """
    path, size = _keep(name, chunks)
    kept = False
    try:
        if size <= SMALL:
            return _load(path, slug, owner, actor)
        with transaction.atomic():
            params = {"file": str(path.relative_to(root())), "slug": slug, "owner": owner.pk}
            job = want_job(kind=KIND, subject=f"bundle:{path.parent.name}", params=params, wanted_by=actor)
        kept = True
        return job
    finally:
        if not kept:
            forget(path)


def _keep(name: str, chunks: Iterable[bytes]) -> tuple[Path, int]:
    folder = root() / f"study-{uuid.uuid4()}"
    folder.mkdir(mode=0o700, parents=True)
    stem = slugify(plain_name(name).removesuffix(".zip")) or "study"
    path, size = folder / f"{stem[:80]}.zip", 0
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in chunks:
                if not size and not chunk.startswith(ARCHIVE):
                    raise Refusal("The file is no zip archive: pack the folder with its study.yaml into one.")
                size += len(chunk)
                if size > settings.UPLOAD_MAX_BYTES:
                    raise too_large()
                out.write(chunk)
        if not size:
            raise Refusal("The file is empty.")
    except BaseException:
        forget(path)
        raise
    return path, size


def forget(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        path.parent.rmdir()


def check_use(owner: User, collection: str) -> None:
    """Raises Refusal where there is such a collection, and it is not one that the user's studies draw on."""
    theirs = owner.is_admin or studies_of(owner).filter(collection__name=collection).exists()
    if not theirs and Collection.objects.filter(name=collection).exists():
        raise Refusal(COLLECTION_TAKEN.format(name=collection))


def _load(
    path: Path,
    slug: str,
    owner: User,
    actor: str,
    tell: Callable[[str, int], None] = lambda table, done: None,
) -> LoadReport:
    try:
        return load_bundle(
            folder=path, slug=slug, owner=owner, actor=actor, tell=tell, may_use=partial(check_use, owner)
        )
    except BundleErrors as errors:
        raise Faulty(errors.problems, errors.problems.count) from errors
    except DefinitionErrors as errors:
        raise Faulty(errors.problems, len(errors.problems)) from errors


def work(context: Context) -> dict[str, Any]:
    """What is wrong with the bundle is a result, too: trying again would find the same."""
    params = context.job.params
    path = root() / params["file"]
    if not path.is_file():
        raise Refusal("The file is not on this machine any more: send it again.")
    owner = User.objects.get(pk=params["owner"])

    def tell(table: str, done: int) -> None:
        context.progress(0.5, f"{done:,} {table} stored")

    try:
        report = _load(path, params["slug"], owner, context.job.wanted_by, tell)
        return {"study": report.study.slug, "file": params["file"]}
    except Faulty as faulty:
        return {"problems": faulty.listed, "count": faulty.count, "file": params["file"]}


def store(job: Job, outcome: dict[str, Any]) -> dict[str, Any]:
    path = root() / str(outcome.pop("file"))
    transaction.on_commit(lambda: forget(path))
    return outcome


def sweep_bundles() -> int:
    """Files whose job came to nothing."""
    count = 0
    for path in root().glob("study-*/*.zip") if root().is_dir() else ():
        if time.time() - path.stat().st_mtime > LOST_AFTER:
            forget(path)
            count += 1
    return count
