"""The files of a release against the hashes in its manifest."""

from __future__ import annotations

from pathlib import Path

from annotations.releases.contents import MANIFEST, Files, facts
from annotations.releases.verifying.manifest import Manifest
from annotations.releases.verifying.report import Report


def check_files(folder: Path, manifest: Manifest, report: Report) -> Files:
    """What is there of what the manifest lists, and what it is."""
    home = folder.resolve()
    found: Files = {}
    for name, sha256 in sorted(manifest.files.items()):
        path = folder / name
        report.compared["files"] += 1
        if not path.is_file():
            report.differ(name, f"is missing: {MANIFEST} lists it")
        elif not path.resolve().is_relative_to(home):
            report.differ(name, "is a link to a file outside the release")
        else:
            found[name] = known = facts(path)
            if known.sha256 != sha256:
                report.differ(
                    name,
                    f"was changed: its SHA-256 is {known.sha256}, and {MANIFEST} has {sha256[:64]}",
                )
    for name in others(folder, manifest):
        report.differ(name, f"does not belong to the release: {MANIFEST} does not list it")
    return found


def others(folder: Path, manifest: Manifest) -> list[str]:
    """Files that the manifest does not list, but for hidden ones, which file managers leave behind."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    names = [path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts)]
    return sorted(name for name in names if name not in manifest.files and name != MANIFEST)
