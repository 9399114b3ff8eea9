"""Drawing a batch's units: filters, strata, and a seeded stratified sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from annotations.catalogue.models import Grade, Item, Output
from annotations.core.hashing import point
from annotations.studies.axis import item_difficulty
from annotations.studies.models import Batch, StratumLevel, Study, Unit

NOT_GIVEN = "-"


class ItemRow(NamedTuple):
    """What drawing reads of an item: of a hundred thousand, texts would take minutes."""

    pk: int
    key: str
    domain: str
    metric: float | None
    check_answer: str


@dataclass(slots=True)
class Candidate:
    """An item, or an output of one, with what strata and filters may name."""

    item: int
    item_key: str
    domain: str
    difficulty: float | None
    is_check: bool
    output: int | None = None
    output_key: str = ""
    system: str = NOT_GIVEN
    template: str = NOT_GIVEN
    grade: str = NOT_GIVEN
    difficulty_bin: int = 0

    @property
    def key(self) -> str:
        return f"item:{self.item_key}" if self.output is None else f"output:{self.output_key}"

    def value(self, name: str) -> str:
        if name == "difficulty_bin":
            return str(self.difficulty_bin) if self.difficulty_bin else "missing"
        found: str = getattr(self, name)
        return found


@dataclass(frozen=True)
class Part:
    """A stratum of a batch, numbered from 1: all that its filters leave, and how many of them are drawn."""

    number: int
    key: tuple[str, ...]
    members: list[Candidate]
    drawn: int

    @property
    def label(self) -> str:
        return " | ".join(self.key)


def candidates(study: Study, loads: list[int]) -> list[Candidate]:
    """Everything in the loads that could be a unit of the study, each with its difficulty bin."""
    rows = Item.objects.filter(collection=study.collection_id, load__in=loads).order_by("pk")
    items = [ItemRow(*row) for row in rows.values_list(*ItemRow._fields)]
    difficulty = item_difficulty(study, items)
    found: list[Candidate] = []
    if study.rates_difficulty:
        found += [
            Candidate(item.pk, item.key, item.domain, difficulty.get(item.pk), bool(item.check_answer))
            for item in items
        ]
    if study.judges_outputs:
        found += _outputs(study, loads, {item.pk: item for item in items}, difficulty)
    _set_bins([one for one in found if not one.is_check], study.definition["analysis"]["bins"])
    return found


def _outputs(
    study: Study, loads: list[int], items: dict[int, ItemRow], difficulty: dict[int, float]
) -> Iterator[Candidate]:
    outputs = Output.objects.filter(collection=study.collection_id, load__in=loads)
    graded = Grade.objects.filter(output__in=outputs, current=True)
    grades = dict(graded.values_list("output_id", "grade"))
    read = ("pk", "key", "item_id", "system__key", "template__key", "check_answer")
    for pk, key, item_id, system, template, check in outputs.order_by("pk").values_list(*read).iterator():
        item = items[item_id]
        yield Candidate(
            item=item_id,
            item_key=item.key,
            domain=item.domain,
            difficulty=difficulty.get(item_id),
            is_check=bool(check),
            output=pk,
            output_key=key,
            system=system or NOT_GIVEN,
            template=template or NOT_GIVEN,
            grade=grades.get(pk) or NOT_GIVEN,
        )


def parts_of(batch: Batch, found: list[Candidate]) -> list[Part]:
    """The strata of the batch: the filtered candidates, of which all or a stratified sample are drawn."""
    settings = batch.settings
    strata: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for one in unpractised(batch.study.definition, found):
        if not one.is_check and _wanted(one, settings["units"]):
            strata[tuple(one.value(name) for name in settings["strata"])].append(one)
    sizes = {key: len(members) for key, members in strata.items()}
    shares = _shares(sizes, settings["units"].get("sample"))
    return [Part(number, key, strata[key], shares[key]) for number, key in enumerate(sorted(strata), start=1)]


def draw_units(batch: Batch, found: list[Candidate], parts: list[Part]) -> Iterator[Unit]:
    """The batch's units, unsaved: all checks, and of each stratum as many as are drawn, by the seed."""
    seed = batch.study.definition["seed"]
    for one in checks_of(batch, found):
        yield _unit(batch, one, 0, seed, 1.0)
    for part in parts:
        members = sorted(part.members, key=lambda one: point(seed, "draw", batch.name, one.key))
        for one in members[: part.drawn]:
            yield _unit(batch, one, part.number, seed, part.drawn / len(members))


def checks_of(batch: Batch, found: list[Candidate]) -> list[Candidate]:
    return [one for one in unpractised(batch.study.definition, found) if one.is_check]


def unpractised(definition: dict[str, Any], found: list[Candidate]) -> list[Candidate]:
    """Without all that belongs to items on which people practise: they know what is expected there."""
    practised = practice_units(definition)
    items = {one.item for one in found if one.key in practised} if practised else set()
    return [one for one in found if one.item not in items] if items else found


def practice_units(definition: dict[str, Any]) -> set[str]:
    """Keys of the candidates that the study's practice shows."""
    steps = [step for step in definition["steps"] if step["kind"] == "practice"]
    items = {f"item:{key}" for step in steps for key in step["items"]}
    return items | {f"output:{key}" for step in steps for key in step["outputs"]}


def levels(batch: Batch, parts: list[Part]) -> list[StratumLevel]:
    """Every stratum at every fill level; all units begin at level 0."""
    return [
        StratumLevel(
            batch=batch,
            stratum=part.number,
            label=part.label[:500],
            grade=_grade(batch, part.key),
            filled=filled,
            units=part.drawn if filled == 0 else 0,
        )
        for part in parts
        for filled in range(batch.overlap + 1)
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
    bins = filters.get("difficulty_bin")
    return (not bins or one.difficulty_bin in bins) and all(
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
        item_id=one.item,
        output_id=one.output,
        stratum=stratum,
        difficulty_bin=one.difficulty_bin,
        shuffle=point(seed, "shuffle", batch.name, one.key),
        is_check=one.is_check,
        drawing_probability=probability,
        quota=None if one.is_check else batch.overlap,
    )
