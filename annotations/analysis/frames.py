"""A study's data out of the database."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.db.models import IntegerField, QuerySet
from django.db.models.functions import Cast

from annotations.analysis.data import StudyData, as_given, assemble, positions
from annotations.catalogue.models import GRADES, VERDICTS, Grade, Item, Output, System, Template
from annotations.people.models import Participant
from annotations.responses.models import Response
from annotations.statistics.basics import FloatArray, IntArray
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

CHUNK = 20_000
VERDICT_CODES = {verdict: code for code, verdict in enumerate(VERDICTS)}
GRADE_CODES = {grade: code for code, grade in enumerate(GRADES)}
RESPONSE_COLUMNS = (
    "participant_id", "item_id", "output_id", "verdict", "difficulty", "answer_correct", "dont_know",
    "confidence", "position", "condition", "probability",
)  # fmt: skip
MARKS = ("answer_correct", "dont_know")


def read_study(study: Study) -> StudyData:
    """Read and number everything once. Checks are left out of items and outputs: they are never scored."""
    loads = loads_of(study)
    items = _items(study, loads)
    outputs = _outputs(study, loads, items)
    people = _people(study)
    responses = _responses(study, items, outputs, people)
    return assemble(
        definition=study.definition,
        definition_hash=study.version.definition_hash if study.version else "",
        items=items.drop(columns="pk"),
        outputs=outputs.drop(columns="pk"),
        people=people.drop(columns="pk"),
        responses=responses,
        systems=_asked(study, loads, System, "family", "parameters", "flop", "shaping"),
        templates=_asked(study, loads, Template, "weight"),
    )


def _items(study: Study, loads: list[int]) -> pd.DataFrame:
    rows = Item.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
    frame = pd.DataFrame.from_records(
        list(rows.values_list("pk", "key", "domain", "metric")), columns=["pk", "key", "domain", "metric"]
    )
    frame["metric"] = frame["metric"].astype(float)
    return _by_key(frame)


def _outputs(study: Study, loads: list[int], items: pd.DataFrame) -> pd.DataFrame:
    columns = ["pk", "key", "item", "system", "template", "severity"]
    rows: list[Any] = []
    if study.judges_outputs:
        found = Output.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
        rows = list(found.values_list("pk", "key", "item_id", "system__key", "template__key", "severity"))
    frame = pd.DataFrame.from_records(rows, columns=columns)
    frame["item"] = _positions(items, frame["item"].to_numpy(float))
    frame["severity"] = frame["severity"].astype(float)
    current = Grade.objects.filter(output__collection=study.collection_id, current=True)
    grades = dict(current.values_list("output_id", "grade")) if rows else {}
    codes = [GRADE_CODES.get(grades.get(pk, ""), -1) for pk in frame["pk"]]
    frame["grade"] = np.array(codes, dtype=np.int64)
    return _by_key(frame[frame["item"] >= 0])


def _asked(study: Study, loads: list[int], model: type[System | Template], *columns: str) -> pd.DataFrame:
    """Systems or templates, which stand in a release where outputs are judged."""
    rows: list[Any] = []
    if study.judges_outputs:
        found = model.objects.filter(collection=study.collection_id, load__in=loads)
        rows = list(found.values_list("key", *columns))
    return _by_key(as_given(pd.DataFrame.from_records(rows, columns=["key", *columns])))


def _by_key(frame: pd.DataFrame) -> pd.DataFrame:
    """Sorted as Python sorts text, by code points: the order of a database hangs on its collation."""
    order = sorted(range(len(frame)), key=frame["key"].tolist().__getitem__)
    return frame.take(order).reset_index(drop=True)


def _people(study: Study) -> pd.DataFrame:
    rows = Participant.objects.filter(study=study).values_list("pk", "kind", "group")
    return pd.DataFrame.from_records(list(rows), columns=["pk", "kind", "group"])


def _responses(
    study: Study, items: pd.DataFrame, outputs: pd.DataFrame, people: pd.DataFrame
) -> pd.DataFrame:
    raw = _columns(Response.objects.filter(study=study).scored().filter(repeat=False))
    failed = 1.0 - raw["answer_correct"]
    failed[raw["dont_know"] == 1.0] = 1.0
    frame = pd.DataFrame(
        {
            "person": _positions(people, raw["participant_id"]),
            "item": _positions(items, raw["item_id"]),
            "output": _positions(outputs, raw["output_id"]),
            "verdict": raw["verdict"].astype(np.int64),
            "difficulty": raw["difficulty"],
            "failed": failed,
            "confidence": raw["confidence"],
            "position": raw["position"],
            "condition": raw["condition"],
            "probability": raw["probability"],
        }
    )
    # People may have come, and rows gone, since the other frames were read; the run is then stale.
    known = (frame["item"] >= 0) & (frame["person"] >= 0)
    known &= (frame["output"] >= 0) | np.isnan(raw["output_id"])
    return frame if known.all() else pd.DataFrame(frame[known]).reset_index(drop=True)


def _columns(rows: QuerySet[Response]) -> dict[str, Any]:
    """Arrays by column, read a chunk at a time: rows of Python values are some ten times as large.

    By the cursor itself, with yes and no as numbers: Django would convert row by row, which costs more
    than all the rest.
    """
    parts: dict[str, list[Any]] = {name: [] for name in RESPONSE_COLUMNS}
    marks = {name: Cast(name, IntegerField()) for name in MARKS}
    query = rows.values_list(*(marks.get(name, name) for name in RESPONSE_COLUMNS)).query
    with connection.chunked_cursor() as cursor:
        cursor.execute(*query.sql_with_params())
        while chunk := cursor.fetchmany(CHUNK):
            for name, values in zip(RESPONSE_COLUMNS, zip(*chunk, strict=True), strict=True):
                parts[name].append(_array(name, values))
    kinds = {"condition": np.dtype(object)}
    return {
        name: np.concatenate(found) if found else np.empty(0, kinds.get(name, np.dtype(float)))
        for name, found in parts.items()
    }


def _array(name: str, values: tuple[Any, ...]) -> Any:
    if name == "verdict":
        return np.array([VERDICT_CODES.get(value, -1) for value in values], dtype=float)
    return np.array(values, dtype=object if name == "condition" else float)


def _positions(known: pd.DataFrame, wanted: FloatArray) -> IntArray:
    """By primary key, nan being none."""
    keys = np.where(np.isnan(wanted), -1, wanted).astype(np.int64)
    return positions(pd.Index(known["pk"].to_numpy(np.int64)), keys)
