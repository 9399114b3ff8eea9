"""The definitions of a release against the hash that answers, runs and manifest carry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotations.catalogue.bundle import BundleErrors, CheckedBundle, check_bundle
from annotations.releases.contents import MANIFEST
from annotations.releases.definitions import DEFINITION_FILE
from annotations.releases.dictionary import TABLES
from annotations.releases.preview import check_documents
from annotations.releases.reading import declared_in, read_definition, read_released
from annotations.releases.verifying.files import others
from annotations.releases.verifying.manifest import Manifest
from annotations.releases.verifying.report import Report, Unreadable
from annotations.studies.definition import DefinitionErrors, definition_hash


def read_bundle(folder: Path, manifest: Manifest) -> tuple[dict[str, Any], CheckedBundle]:
    """The definition and the rows that were asked about, read as a study is loaded. Raises Unreadable.

    definition.json and study.yaml have to say the same, and every row has to be one that could be loaded.
    """
    try:
        check_documents(folder)
        definition, _ = read_definition(folder, "release")
        read_released(folder, definition)
        own = {f"{table}.csv" for table in TABLES}
        rows = check_bundle(
            folder,
            declared=declared_in(definition),
            vouched={*manifest.files, *others(folder, manifest)} - own,
        )
    except (BundleErrors, DefinitionErrors) as error:
        raise Unreadable(error.problems) from error
    return definition, rows


def check_hashes(
    folder: Path, manifest: Manifest, definition: dict[str, Any], rows: CheckedBundle, report: Report
) -> None:
    digests = _digests(rows, definition["protocol"] != "difficulty")
    current = [version for version in manifest.versions if version.file == DEFINITION_FILE]
    if [version.definition_hash for version in current] != [manifest.definition_hash]:
        report.differ(
            MANIFEST, f"does not give {DEFINITION_FILE} once among its versions, with the definition_hash"
        )
    released = {version.file: version for version in manifest.versions}
    stored = read_released(folder, definition)
    definitions = {DEFINITION_FILE: definition}
    for one in stored.earlier if stored else []:
        definitions[f"definition-{one.number}.json"] = one.definition
    for file, content in definitions.items():
        report.compared["definitions"] += 1
        version = released.get(file)
        if version is None:
            report.differ(MANIFEST, f"does not list {file} among its versions")
            continue
        found = definition_hash(content, digests)
        if version.same_rows and found != version.definition_hash:
            tables = ", ".join(f"{table}.csv" for table, kept in digests.items() if kept)
            report.differ(
                file,
                f"the hash of it and of the rows of {tables} is {found}, and {MANIFEST} has"
                f" {version.definition_hash[:64]}: it or one of these tables is not what was released",
            )
        elif not version.same_rows and (found == version.definition_hash or file == DEFINITION_FILE):
            report.differ(MANIFEST, f"says that {file} had other rows than the release, and it had the same")


def warn_of_answers(manifest: Manifest, hashes: set[str], report: Report) -> None:
    """Answers that were collected elsewhere may carry the hash of a definition of their own."""
    known = {version.definition_hash for version in manifest.versions}
    if strange := len(hashes - known):
        report.warn(
            "responses.csv",
            f"answers carry {strange} definition_hash"
            f"{'' if strange == 1 else 'es'} of no version of this release: they were given elsewhere",
        )


def _digests(rows: CheckedBundle, judged: bool) -> dict[str, list[str]]:
    """Of the rows that the hash covers: outputs and what belongs to them only where they are judged."""
    found = {"items": [row.digest() for row in rows.items()]}
    if judged:
        found["templates"] = [row.digest() for row in rows.templates()]
        found["systems"] = [row.digest() for row in rows.systems()]
        found["outputs"] = [row.digest() for row in rows.outputs()]
    return found
