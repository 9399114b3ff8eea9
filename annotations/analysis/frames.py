"""A study's data out of the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.db.models import IntegerField, Q, QuerySet
from django.db.models.functions import Cast

from annotations.analysis.data import (
    METRIC,
    TRUST,
    StudyData,
    as_given,
    assemble,
    draws_samples,
    positions,
    probabilities_of,
    trust_of,
)
from annotations.catalogue.models import GRADES, VERDICTS, Grade, Item, Output, System, Template
from annotations.people.models import Participant
from annotations.responses.importing import IMPORTED
from annotations.responses.models import DRAWN, Exclusion, Response
from annotations.statistics.basics import FloatArray, IntArray
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

CHUNK = 20_000
VERDICT_CODES = {verdict: code for code, verdict in enumerate(VERDICTS)}
GRADE_CODES = {grade: code for code, grade in enumerate(GRADES)}
RESPONSE_COLUMNS = (
    "pk", "participant_id", "item_id", "output_id", "verdict", "difficulty", "answer_correct", "dont_know",
    "confidence", "position", "active_ms", "duration_ms", "condition", "batch__name", "probability",
)  # fmt: skip
OBJECTS = ("condition", "batch__name")
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
        people=people,
        responses=responses,
        systems=_asked(study, loads, System, "family", "parameters", "flop", "shaping"),
        templates=_asked(study, loads, Template, "weight"),
        checks=_checks(study, people),
    )


def _items(study: Study, loads: list[int]) -> pd.DataFrame:
    rows = Item.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
    frame = pd.DataFrame.from_records(
        list(rows.values_list("pk", "key", "domain", "metric")), columns=["pk", "key", "domain", "metric"]
    )
    frame["metric"] = frame["metric"].astype(float)
    further = dict(rows.exclude(metrics={}).values_list("pk", "metrics"))
    names = {name for metrics in further.values() for name, value in metrics.items() if value is not None}
    for name in sorted(names):
        values = [further.get(pk, {}).get(name) for pk in frame["pk"]]
        frame[METRIC + name] = np.array(values, dtype=float)
    return _by_key(frame)


def _outputs(study: Study, loads: list[int], items: pd.DataFrame) -> pd.DataFrame:
    columns = ["pk", "key", "item", "system", "template", "severity"]
    rows: list[Any] = []
    if study.judges_outputs:
        found = Output.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
        rows = list(found.values_list("pk", "key", "item_id", "system__key", "template__key", "severity"))
    frame = pd.DataFrame.from_records(rows, columns=columns)
    frame["item"] = _positions(items["pk"], frame["item"].to_numpy(float))
    frame["severity"] = frame["severity"].astype(float)
    gradings = Grade.objects.filter(output__collection=study.collection_id)
    grades = dict(gradings.filter(current=True).values_list("output_id", "grade")) if rows else {}
    again = gradings.filter(_published(), revision__gt=1).values("output_id")
    first = gradings.filter(revision=1, output_id__in=again)
    before = dict(first.values_list("output_id", "grade")) if rows else {}
    frame["grade"] = _codes(grades.get(pk, "") for pk in frame["pk"])
    frame["first"] = _codes(before.get(pk) or grades.get(pk, "") for pk in frame["pk"])
    frame["regraded"] = [pk in before for pk in frame["pk"]]
    return _by_key(frame[frame["item"] >= 0])


def _published() -> Q:
    return Q(load__isnull=True) | Q(load__published_at__isnull=False)


def _codes(grades: Iterable[str]) -> IntArray:
    return np.array([GRADE_CODES.get(grade, -1) for grade in grades], dtype=np.int64)


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
    """Machines by the names that they came with, which releases keep."""
    rows = Participant.objects.filter(study=study).values_list("pk", "key", "kind", "group", "meta")
    frame = pd.DataFrame.from_records(list(rows), columns=["id", "name", "kind", "group", "meta"])
    frame["name"] = frame["name"].where(frame["kind"] == Participant.AI, "")
    metas = frame.pop("meta")
    return frame.assign(**{name: trust_of(meta.get(name) for meta in metas) for name in TRUST})


def _responses(
    study: Study, items: pd.DataFrame, outputs: pd.DataFrame, people: pd.DataFrame
) -> pd.DataFrame:
    raw = _columns(Response.objects.filter(study=study).countable().filter(repeat=False))
    failed = 1.0 - raw["answer_correct"]
    failed[raw["dont_know"] == 1.0] = 1.0
    active = raw["active_ms"]
    frame = pd.DataFrame(
        {
            "person": _positions(people["id"], raw["participant_id"]),
            "item": _positions(items["pk"], raw["item_id"]),
            "output": _positions(outputs["pk"], raw["output_id"]),
            "verdict": raw["verdict"].astype(np.int64),
            "difficulty": raw["difficulty"],
            "failed": failed,
            "declined": raw["dont_know"],
            "confidence": raw["confidence"],
            "position": raw["position"],
            "milliseconds": np.where(np.isnan(active), raw["duration_ms"], active),
            "condition": raw["condition"],
            "batch": ["" if name is None else name for name in raw["batch__name"]],
            "probability": raw["probability"],
            "reason": _reasons(study, raw["pk"]),
        }
    )
    if draws_samples(study.definition):
        frame["drawn"] = _drawn(study, raw["pk"])
    # People may have come, and rows gone, since the other frames were read; the run is then stale.
    known = (frame["item"] >= 0) & (frame["person"] >= 0)
    known &= (frame["output"] >= 0) | np.isnan(raw["output_id"])
    return frame if known.all() else pd.DataFrame(frame[known]).reset_index(drop=True)


def _reasons(study: Study, pks: FloatArray) -> list[str]:
    """Why each response is excluded; empty where it counts."""
    standing = Exclusion.objects.filter(response__study=study, revoked_at__isnull=True)
    reasons = dict(standing.values_list("response_id", "reason"))
    if not reasons:
        return [""] * pks.size
    return [(reasons[pk] or IMPORTED) if pk in reasons else "" for pk in pks.astype(np.int64).tolist()]


def _drawn(study: Study, pks: FloatArray) -> FloatArray:
    """The probability with which each response's unit was drawn from its stratum, 1 where none is told."""
    rows = Response.objects.filter(study=study, meta__has_key=DRAWN)
    told = dict(rows.values_list("pk", f"meta__{DRAWN}"))
    return probabilities_of(told.get(pk) for pk in pks.astype(np.int64).tolist())


def _checks(study: Study, people: pd.DataFrame) -> pd.DataFrame:
    """What was answered where the right response is known, by the latest answer to it."""
    rows = Response.objects.filter(study=study, is_check=True, check_passed__isnull=False).standing()
    found = np.array(list(rows.values_list("participant_id", "check_passed")), dtype=float).reshape(-1, 2)
    person = _positions(people["id"], found[:, 0])
    return pd.DataFrame({"person": person, "passed": found[:, 1] == 1.0})[person >= 0]


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
    kinds = dict.fromkeys(OBJECTS, np.dtype(object))
    return {
        name: np.concatenate(found) if found else np.empty(0, kinds.get(name, np.dtype(float)))
        for name, found in parts.items()
    }


def _array(name: str, values: tuple[Any, ...]) -> Any:
    if name == "verdict":
        return np.array([VERDICT_CODES.get(value, -1) for value in values], dtype=float)
    return np.array(values, dtype=object if name in OBJECTS else float)


def _positions(known: pd.Series[Any], wanted: FloatArray) -> IntArray:
    """By primary key, nan being none."""
    keys = np.where(np.isnan(wanted), -1, wanted).astype(np.int64)
    return positions(pd.Index(known.to_numpy(np.int64)), keys)
