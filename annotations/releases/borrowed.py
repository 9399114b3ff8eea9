"""A release of a study with a borrowed axis holds the copy, and loads without the other study."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from annotations.studies.models import Axis, Study

TEXTS = {"item_id", "domain", "population", "source", "target", "method", "warnings"}


def released_hash(folder: Path) -> str | None:
    """The definition hash that a release was published with; None where the folder is no release."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return None
    content: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return content.get("definition_hash")


def restore_axis(study: Study, folder: Path) -> Axis | None:
    """The axis that a release carries, if the study borrows one and the folder is a release."""
    manifest, source = folder / "manifest.json", study.definition["analysis"]["difficulty_from"]
    if source is None or not manifest.is_file():
        return None
    axis = json.loads(manifest.read_text(encoding="utf-8")).get("axis")
    if not axis:
        return None
    return Axis.objects.create(
        study=study,
        source_slug=source,
        source_hash=axis["source_hash"],
        difficulty=_rows(folder / "difficulty.csv"),
        calibration=_rows(folder / "calibration.csv"),
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: _value(name, text) for name, text in row.items()} for row in csv.DictReader(file)]


def _value(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    if text == "":
        return None
    return int(text) if text.lstrip("-").isdigit() else float(text)
