"""What a release holds beyond the tables of a bundle, read when it is loaded: versions and borrowed axis.

With them it loads without the other study, and is released again as the same bundle. A folder whose
manifest.json was not written by a release is a bundle like any other.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from annotations.analysis.tables import CALIBRATION_COLUMNS, DIFFICULTY_COLUMNS
from annotations.calibration.axis import axis_hash
from annotations.catalogue.bundle import BundleErrors, Declared
from annotations.core.problems import Problem, Problems, listing
from annotations.releases.contents import MANIFEST
from annotations.releases.definitions import DEFINITION_FILE, STUDY_FILE
from annotations.studies.definition import Definition, filled, parse_definition

TEXTS = {"item_id", "domain", "population", "source", "target", "method", "warnings"}
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Earlier:
    """A version before the current one; `same_rows` as in the manifest."""

    number: int
    definition: dict[str, Any]
    definition_hash: str
    same_rows: bool


@dataclass(frozen=True)
class ReleasedAxis:
    """A borrowed axis, as `studies.Axis` holds it."""

    source_slug: str
    source_hash: str
    same_people: bool
    difficulty: Rows
    calibration: Rows

    def check(self) -> None:
        """Raises BundleErrors unless the tables are those that were copied."""
        if axis_hash(self.difficulty, self.calibration) != self.source_hash:
            raise bad("difficulty.csv", "it or calibration.csv is not the axis that the study borrowed")


@dataclass(frozen=True)
class Released:
    definition_hash: str
    earlier: list[Earlier] = field(default_factory=list)
    axis: ReleasedAxis | None = None


def bad(file: str, reason: str) -> BundleErrors:
    problems = Problems()
    problems.add(Problem(file, None, None, reason))
    return BundleErrors(problems)


def read_definition(folder: Path, slug: str) -> tuple[dict[str, Any], float]:
    """The filled-in definition, and the share of checks that it asks for in so many words.

    Where the bundle is a release, definition.json is taken as it was stored: later defaults change
    nothing. study.yaml has to say the same.
    """
    path = folder / STUDY_FILE
    if not path.is_file():
        raise bad(STUDY_FILE, "the bundle has no study.yaml")
    definition = parse_definition(path.read_bytes(), file=STUDY_FILE, default_collection=slug)
    if not (folder / DEFINITION_FILE).is_file():
        return filled(definition), definition.checks_asked_for
    stored = _stored_definition(folder, DEFINITION_FILE)
    if filled(definition) != filled(Definition.model_validate(stored)):
        raise bad(DEFINITION_FILE, "says something else than study.yaml: one of the two was changed")
    return stored, 0.0


def declared_in(definition: dict[str, Any], checks_share: float = 0.0) -> Declared:
    """What the rows of a bundle have to agree with."""

    def names(part: str) -> frozenset[str]:
        return frozenset(one["name"] for one in definition[part])

    return Declared(
        protocol=definition["protocol"],
        domains=names("domains"),
        batches=names("batches"),
        conditions=names("conditions"),
        checks_share=checks_share,
    )


def read_released(folder: Path, definition: dict[str, Any]) -> Released | None:
    """What the manifest adds; None where the folder is no release. Raises BundleErrors."""
    path = folder / MANIFEST
    if not path.is_file() or not (folder / DEFINITION_FILE).is_file():
        return None
    manifest = _json(folder, MANIFEST)
    if not isinstance(manifest, dict) or "definition_hash" not in manifest:
        return None
    try:
        return Released(
            definition_hash=str(manifest["definition_hash"]),
            earlier=[
                Earlier(
                    int(one["number"]),
                    _stored_definition(folder, str(one["file"])),
                    str(one["definition_hash"]),
                    bool(one["same_rows"]),
                )
                for one in manifest.get("versions", [])
                if one["file"] != DEFINITION_FILE
            ],
            axis=_axis(folder, manifest.get("axis"), definition),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise bad(MANIFEST, f"cannot be read as the manifest of a release: {error!r}") from error


def _axis(folder: Path, axis: Any, definition: dict[str, Any]) -> ReleasedAxis | None:
    if not axis:
        return None
    if axis["source"] != definition["analysis"]["difficulty_from"]:
        raise bad(MANIFEST, f"the axis comes from {axis['source']!r}, the definition names another study")
    return ReleasedAxis(
        str(axis["source"]),
        str(axis["source_hash"]),
        bool(axis.get("same_people")),
        _rows(folder / "difficulty.csv", DIFFICULTY_COLUMNS),
        _rows(folder / "calibration.csv", CALIBRATION_COLUMNS),
    )


def _rows(path: Path, columns: tuple[str, ...]) -> Rows:
    if not path.is_file():
        raise bad(path.name, "the release has a borrowed axis, but not this table of it")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if missing := set(columns) - set(reader.fieldnames or ()):
                raise ValueError(f"it has no column {listing(missing)}")
            return [{name: _value(name, text) for name, text in row.items()} for row in reader]
    except (ValueError, TypeError, AttributeError, csv.Error) as error:
        raise bad(path.name, f"cannot be read as a table of a release: {error}") from error


def _value(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    if text == "":
        return None
    return int(text) if text.removeprefix("-").isdecimal() else float(text)


def _stored_definition(folder: Path, file: str) -> dict[str, Any]:
    if Path(file).name != file:
        raise bad(MANIFEST, f"names a file outside the release: {file!r}")
    if not (folder / file).is_file():
        raise bad(file, "the manifest names this file, and it is not there")
    stored = _json(folder, file)
    try:
        Definition.model_validate(stored)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise bad(file, f"is no definition: {place}: {first['msg']}") from error
    content: dict[str, Any] = stored
    return content


def _json(folder: Path, file: str) -> Any:
    try:
        return json.loads((folder / file).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise bad(file, f"is not JSON: {error}") from error
