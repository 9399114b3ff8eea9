"""What a release says of itself beside its tables, as plain data.

README, codebook, croissant.json and manifest are made from this and the names, sizes and hashes of the
files alone. All of it can be read back from the folder, so that whoever has it can make them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotations.analysis.plan import Made, deviations
from annotations.core.jobs.outbox import key_of
from annotations.releases import storage
from annotations.releases.census import Census

FIGURES = "figures"
MANIFEST, README, CODEBOOK, CROISSANT = "manifest.json", "README.md", "codebook.csv", "croissant.json"
DOCUMENTS = (README, CODEBOOK, CROISSANT, MANIFEST)
# Tables with pseudonyms, which differ from installation to installation.
PSEUDONYMOUS = ("participants", "responses", "raters")
PARQUET = ".parquet"


@dataclass(frozen=True)
class File:
    sha256: str
    size: int


Files = dict[str, File]


@dataclass(frozen=True)
class Contents:
    """`versions`, `runs`, `figures` and `axis` as they stand in the manifest."""

    definition: dict[str, Any]
    definition_hash: str
    versions: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    figures: list[dict[str, str]]
    axis: dict[str, Any] | None
    census: Census
    code_version: str
    fingerprint: str
    # The first version's definition; blank where this is the first.
    planned: dict[str, Any] = field(default_factory=dict)

    @property
    def deviations(self) -> list[str]:
        """From the analysis that the first version declares."""
        runs = [Made(one["kind"], one["parameters"], one["seed"]) for one in self.runs]
        return deviations(self.planned or self.definition, self.definition, runs)


def files_in(folder: Path) -> Files:
    """Every file of the folder by its path from there, sorted, but for the documents."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: facts(paths[name]) for name in sorted(paths) if name not in DOCUMENTS}


def facts(path: Path) -> File:
    return File(storage.sha256_of(path), path.stat().st_size)


def content_hash(files: Files, people: list[str], runs: list[dict[str, Any]], code_version: str) -> str:
    """The fingerprint of a release: files without pseudonyms, the people's digests, the runs, the code.

    Parquet files are left out: they hold what the CSV files hold.
    """
    covered = {name: file.sha256 for name, file in files.items() if _is_covered(Path(name))}
    return key_of(code_version, covered, sorted(people), runs)


def _is_covered(path: Path) -> bool:
    # Pictures lie in a folder, whatever they are called.
    return path.suffix != PARQUET and (path.stem not in PSEUDONYMOUS or len(path.parts) > 1)
