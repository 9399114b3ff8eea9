"""One state of a study's data in an order of its own, whatever it was read from.

Positions in these frames stand for ids everywhere in the analyses. Items and outputs are sorted by
their keys; people by the digest of their own answers, never by an id, so that the same answers under
other pseudonyms give the same numbers in the same order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from annotations.core.jobs.outbox import key_of
from annotations.people.models import Participant
from annotations.responses.exclusions import rule_faults
from annotations.statistics.basics import BoolArray, FloatArray, IntArray
from annotations.studies.definition import as_served

NUMBERS = (
    "difficulty", "failed", "declined", "confidence", "position", "milliseconds", "probability",
)  # fmt: skip
TEXTS = ("condition", "batch", "reason")
TRUST = ("trust_before", "trust_after")
METRIC = "metric_"


@dataclass(frozen=True)
class Answers:
    """People in an order of their own, and their responses: see `StudyData`."""

    people: pd.DataFrame
    responses: pd.DataFrame

    def without(self, rules: frozenset[str], declared: Sequence[str]) -> Answers:
        """As if nothing had been excluded but by these rules."""
        reasons = self.responses["reason"]
        out = [bool(one) and rule_of(one, declared) in rules for one in reasons]
        return self.only(~np.array(out, dtype=bool))

    def only(self, kept: BoolArray) -> Answers:
        """Of the responses (R,) those that are kept, and whoever gave one of them, in the same order."""
        responses = self.responses[kept].reset_index(drop=True)
        there = np.bincount(responses["person"].to_numpy(np.int64), minlength=len(self.people)) > 0
        place = np.cumsum(there) - 1
        responses["person"] = place[responses["person"].to_numpy(np.int64)]
        return Answers(self.people[there].reset_index(drop=True), responses)


@dataclass(frozen=True)
class StudyData:
    """items: key, domain, metric, and `metric_<name>` for further ones. outputs: key, item (position),
    system, template, grade (code, -1 ungraded), first (the grade before it was graded again), regraded,
    severity. people: id, name (of machines alone), kind, group, trust_before and trust_after (nan where the
    bundle brought none), digest. responses: person, item, output
    (positions, output -1 for an item), verdict (code, -1 none), difficulty, failed (nan where not marked),
    declined ("don't know"), confidence, position, milliseconds, condition, batch, probability, reason (why
    it is excluded), and where batches draw samples drawn (the probability with which the unit was drawn from
    its stratum). Codes are positions in GRADES and VERDICTS. systems: key, family, parameters, flop,
    shaping. templates: key, weight. Both "" or nan where not given.

    `whole` holds the excluded responses too, where there are any; `machines` those of machine supervisors
    beside people. `everybody` is id, name, kind, group of all participants, `checks` person (a position
    there) and passed.
    """

    definition: dict[str, Any]
    items: pd.DataFrame
    outputs: pd.DataFrame
    people: pd.DataFrame
    responses: pd.DataFrame
    systems: pd.DataFrame
    templates: pd.DataFrame
    fingerprint: str
    whole: Answers | None = None
    machines: Answers | None = None
    everybody: pd.DataFrame = field(default_factory=pd.DataFrame)
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)

    def of(self, answers: Answers) -> StudyData:
        """The same study, answered thus."""
        return replace(self, people=answers.people, responses=answers.responses, whole=None, machines=None)

    @property
    def settings(self) -> dict[str, Any]:
        """What the definition says of the analyses."""
        settings: dict[str, Any] = self.definition["analysis"]
        return settings

    @property
    def cautions(self) -> list[str]:
        """What must be said of the people whenever a result is."""
        said = []
        if self.machines is not None:
            said.append(
                f"The answers of {len(self.machines.people)} machine supervisors are left out:"
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
    checks: pd.DataFrame,
) -> StudyData:
    """Put people and responses into their order and take the fingerprint.

    `people` and `responses` come in any order, the other frames sorted by key; given are the responses that
    count, and those that would if they were not excluded. Excluded ones and machine supervisors are left
    out, these unless they alone answered, and so is everybody who gave no answer that counts.
    """
    if "drawn" in responses and not draws_samples(definition):
        responses = responses.drop(columns="drawn")  # a bundle's own column of that name
    person = responses["person"].to_numpy(np.int64)
    counts = (responses["reason"] == "").to_numpy(bool)
    machine = (people["kind"] == Participant.AI).to_numpy(bool)
    theirs = machine[person]
    alone = not bool((counts & ~theirs).any())
    mine = np.ones(person.size, dtype=bool) if alone else ~theirs
    answers = _in_order(people, responses, counts & mine)
    whole = None if bool(counts[mine].all()) else _in_order(people, responses, mine)
    beside = counts & ~mine
    machines = _in_order(people, responses, beside) if bool(beside.any()) else None
    parts = [
        definition_hash,
        hashlib.sha256("\n".join(outputs["key"] + "=" + outputs["grade"].astype(str)).encode()).hexdigest(),
    ]
    for part in (answers, whole, machines):
        named = [] if part is None else (part.people["digest"] + part.people["name"]).tolist()
        if part is answers or named:
            parts.append(hashlib.sha256("\n".join(named).encode()).hexdigest())
    return StudyData(
        definition, items, outputs, answers.people, answers.responses, systems, templates, key_of(*parts),
        whole, machines, people, checks,
    )  # fmt: skip


def _in_order(people: pd.DataFrame, responses: pd.DataFrame, kept: BoolArray) -> Answers:
    """People by the digest of what they answered, responses by person, unit and content."""
    if not kept.all():
        responses = responses[kept]
    named = [np.unique(responses[name].to_numpy(str), return_inverse=True) for name in TEXTS]
    numbers = [_rounded(responses[name].to_numpy(float)) for name in NUMBERS]
    if "drawn" in responses and bool((responses["drawn"] < 1).any()):
        numbers.append(_rounded(responses["drawn"].to_numpy(float)))
    content = np.column_stack(
        [
            responses[["item", "output", "verdict"]].to_numpy(np.float64).reshape(-1, 3),
            *numbers,
            *(code.astype(np.float64) for _, code in named),
        ]
    )
    person = responses["person"].to_numpy(np.int64)
    order = np.lexsort([*content.T[::-1], person])
    person, content = person[order], np.ascontiguousarray(content[order], dtype="<f8")
    starts = np.searchsorted(person, np.arange(len(people) + 1))
    common = "\x1d".join("\x1f".join(names) for names, _ in named)
    trust = [people[name].map("{:.10g}".format) for name in TRUST]
    digests = [
        hashlib.sha256(
            "\x1e".join([*about, common]).encode() + content[starts[at] : starts[at + 1]].tobytes()
        ).hexdigest()
        for at, about in enumerate(zip(people["kind"], people["group"], *trust, strict=True))
    ]
    del content  # as large as all the responses, which are about to be copied
    answered = np.diff(starts) > 0
    ranked = np.array(sorted(np.flatnonzero(answered), key=lambda at: digests[at]), dtype=np.int64)
    rank = np.full(len(people), -1, dtype=np.int64)
    rank[ranked] = np.arange(ranked.size)
    people = people.assign(digest=digests).iloc[ranked].reset_index(drop=True)
    place = np.argsort(rank[person], kind="stable")
    ordered = responses.take(order[place]).reset_index(drop=True)
    ordered["person"] = rank[person][place]
    return Answers(people, ordered)


def rule_of(reason: str, declared: Sequence[str]) -> str:
    """The declared rule that the reason of an exclusion names before its colon; empty for a decision."""
    rule = reason.partition(":")[0]
    return rule if rule in declared else ""


def _rounded(values: FloatArray) -> FloatArray:
    """To the 10 significant digits that a release keeps; every nan the same nan, every zero the same."""
    distinct, place = np.unique(values, return_inverse=True)
    plain: FloatArray = np.array([float(f"{value:.10g}") + 0.0 for value in distinct.tolist()])
    return np.where(np.isnan(plain), np.nan, plain)[place]


def trust_of(values: Iterable[Any]) -> FloatArray:
    """What a bundle's own column of participants says, nan where that is no number."""
    found = pd.to_numeric(pd.Series(list(values), dtype=object), errors="coerce")
    numbers = found.to_numpy(np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def draws_samples(definition: dict[str, Any]) -> bool:
    """Whether some batch takes less than all of its strata, and so perhaps not the same share of each."""
    return any(batch["units"].get("sample") for batch in definition["batches"])


def probabilities_of(values: Iterable[Any]) -> FloatArray:
    """Probabilities that stand somewhere as text; 1 where there is none that could be one."""
    numbers = trust_of(values)
    return np.where((numbers > 0) & (numbers <= 1), numbers, 1.0)


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
