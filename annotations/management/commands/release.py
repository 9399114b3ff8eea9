from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations.core.errors import Refusal
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.management.base import BadInput, PlatformCommand
from annotations.releases import storage
from annotations.releases.models import Release
from annotations.releases.services import want_release
from annotations.studies.models import Study


class Command(PlatformCommand):
    help = "Make a release of a study, a frozen data set, and copy its files to an empty or new folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--out", type=Path, required=True, help="an empty or new folder")

    def act(self, **options: Any) -> dict[str, Any]:
        out: Path = options["out"]
        study = Study.objects.visible().select_related("version").filter(slug=options["slug"]).first()
        if study is None:
            raise BadInput(f"There is no study {options['slug']!r}.")
        _check_out(out)
        job = want_release(study=study, wanted_by="command line")
        with self.progress_bar("release", 1.0) as bar:

            def tell(job: Job) -> None:
                bar.update(job.progress - bar.n)

            job = drive(job, tell=tell)
        if job.state != Job.DONE:
            raise Refusal(f"The release of {study.slug} is {job.state}: {job.error}")
        release = Release.objects.get(pk=job.result["release"])
        if release.closed_at is not None:
            raise Refusal(f"Release {release.number} is closed: {release.closed_reason}.")
        return {
            "study": study.slug,
            "release": release.number,
            "new": job.result["new"],
            "fingerprint": release.fingerprint,
            "out": str(out),
            "files": _copy(storage.folder_of(release), out),
        }

    def describe(self, result: dict[str, Any]) -> str:
        made = "Made" if result["new"] else "The data are those of"
        return (
            f"{made} release {result['release']} of {result['study']} (fingerprint"
            f" {result['fingerprint'][:12]}): {len(result['files'])} files in {result['out']}."
        )


def _check_out(out: Path) -> None:
    """Make the folder now: what cannot be written is found before the work, not after it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        occupied = any(out.iterdir())
        (out / ".writable").touch()
        (out / ".writable").unlink()
    except FileExistsError as error:
        raise BadInput(f"{out} is a file: name an empty or new folder by --out.") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{out} cannot be written: {getattr(error, 'strerror', None) or error}.") from error
    if occupied:
        raise BadInput(f"{out} is not empty: name an empty or new folder by --out.")


def _copy(source: Path, out: Path) -> list[str]:
    """All files or none."""
    names = sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
    try:
        for name in names:
            (out / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(source / name, out / name)
    except OSError as error:
        for name in names:
            (out / name).unlink(missing_ok=True)
        for folder in {(out / name).parent for name in names} - {out}:
            shutil.rmtree(folder, ignore_errors=True)
        raise Refusal(f"The files could not be copied to {out}: {error.strerror or error}.") from error
    return names
