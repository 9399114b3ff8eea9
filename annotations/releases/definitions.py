"""A study's definition as a release holds it: study.yaml, and every version as it is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from annotations.core.errors import Refusal
from annotations.studies.definition import Definition, definition_hash, to_yaml
from annotations.studies.freezing import digests, loads_of
from annotations.studies.models import Study, StudyVersion

STUDY_FILE, DEFINITION_FILE = "study.yaml", "definition.json"


@dataclass(frozen=True)
class Version:
    """One version. `same_rows`: its hash covers the rows that the release holds, so it can be checked."""

    number: int
    file: str
    definition: dict[str, Any]
    definition_hash: str
    same_rows: bool

    def entry(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "number": self.number,
            "file": self.file,
            "definition_hash": self.definition_hash,
            "same_rows": self.same_rows,
        }


def versions_of(study: Study) -> list[Version]:
    """All versions in their order; the current one stands in definition.json."""
    rows = digests(study, loads_of(study))
    return [
        Version(
            version.number,
            DEFINITION_FILE if version.pk == study.version_id else f"definition-{version.number}.json",
            published(_with_batches(study, version)),
            version.definition_hash,
            definition_hash(version.definition, rows) == version.definition_hash,
        )
        for version in study.versions.order_by("number")
    ]


def _with_batches(study: Study, version: StudyVersion) -> dict[str, Any]:
    """Batches that were added or extended since stand with the study; no hash covers them."""
    added = {"batches": study.definition["batches"]} if version.pk == study.version_id else {}
    return {**version.definition, **added}


def published(definition: dict[str, Any]) -> dict[str, Any]:
    """Codes and settings are the researcher's dealings with the provider: no hash covers them, no release."""
    return definition | {"recruitment": {"provider": definition["recruitment"]["provider"]}}


def definition_files(versions: list[Version]) -> Iterator[tuple[str, str]]:
    for version in versions:
        content = in_order(version.definition)
        yield version.file, as_json(content)
        if version.file == DEFINITION_FILE:
            if not version.same_rows:
                raise Refusal(
                    "The study's rows are not those that it was opened with: it cannot be released."
                )
            yield STUDY_FILE, to_yaml(content)


def as_json(content: Any, *, sort_keys: bool = False) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=sort_keys) + "\n"


def in_order(value: Any) -> Any:
    """Keys as the schema has them, then by name: a database may keep them in an order of its own."""
    if isinstance(value, list):
        return [in_order(part) for part in value]
    if not isinstance(value, dict):
        return value
    ranks = _ranks()
    ordered = sorted(value, key=lambda name: (ranks.get(name, len(ranks)), name))
    return {name: in_order(value[name]) for name in ordered}


@cache
def _ranks() -> dict[str, int]:
    schema = Definition.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    names = dict.fromkeys(name for part in parts for name in part.get("properties", {}))
    first = ("kind", "name")
    return {name: rank for rank, name in enumerate([*first, *(name for name in names if name not in first)])}
