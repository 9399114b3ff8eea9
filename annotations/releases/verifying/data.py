"""The study's data out of the tables of a release: what `analysis.frames` reads from the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from annotations.analysis.data import (
    METRIC,
    TRUST,
    StudyData,
    as_given,
    assemble,
    positions,
    probabilities_of,
    trust_of,
)
from annotations.catalogue.graders import meets
from annotations.catalogue.models import GRADES, VERDICTS
from annotations.people.models import Participant
from annotations.releases.formats import Column
from annotations.releases.formats.registry import Batch
from annotations.responses.answers import grader_of
from annotations.responses.importing import IMPORTED
from annotations.responses.models import DRAWN

VERDICT_CODES = {verdict: code for code, verdict in enumerate(VERDICTS)}
GRADE_CODES = {grade: code for code, grade in enumerate(GRADES)}
NUMBERS = ("difficulty", "confidence", "position", "probability")
COMPUTED = ("person", "item", "output", "verdict", "failed", "declined", "milliseconds", "judges")
TEXTS = ("condition", "batch", "reason")
NOT_SCORED = ("is_check", "surplus", "repeat")
KEPT = {
    "items": ("item_id", "domain", "metric", "check"),
    "outputs": ("output_id", "item_id", "system", "template", "severity", "check", "grade"),
    "grades": ("output_id", "grade", "revision"),
    "participants": ("participant_id", "kind", "group", *TRUST),
    "systems": ("system", "family", "parameters", "flop", "shaping"),
    "templates": ("template", "weight"),
}
Places = dict[str, int]


@dataclass
class Gathered:
    """Sees the tables pass and keeps what analyses read; of responses only numbers and positions."""

    kept: dict[str, dict[str, list[Any]]] = field(
        default_factory=lambda: {table: {name: [] for name in names} for table, names in KEPT.items()}
    )
    responses: list[dict[str, Any]] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    checked: list[tuple[int, int, int, str]] = field(default_factory=list)
    rows: int = 0
    candidates: dict[str, list[Any]] = field(default_factory=dict)
    hashes: set[str] = field(default_factory=set)
    places: dict[str, Places] = field(default_factory=dict)

    def see(self, table: str, columns: tuple[Column, ...], batch: Batch) -> None:
        values = dict(zip((column.name for column in columns), batch, strict=True))
        if table in self.kept:
            for name, own in self.kept[table].items():
                own += values[name] if name in values else [None] * len(batch[0])
            if table == "items":
                for name in values:
                    if name.startswith(METRIC):
                        self.candidates.setdefault(name, []).extend(values[name])
        elif table == "responses":
            self._responses(values)

    def _responses(self, values: dict[str, list[Any]]) -> None:
        if not self.places:
            tables = (("participants", "participant_id"), ("items", "item_id"), ("outputs", "output_id"))
            self.places = {key: _places(self.kept[table][key]) for table, key in tables}
        self.hashes.update(values["definition_hash"])
        self.superseded += [row for row in values["supersedes"] if row is not None]
        scored = np.ones(len(values["item_id"]), dtype=bool)
        for flag in NOT_SCORED:
            scored &= np.array(values[flag], dtype=float) == 0
        failed = 1.0 - np.array(values["answer_correct"], dtype=float)
        declined = np.array(values["dont_know"], dtype=float)
        failed[declined == 1.0] = 1.0
        active = np.array(values["active_ms"], dtype=float)
        whole = np.array(values["duration_ms"], dtype=float)
        reasons = zip(values["excluded"], values["exclusion_reason"], strict=True)
        self.responses.append(
            {name: np.array(values[name], dtype=float) for name in NUMBERS}
            | {
                "person": _found(self.places["participant_id"], values["participant_id"]),
                "item": _found(self.places["item_id"], values["item_id"]),
                "output": _found(self.places["output_id"], values["output_id"]),
                "verdict": _found(VERDICT_CODES, values["verdict"]),
                "failed": failed,
                "declined": declined,
                "milliseconds": np.where(np.isnan(active), whole, active),
                "condition": _texts(values["condition"]),
                "batch": _texts(values["batch"]),
                "reason": _texts((reason or IMPORTED) if out else "" for out, reason in reasons),
                "judges": np.array([value is not None for value in values["output_id"]]),
                "scored": scored,
            }
            | ({"drawn": probabilities_of(values[DRAWN])} if DRAWN in values else {})
        )
        self._keep_checks(values)
        self.rows += len(scored)

    def _keep_checks(self, values: dict[str, list[Any]]) -> None:
        """Number, item, output and answer of what was asked where the right response is known."""
        for at in np.flatnonzero(np.array(values["is_check"], dtype=float)).tolist():
            output = values["output_id"][at]
            said = values["answer"][at] if output is None else values["verdict"][at]
            item = self.places["item_id"].get(values["item_id"][at], -1)
            place = self.places["output_id"].get(output, -1)
            self.checked.append((self.rows + at, item, place, said or ""))

    def study_data(self, definition: dict[str, Any], definition_hash: str) -> StudyData:
        """What the analyses of the study computed from. Checks are left out: they are never scored."""
        items, item_place = self._items()
        outputs, output_place = self._outputs(items)
        return assemble(
            definition=definition,
            definition_hash=definition_hash,
            items=items,
            outputs=outputs,
            people=self._people(),
            responses=self._scored(item_place, output_place),
            systems=self._asked("systems"),
            templates=self._asked("templates"),
            checks=self._checks(definition),
        )

    def _items(self) -> tuple[pd.DataFrame, Any]:
        frame = self._frame("items").rename(columns={"item_id": "key"})
        frame["metric"] = frame["metric"].astype(float)
        for name in sorted(self.candidates):
            frame[name] = np.array(self.candidates[name], dtype=float)
        # A metric that only checks have is none of the items'.
        given = [name for name in sorted(self.candidates) if frame[name][frame["check"].isna()].notna().any()]
        return _by_key(frame, ["key", "domain", "metric", *given])

    def _outputs(self, items: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
        frame = self._frame("outputs").rename(columns={"output_id": "key"})
        frame["item"] = positions(pd.Index(items["key"]), frame["item_id"])
        frame["severity"] = frame["severity"].astype(float)
        later = sorted(
            zip(*(self.kept["grades"][name] for name in ("revision", "output_id", "grade")), strict=True)
        )
        current = {key: grade for _, key, grade in later}
        grades = [
            current.get(key, first)
            for key, first in zip(frame["key"], self.kept["outputs"]["grade"], strict=True)
        ]
        frame["grade"] = _found(GRADE_CODES, grades)
        first = zip(self.kept["outputs"]["grade"], grades, strict=True)
        frame["first"] = _found(GRADE_CODES, [one or other for one, other in first])
        graded = frame["key"].isin(list(current)) & np.array(
            [one is not None for one in self.kept["outputs"]["grade"]], dtype=bool
        )
        frame["regraded"] = graded.astype(bool)
        columns = ["key", "item", "system", "template", "severity", "grade", "first", "regraded"]
        return _by_key(frame, columns, left_out=frame["item"].to_numpy(np.int64) < 0)

    def _asked(self, table: str) -> pd.DataFrame:
        frame = as_given(self._frame(table).rename(columns={table.removesuffix("s"): "key"}))
        return frame.sort_values("key", kind="stable").reset_index(drop=True)

    def _frame(self, table: str) -> pd.DataFrame:
        """Without rows no type can be told: they would be numbers."""
        frame = pd.DataFrame(self.kept[table])
        return frame if len(frame) else frame.astype(object)

    def _people(self) -> pd.DataFrame:
        kept = self.kept["participants"]
        named = zip(kept["participant_id"], kept["kind"], strict=True)
        return pd.DataFrame(
            {
                "id": np.arange(len(kept["kind"])),
                "name": [key if kind == Participant.AI else "" for key, kind in named],
                "kind": kept["kind"],
                "group": [group or "" for group in kept["group"]],
                **{name: trust_of(kept[name]) for name in TRUST},
            }
        )

    def _scored(self, item_place: Any, output_place: Any) -> pd.DataFrame:
        names: tuple[str, ...] = (*NUMBERS, *COMPUTED, *TEXTS, "scored")
        empty = dict.fromkeys(names, np.empty(0)) | dict.fromkeys(TEXTS, np.empty(0, dtype=object))
        parts = self.responses or [empty]
        if "drawn" in parts[0]:
            names = (*names, "drawn")
        columns = {name: np.concatenate([part[name] for part in parts]) for name in names}
        scored = columns.pop("scored").astype(bool)
        scored[np.array(self.superseded, dtype=np.int64) - 1] = False
        columns["item"] = _moved(item_place, columns["item"])
        columns["output"] = _moved(output_place, columns["output"])
        columns["verdict"] = columns["verdict"].astype(np.int64)
        known = (columns["item"] >= 0) & (columns["person"] >= 0)
        known &= (columns["output"] >= 0) | ~columns.pop("judges").astype(bool)
        return pd.DataFrame(columns)[scored & known].reset_index(drop=True)

    def _checks(self, definition: dict[str, Any]) -> pd.DataFrame:
        """Marked as answers are when they come: verdicts as text, own answers by the domain's grader."""
        superseded = {row - 1 for row in self.superseded}
        people = np.concatenate([part["person"] for part in self.responses] or [np.empty(0)])
        items, outputs = self.kept["items"], self.kept["outputs"]
        found = []
        for row, item, output, said in self.checked:
            expected = outputs["check"][output] if output >= 0 else items["check"][item]
            if not expected or row in superseded:
                continue
            grader = "none" if output >= 0 else grader_of(definition, items["domain"][item])
            found.append((int(people[row]), meets(grader, said, expected)))
        return pd.DataFrame(
            {"person": [one for one, _ in found], "passed": [passed for _, passed in found]},
        ).astype({"person": np.int64, "passed": bool})


def _texts(values: Iterable[str | None]) -> Any:
    return np.array([value or "" for value in values], dtype=object)


def _by_key(frame: pd.DataFrame, columns: list[str], left_out: Any = False) -> tuple[pd.DataFrame, Any]:
    """Without checks, sorted by key; and where each row of the table stands in it, -1 for those left out."""
    keys = frame["key"].tolist()
    out = (frame["check"].notna() | left_out).tolist()
    order = sorted((at for at in range(len(keys)) if not out[at]), key=keys.__getitem__)
    place = np.full(len(keys), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    return frame[columns].take(order).reset_index(drop=True), place


def _moved(place: Any, at: Any) -> Any:
    """Positions in the frame for rows of the table, -1 for none."""
    at = at.astype(np.int64)
    return np.append(place, -1)[np.where(at < 0, place.size, at)]


def _places(keys: list[str]) -> Places:
    return {key: at for at, key in enumerate(keys)}


def _found(known: Places, values: list[Any]) -> Any:
    return np.array([known.get(value, -1) for value in values], dtype=np.int64)
