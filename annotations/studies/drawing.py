"""Drawing a batch's units: filters, strata, and a seeded stratified sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotations.catalogue.models import Grade, Item, Output
from annotations.core.hashing import point
from annotations.studies.axis import item_difficulty
from annotations.studies.models import Batch, StratumLevel, Study, Unit

NOT_GIVEN = "-"


@dataclass
class Candidate:
    """An item, or an output of one, with what strata and filters may name."""

    item: Item
    output: Output | None
    difficulty: float | None
    grade: str
    difficulty_bin: int = 0

    @property
    def key(self) -> str:
        return f"output:{self.output.key}" if self.output else f"item:{self.item.key}"

    @property
    def is_check(self) -> bool:
        return bool(self.output.check_answer if self.output else self.item.check_answer)

    def value(self, name: str) -> str:
        if name == "domain":
            return self.item.domain
        if name == "difficulty_bin":
            return str(self.difficulty_bin) if self.difficulty_bin else "missing"
        if name == "grade":
            return self.grade or NOT_GIVEN
        if self.output is None:
            return NOT_GIVEN
        part = self.output.system if name == "system" else self.output.template
        return part.key if part else NOT_GIVEN


def candidates(study: Study, loads: list[int]) -> list[Candidate]:
    """Everything in the loads that could be a unit of the study, each with its difficulty bin."""
    rows = Item.objects.filter(collection=study.collection_id, load__in=loads)
    items = list(rows.defer("prompt", "reference", "meta"))
    difficulty = item_difficulty(study, items)
    found: list[Candidate] = []
    if study.rates_difficulty:
        found += [Candidate(item, None, difficulty.get(item.pk), "") for item in items]
    if study.judges_outputs:
        by_pk = {item.pk: item for item in items}
        outputs = Output.objects.filter(collection=study.collection_id, load__in=loads)
        grades = dict(
            Grade.objects.filter(output__in=outputs, current=True).values_list("output_id", "grade")
        )
        for output in outputs.select_related("system", "template").defer("text", "trace", "meta"):
            item = by_pk[output.item_id]
            found.append(Candidate(item, output, difficulty.get(item.pk), grades.get(output.pk, "")))
    _set_bins([one for one in found if not one.is_check], study.definition["analysis"]["bins"])
    return found


def draw_units(batch: Batch, found: list[Candidate]) -> Iterator[Unit]:
    """The batch's units, unsaved: the filtered candidates, or a seeded sample of them, and all checks."""
    settings, seed = batch.settings, batch.study.definition["seed"]
    strata: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for one in unpractised(batch.study.definition, found):
        if one.is_check:
            yield _unit(batch, one, 0, seed, 1.0)
        elif _wanted(one, settings["units"]):
            strata[tuple(one.value(name) for name in settings["strata"])].append(one)
    sizes = {key: len(members) for key, members in strata.items()}
    shares = _shares(sizes, settings["units"].get("sample"))
    for number, key in enumerate(sorted(strata), start=1):
        members = sorted(strata[key], key=lambda one: point(seed, "draw", batch.name, one.key))
        for one in members[: shares[key]]:
            yield _unit(batch, one, number, seed, shares[key] / sizes[key])


def unpractised(definition: dict[str, Any], found: list[Candidate]) -> list[Candidate]:
    """Without all that belongs to items on which people practise: they know what is expected there."""
    practised = practice_units(definition)
    items = {one.item.pk for one in found if one.key in practised}
    return [one for one in found if one.item.pk not in items] if items else found


def practice_units(definition: dict[str, Any]) -> set[str]:
    """Keys of the candidates that the study's practice shows."""
    steps = [step for step in definition["steps"] if step["kind"] == "practice"]
    items = {f"item:{key}" for step in steps for key in step["items"]}
    return items | {f"output:{key}" for step in steps for key in step["outputs"]}


def stratum_keys(batch: Batch, found: list[Candidate]) -> list[tuple[str, ...]]:
    """What the units of each stratum have in common, in the order of their numbers, from 1."""
    settings = batch.settings
    keys = {
        tuple(one.value(name) for name in settings["strata"])
        for one in unpractised(batch.study.definition, found)
        if not one.is_check and _wanted(one, settings["units"])
    }
    return sorted(keys)


def levels(batch: Batch, keys: list[tuple[str, ...]], counts: dict[int, int]) -> list[StratumLevel]:
    """Every stratum at every fill level; all units begin at level 0."""
    return [
        StratumLevel(
            batch=batch,
            stratum=number,
            label=" | ".join(key)[:500],
            grade=_grade(batch, key),
            filled=filled,
            units=counts.get(number, 0) if filled == 0 else 0,
        )
        for number, key in enumerate(keys, start=1)
        for filled in range(batch.settings["overlap"] + 1)
    ]


def _grade(batch: Batch, key: tuple[str, ...]) -> str:
    """Of the whole stratum, where the batch's strata tell grades apart."""
    strata = batch.settings["strata"]
    grade = key[strata.index("grade")] if "grade" in strata else NOT_GIVEN
    return "" if grade == NOT_GIVEN else grade


def _set_bins(found: list[Candidate], bins: int) -> None:
    from annotations.statistics.bins import equal_bins  # numpy: not for what only serves pages

    values = [float("nan") if one.difficulty is None else one.difficulty for one in found]
    if found:
        for one, code in zip(found, equal_bins(values, bins).code.tolist(), strict=True):
            one.difficulty_bin = code


def _wanted(one: Candidate, filters: dict[str, Any]) -> bool:
    return all(
        not filters.get(name) or one.value(name) in filters[name]
        for name in ("domain", "system", "template", "grade")
    )


def _shares(sizes: dict[tuple[str, ...], int], sample: int | None) -> dict[tuple[str, ...], int]:
    """How many of each stratum: in proportion, the rest to the largest remainders."""
    total = sum(sizes.values())
    if sample is None or sample >= total:
        return dict(sizes)
    exact = {key: sample * size / total for key, size in sizes.items()}
    shares = {key: int(value) for key, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda key: (shares[key] - exact[key], key))
    for key in by_remainder[: sample - sum(shares.values())]:
        shares[key] += 1
    return shares


def _unit(batch: Batch, one: Candidate, stratum: int, seed: int, probability: float) -> Unit:
    return Unit(
        batch=batch,
        item=one.item,
        output=one.output,
        stratum=stratum,
        shuffle=point(seed, "shuffle", batch.name, one.key),
        is_check=one.is_check,
        drawing_probability=probability,
        quota=None if one.is_check else batch.settings["overlap"],
    )
