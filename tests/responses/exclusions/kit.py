"""Answers collected elsewhere, a study that declares rules, and what these leave out."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.responses.declared import apply_declared
from annotations.responses.models import Exclusion
from annotations.studies.models import Study
from tests.analysis.bundles import item, load, write_bundle


@pytest.fixture
def bundle(db, tmp_path):
    """`bundle(rule, {parameter: value}, rows)`: a study of these responses, loaded and its rule applied.

    Outputs o0 to o39 stand one each on items i0 to i39, which come in another domain; every fourth output is
    incorrect. Items c0 and c1 are checks, whose answer is 7.
    """

    def make(rule: str, parameters: dict[str, Any], rows: list[dict[str, Any]], **definition: Any) -> Study:
        declared = [{"name": rule, "parameters": parameters}] if rule else []
        about = {
            "title": "Made elsewhere", "protocol": "both", "domains": [{"name": "synth", "grader": "number"}],
            "exclusions": declared, "analysis": {"resamples": 0}, **definition,
        }  # fmt: skip
        outputs = [
            {"output_id": f"o{n}", "item_id": f"i{n}", "system": "one", "text": "x",
             "grade": "correct" if n % 4 else "incorrect", "grader": "made"}
            for n in range(40)
        ]  # fmt: skip
        items = [item(f"i{n}") | {"check": ""} for n in range(40)]
        checks = [item(f"c{n}") | {"check": "7"} for n in range(2)]
        folder = write_bundle(
            tmp_path / "made", about, items=items + checks, systems=[{"system": "one"}], outputs=outputs,
            responses=rows,
        )  # fmt: skip
        study = load(folder)
        apply_declared(study)
        return study

    return make


def row(person: str, unit: str, **cells: Any) -> dict[str, Any]:
    """A response, with a cell for every column that a test may fill."""
    blank = dict.fromkeys(
        ("answer", "verdict", "difficulty", "confidence", "duration_ms", "active_ms", "idle_ms", "away_ms",
         "repeat", "is_check", "position", "pastes", "excluded", "exclusion_reason"),
        "",
    )  # fmt: skip
    where = {"output_id": unit, "item_id": ""} if unit.startswith("o") else {"output_id": "", "item_id": unit}
    return {"participant_id": person, **where, **blank, **cells}


def verdicts(person: str, count: int, **cells: Any) -> list[dict[str, Any]]:
    return [row(person, f"o{n}", **{"verdict": "correct", **cells}) for n in range(count)]


def left_out(study: Study) -> dict[str, set[str]]:
    """Reasons by participant."""
    found: dict[str, set[str]] = {}
    rows = Exclusion.objects.standing().filter(response__study=study)
    for key, reason in rows.values_list("response__participant__key", "reason"):
        found.setdefault(key, set()).add(reason)
    return found


def units_out(study: Study, person: str) -> set[str]:
    rows = Exclusion.objects.standing().filter(response__study=study, response__participant__key=person)
    return {
        output or item for output, item in rows.values_list("response__output__key", "response__item__key")
    }
