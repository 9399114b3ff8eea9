"""One state of a study's data in an order of its own, whatever it was read from.

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

from annotations.core.jobs.outbox import key_of
from annotations.people.models import Participant
from annotations.responses.exclusions import rule_faults
from annotations.statistics.basics import FloatArray, IntArray
from annotations.studies.definition import as_served

NUMBERS = ("difficulty", "failed", "confidence", "position", "probability")


@dataclass(frozen=True)
class StudyData:
    """items: key, domain, metric. outputs: key, item (position), system, template, grade (code, -1
    ungraded), severity. people: kind, group, digest. responses: person, item, output (positions, output
    -1 for an item), verdict (code, -1 none), difficulty, failed (nan where not marked), confidence,
    position, condition, probability. Codes are positions in GRADES and VERDICTS. systems: key, family,
    parameters, flop, shaping. templates: key, weight. Both "" or nan where not given.
    """

    definition: dict[str, Any]
    items: pd.DataFrame
    outputs: pd.DataFrame
    people: pd.DataFrame
    responses: pd.DataFrame
    systems: pd.DataFrame
    templates: pd.DataFrame
    fingerprint: str
    machines_left_out: int = 0

    @property
    def settings(self) -> dict[str, Any]:
        """What the definition says of the analyses."""
        settings: dict[str, Any] = self.definition["analysis"]
        return settings

    @property
    def cautions(self) -> list[str]:
        """What must be said of the people whenever a result is."""
        said = []
        if self.machines_left_out:
            said.append(
                f"The answers of {self.machines_left_out} machine supervisors are left out:"
                " they are never mixed with people's."
            )
        if faults := rule_faults(as_served(self.definition)):
            said.append(" ".join(["Declared exclusions that were not applied:", *faults]))
        simulated = int((self.people["kind"] == Participant.SIMULATED).sum())
        if 0 < simulated < len(self.people):
            said.append(f"{simulated} of the {len(self.people)} participants are simulated.")
        return said

    @property
    def kinds(self) -> dict[str, int]:
        """How many people of each kind gave an answer that counts."""
        return {str(kind): int(count) for kind, count in sorted(self.people["kind"].value_counts().items())}

    @property
    def simulated(self) -> bool:
        return bool((self.people["kind"] == Participant.SIMULATED).any())

    @property
    def ratings(self) -> pd.DataFrame:
        """Responses to items: what calibrations read."""
        return self.responses[self.responses["output"] < 0]

    @property
    def judgements(self) -> pd.DataFrame:
        """Responses to outputs: what supervision tables read."""
        return self.responses[self.responses["output"] >= 0]


def assemble(
    *,
    definition: dict[str, Any],
    definition_hash: str,
    items: pd.DataFrame,
    outputs: pd.DataFrame,
    people: pd.DataFrame,
    responses: pd.DataFrame,
    systems: pd.DataFrame,
    templates: pd.DataFrame,
) -> StudyData:
    """Put people and responses into their order and take the fingerprint.

    `people` and `responses` come in any order, the other frames sorted by key; only responses that count
    are given. Machine supervisors are left out unless they alone answered, and so is everybody who gave
    no answer that counts.
    """
    person = responses["person"].to_numpy(np.int64)
    answered = np.bincount(person, minlength=len(people)) > 0
    machine = (people["kind"] == Participant.AI).to_numpy(bool) & answered
    if (machine != answered).any():
        answered &= ~machine
    left_out = int((machine & ~answered).sum())
    if not answered[person].all():
        responses = responses[answered[person]].reset_index(drop=True)
    people, responses = _in_order(people, answered, responses)
    fingerprint = key_of(
        definition_hash,
        hashlib.sha256("\n".join(outputs["key"] + "=" + outputs["grade"].astype(str)).encode()).hexdigest(),
        hashlib.sha256("\n".join(people["digest"]).encode()).hexdigest(),
    )
    return StudyData(definition, items, outputs, people, responses, systems, templates, fingerprint, left_out)


def _in_order(
    people: pd.DataFrame, answered: np.ndarray[Any, np.dtype[np.bool_]], responses: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People by the digest of what they answered, responses by person, unit and content."""
    conditions, condition = np.unique(responses["condition"].to_numpy(str), return_inverse=True)
    numbers = [_rounded(responses[name].to_numpy(float)) for name in NUMBERS]
    content = np.column_stack(
        [
            responses[["item", "output", "verdict"]].to_numpy(np.float64).reshape(-1, 3),
            *numbers,
            condition.astype(np.float64),
        ]
    )
    person = responses["person"].to_numpy(np.int64)
    order = np.lexsort([*content.T[::-1], person])
    person, content = person[order], np.ascontiguousarray(content[order], dtype="<f8")
    starts = np.searchsorted(person, np.arange(len(people) + 1))
    common = "\x1f".join(conditions)
    digests = [
        hashlib.sha256(
            "\x1e".join([kind, group, common]).encode() + content[starts[at] : starts[at + 1]].tobytes()
        ).hexdigest()
        for at, (kind, group) in enumerate(zip(people["kind"], people["group"], strict=True))
    ]
    del content  # as large as all the responses, which are about to be copied
    ranked = np.array(sorted(np.flatnonzero(answered), key=lambda at: digests[at]), dtype=np.int64)
    rank = np.full(len(people), -1, dtype=np.int64)
    rank[ranked] = np.arange(ranked.size)
    people = people.assign(digest=digests).iloc[ranked].reset_index(drop=True)
    place = np.argsort(rank[person], kind="stable")
    ordered = responses.take(order[place]).reset_index(drop=True)
    ordered["person"] = rank[person][place]
    return people, ordered


def _rounded(values: FloatArray) -> FloatArray:
    """To the 10 significant digits that a release keeps; every nan the same nan, every zero the same."""
    distinct, place = np.unique(values, return_inverse=True)
    plain: FloatArray = np.array([float(f"{value:.10g}") + 0.0 for value in distinct.tolist()])
    return np.where(np.isnan(plain), np.nan, plain)[place]


def positions(known: pd.Index[Any], wanted: Any) -> IntArray:
    """The position of each wanted key among the known ones, -1 where it is none of them."""
    return np.asarray(known.get_indexer(pd.Index(wanted)), dtype=np.int64)


def as_given(frame: pd.DataFrame) -> pd.DataFrame:
    """Of systems or templates: numbers as floats, and no text as "", whatever a blank was read as."""
    numbers = [name for name in ("parameters", "flop", "weight") if name in frame]
    texts = {
        name: [value if isinstance(value, str) else "" for value in frame[name]]
        for name in ("family", "shaping")
        if name in frame
    }
    return frame.astype(dict.fromkeys(numbers, float)).assign(**texts)
