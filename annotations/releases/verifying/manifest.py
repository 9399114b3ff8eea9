"""manifest.json, read with care: everything else hangs on it."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annotations.analysis.pipeline import MOST_RESAMPLES
from annotations.core.jobs.outbox import key_of
from annotations.releases.contents import DOCUMENTS, MANIFEST
from annotations.releases.manifest import FORMAT
from annotations.releases.preview import LARGEST_DOCUMENT
from annotations.releases.verifying.report import Report, unreadable
from annotations.version import CODE_VERSION


class Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Version(Entry):
    number: int
    file: str
    definition_hash: str
    same_rows: bool


class Run(Entry):
    kind: str
    fingerprint: str
    parameters: dict[str, Any]
    seed: int = Field(ge=0)
    code_version: str
    summary: dict[str, Any]
    warnings: list[str]

    @property
    def resamples(self) -> Any:
        return self.parameters.get("resamples")


class Axis(Entry):
    source: str
    source_hash: str


class Manifest(Entry):
    """`raw` is the manifest as it stands; the fields are what verification goes by."""

    code_version: str
    fingerprint: str
    definition_hash: str
    versions: list[Version]
    runs: list[Run]
    figures: list[dict[str, str]]
    files: dict[str, str]
    axis: Axis | None = None
    raw: dict[str, Any] = Field(default_factory=dict, exclude=True)


def read_manifest(folder: Path) -> Manifest:
    """Raises Unreadable where the folder is no release of a format that is known here."""
    if not folder.is_dir():
        raise unreadable(
            "", f"{folder} is a file, not a folder" if folder.exists() else f"There is no {folder}"
        )
    path = folder / MANIFEST
    if not path.is_file():
        raise unreadable(MANIFEST, f"{folder} has no {MANIFEST}: it is no release")
    if (size := path.stat().st_size) > LARGEST_DOCUMENT:
        raise unreadable(MANIFEST, f"has {size:,} bytes, more than any manifest ({LARGEST_DOCUMENT:,})")
    content = _json(path)
    if not isinstance(content, dict) or "files" not in content:
        raise unreadable(MANIFEST, "is not the manifest of a release: it lists no files")
    if not _is_canonical(content):
        raise unreadable(MANIFEST, "holds a number or a text that no canonical JSON can hold")
    if content.get("format") != FORMAT:
        raise unreadable(
            MANIFEST, f"its format is {content.get('format')!r}, and this version reads format {FORMAT}"
        )
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise unreadable(MANIFEST, f"is not the manifest of a release: {place}: {first['msg']}") from error
    manifest.raw = content
    _check(manifest)
    return manifest


def warn_of_version(manifest: Manifest, report: Report) -> None:
    made = {manifest.code_version, *(run.code_version for run in manifest.runs)}
    if others := sorted(made - {CODE_VERSION}):
        report.warn(
            MANIFEST,
            f"was made by version {', '.join(others)} of the platform, and this is {CODE_VERSION}: numbers"
            " and words may differ for that reason alone",
        )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise unreadable(path.name, f"is not JSON: {error}") from error


def _is_canonical(content: Any) -> bool:
    """Hashes are taken of parts of it: nan, huge numbers and halves of characters have none."""
    try:
        key_of(content)
    except (ValueError, RecursionError):
        return False
    return True


def _check(manifest: Manifest) -> None:
    for name in (*manifest.files, *(version.file for version in manifest.versions)):
        if not _is_inside(name):
            raise unreadable(MANIFEST, f"names a file outside the release: {name!r}")
    for name in (*DOCUMENTS, "definition.json", "study.yaml", "items.csv"):
        if name not in manifest.files and name != MANIFEST:
            raise unreadable(MANIFEST, f"does not list {name}, which every release has")
    kinds = [run.kind for run in manifest.runs]
    if len(set(kinds)) < len(kinds):
        raise unreadable(MANIFEST, "lists two runs of one analysis")
    for run in manifest.runs:
        if type(run.resamples) is not int or not 0 <= run.resamples <= MOST_RESAMPLES:
            raise unreadable(
                MANIFEST,
                f"the run of {run.kind} has resamples {run.resamples!r}: not 0 to {MOST_RESAMPLES:,}",
            )


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not (path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name) and str(path) == name
    )
