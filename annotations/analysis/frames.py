"""Data frames out of the database: a study's items, outputs, people and scored responses.

Positions in these frames stand for ids everywhere in the analyses. Items and outputs are sorted by
their keys; people by the digest of their own answers, never by an id, so that the same answers under
other pseudonyms give the same numbers in the same order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from annotations.catalogue.models import GRADES, VERDICTS, Grade, Item, Output
from annotations.core.jobs.outbox import key_of
from annotations.people.models import Participant
from annotations.responses.models import Response
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

RESPONSE_COLUMNS = (
    "participant_id", "item_id", "output_id", "verdict", "difficulty", "answer_correct", "dont_know",
    "confidence", "position", "condition", "probability", "repeat",
)  # fmt: skip


@dataclass(frozen=True)
class StudyData:
    """One state of a study's data.

    items: key, domain, metric. outputs: key, item (position), system, template, grade (code, -1
    ungraded), severity. people: kind, group. responses: person, item, output (positions, output -1 for
    an item), verdict (code, -1 none), difficulty, failed (nan where not marked), confidence, position,
    condition, probability. Codes are positions in GRADES and VERDICTS.
    """

    study: Study
    items: pd.DataFrame
    outputs: pd.DataFrame
    people: pd.DataFrame
    responses: pd.DataFrame
    fingerprint: str
    machines_left_out: int = 0

    @property
    def cautions(self) -> list[str]:
        """What must be said of the people whenever a result is."""
        said = []
        if self.machines_left_out:
            said.append(
                f"The answers of {self.machines_left_out} machine supervisors are left out:"
                " they are never mixed with people's."
            )
        simulated = int((self.people["kind"] == Participant.SIMULATED).sum())
        if 0 < simulated < len(self.people):
            said.append(f"{simulated} of the {len(self.people)} participants are simulated.")
        return said

    @property
    def ratings(self) -> pd.DataFrame:
        """Responses to items: what calibrations read."""
        return self.responses[self.responses["output"] < 0]

    @property
    def judgements(self) -> pd.DataFrame:
        """Responses to outputs: what supervision tables read."""
        return self.responses[self.responses["output"] >= 0]


def read_study(study: Study) -> StudyData:
    """Read and number everything once. Checks are left out of items and outputs: they are never scored."""
    loads = loads_of(study)
    items = _items(study, loads)
    outputs = _outputs(study, loads, items)
    people, machines = _people(study)
    responses = _responses(study, items, outputs, people)
    people, responses = _sorted_by_content(items, outputs, people, responses)
    version = study.version
    fingerprint = key_of(
        version.definition_hash if version else "",
        hashlib.sha256("\n".join(outputs["key"] + "=" + outputs["grade"].astype(str)).encode()).hexdigest(),
        hashlib.sha256("\n".join(people["digest"]).encode()).hexdigest(),
    )
    items, outputs = items.drop(columns="pk"), outputs.drop(columns="pk")
    return StudyData(study, items, outputs, people, responses, fingerprint, machines)


def _items(study: Study, loads: list[int]) -> pd.DataFrame:
    rows = Item.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
    frame = pd.DataFrame.from_records(
        list(rows.values_list("pk", "key", "domain", "metric")), columns=["pk", "key", "domain", "metric"]
    )
    frame["metric"] = frame["metric"].astype(float)
    return frame.sort_values("key", ignore_index=True)


def _outputs(study: Study, loads: list[int], items: pd.DataFrame) -> pd.DataFrame:
    columns = ["pk", "key", "item", "system", "template", "severity"]
    rows: list[Any] = []
    if study.judges_outputs:
        found = Output.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
        rows = list(found.values_list("pk", "key", "item_id", "system__key", "template__key", "severity"))
    frame = pd.DataFrame.from_records(rows, columns=columns)
    frame["item"] = _positions(items["pk"], frame["item"])
    frame["severity"] = frame["severity"].astype(float)
    current = Grade.objects.filter(output__collection=study.collection_id, current=True)
    grades = dict(current.values_list("output_id", "grade")) if rows else {}
    codes = {grade: code for code, grade in enumerate(GRADES)}
    frame["grade"] = [codes.get(grades.get(pk, ""), -1) for pk in frame["pk"]]
    frame["grade"] = frame["grade"].astype(np.int64)
    return frame[frame["item"] >= 0].sort_values("key", ignore_index=True)


def _people(study: Study) -> tuple[pd.DataFrame, int]:
    """Everybody but machine supervisors, and how many of those were left out; only they, if they are all."""
    rows = Participant.objects.filter(study=study).values_list("pk", "kind", "group")
    frame = pd.DataFrame.from_records(list(rows), columns=["pk", "kind", "group"])
    machines = frame["kind"] == Participant.AI
    if machines.all():
        return frame, 0
    return frame[~machines].reset_index(drop=True), int(machines.sum())


def _responses(
    study: Study, items: pd.DataFrame, outputs: pd.DataFrame, people: pd.DataFrame
) -> pd.DataFrame:
    rows = Response.objects.filter(study=study).scored().filter(repeat=False)
    raw = pd.DataFrame.from_records(list(rows.values_list(*RESPONSE_COLUMNS)), columns=RESPONSE_COLUMNS)
    codes = {verdict: code for code, verdict in enumerate(VERDICTS)}
    frame = pd.DataFrame(
        {
            "person": _positions(people["pk"], raw["participant_id"]),
            "item": _positions(items["pk"], raw["item_id"]),
            "output": _positions(outputs["pk"], raw["output_id"]),
            "verdict": raw["verdict"].map(codes).fillna(-1).astype(np.int64),
            "difficulty": raw["difficulty"].astype(float),
            "failed": 1.0 - raw["answer_correct"].astype(float),
            "confidence": raw["confidence"].astype(float),
            "position": raw["position"].astype(float),
            "condition": raw["condition"].astype(str),
            "probability": raw["probability"].astype(float),
        }
    )
    frame.loc[raw["dont_know"].astype(float) == 1.0, "failed"] = 1.0
    # People may have come, and rows gone, since the other frames were read; the run is then stale.
    known = (frame["item"] >= 0) & (frame["person"] >= 0)
    known &= (frame["output"] >= 0) | raw["output_id"].isna()
    return frame[known].reset_index(drop=True)


def _sorted_by_content(
    items: pd.DataFrame, outputs: pd.DataFrame, people: pd.DataFrame, responses: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People by the digest of what they answered, responses by person and unit."""
    item_keys, output_keys = items["key"].to_numpy(object), outputs["key"].to_numpy(object)
    lines: list[list[str]] = [[] for _ in range(len(people))]
    values = responses.drop(columns=["person", "item", "output"])
    for person, item, output, *rest in zip(
        responses["person"],
        responses["item"],
        responses["output"],
        *(values[name].tolist() for name in values.columns),
        strict=True,
    ):
        unit = f"o{output_keys[output]}" if output >= 0 else f"i{item_keys[item]}"
        lines[person].append("\x1f".join([unit, *(_plain(value) for value in rest)]))
    digests = [
        hashlib.sha256("\x1e".join([kind, group, *sorted(own)]).encode()).hexdigest()
        for kind, group, own in zip(people["kind"], people["group"], lines, strict=True)
    ]
    answered = np.array([bool(own) for own in lines], dtype=bool)
    order = np.array(sorted(range(len(people)), key=lambda at: digests[at]), dtype=np.int64)
    order = order[answered[order]] if len(order) else order
    rank = np.full(len(people), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    people = people.assign(digest=digests).iloc[order].drop(columns="pk").reset_index(drop=True)
    responses = responses.assign(person=rank[responses["person"].to_numpy(np.int64)])
    return people, responses.sort_values(["person", "item", "output"], ignore_index=True)


def _positions(known: pd.Series[Any], wanted: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The position of each wanted pk among the known ones, -1 where it is none of them."""
    index = pd.Index(known.to_numpy(np.int64))
    asked = wanted.astype(float).fillna(-1).to_numpy(np.int64)
    return np.asarray(index.get_indexer(pd.Index(asked)), dtype=np.int64)


def _plain(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return str(value)
