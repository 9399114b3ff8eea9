"""Blocked and Latin-square batches: who meets which stratum when, and with which odds."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest

from annotations.allocation import strategies
from annotations.allocation.models import Assignment
from annotations.allocation.services import take_assignment
from annotations.core.errors import Refusal
from annotations.core.hashing import point
from annotations.people.models import Enrolment
from annotations.studies.definition.batches import Strategy
from annotations.studies.models import Batch, StratumLevel, Unit
from annotations.studies.squares import order, orders_of
from tests.participation.kit import Walker, make_study

BY_SYSTEM = {"protocol": "supervision", "strata": ["system"]}
TRIALS = 160


def systems_of(assignments):
    return [assignment.unit.output.system.key for assignment in assignments]


def test_every_strategy_of_the_definition_has_its_file():
    folder = Path(strategies.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert set(strategies.names()) == files == set(Strategy.__args__)


@pytest.mark.parametrize("strategy", ["blocked", "latin_square"])
def test_each_block_holds_every_stratum_once(make, strategy):
    study = make(
        items=12,
        systems=3,
        participants=6,
        overlap=4,
        units_per_participant=9,
        strategy=strategy,
        **BY_SYSTEM,
    )
    orders = set()
    for number in range(6):
        seen = systems_of(Walker(study, f"p{number}").walk())
        blocks = [tuple(seen[at : at + 3]) for at in range(0, 9, 3)]
        assert {frozenset(block) for block in blocks} == {frozenset({"s0", "s1", "s2"})}
        orders.add(tuple(blocks))
    assert len(orders) > 1


def test_blocks_of_a_person_come_in_several_orders(make):
    study = make(
        items=30,
        systems=2,
        participants=1,
        overlap=1,
        units_per_participant=20,
        strategy="blocked",
        **BY_SYSTEM,
    )
    seen = systems_of(Walker(study, "ann").walk())
    assert len({tuple(seen[at : at + 2]) for at in range(0, 20, 2)}) == 2


def test_blocks_leave_out_a_stratum_that_has_nothing_left(make):
    """Six items with a wrong and six with a right output by each system; of one stratum there are two units."""
    study = make(
        items=6, systems=1, participants=1, overlap=1, units_per_participant=6, strategy="blocked",
        protocol="supervision", strata=["grade"],
    )  # fmt: skip
    sizes = Counter(Unit.objects.values_list("stratum", flat=True))
    walked = [one.unit.stratum for one in Walker(study, "ann").walk()]
    assert Counter(walked) == sizes
    for at in range(len(walked)):
        counts = Counter(walked[: at + 1])
        if counts[1] < sizes[1] and counts[2] < sizes[2]:
            assert abs(counts[1] - counts[2]) <= 1


@pytest.mark.parametrize("systems", [2, 3, 4])
def test_latin_square_stands_every_stratum_everywhere_and_after_every_other(make, systems):
    people = orders_of(systems)
    study = make(
        items=2 * systems, systems=systems, participants=people, overlap=people,
        units_per_participant=systems, strategy="latin_square", **BY_SYSTEM,
    )  # fmt: skip
    rows = [systems_of(Walker(study, f"p{number}").walk()) for number in range(people)]
    assert sorted(Enrolment.objects.values_list("order", flat=True)) == list(range(people))
    for column in zip(*rows, strict=True):
        assert set(Counter(column).values()) == {people // systems}
    after = Counter(pair for row in rows for pair in itertools.pairwise(row))
    assert set(after.values()) == {people * (systems - 1) // (systems * (systems - 1))}
    assert len(after) == systems * (systems - 1)


@pytest.mark.parametrize("strata", range(2, 9))
def test_orders_are_those_of_williams(strata):
    rows = [order(strata, number) for number in range(orders_of(strata))]
    assert {frozenset(row) for row in rows} == {frozenset(range(strata))}
    pairs = Counter(pair for row in rows for pair in itertools.pairwise(row))
    assert len(pairs) == strata * (strata - 1)
    assert len(set(pairs.values())) == 1


def test_order_of_somebody_who_left_goes_to_who_comes_next(make):
    from annotations.allocation.services import leave

    study = make(
        items=4,
        systems=2,
        participants=2,
        overlap=4,
        units_per_participant=2,
        strategy="latin_square",
        **BY_SYSTEM,
    )
    ann = Walker(study, "ann")
    gone = ann.enrolment.order
    Walker(study, "bea")
    leave(enrolment=ann.enrolment)
    assert Walker(study, "cyd").enrolment.order == gone


@pytest.mark.parametrize(
    "bundle, said",
    [
        ({"strata": ["grade"], "items": 8}, "uneven sizes"),
        ({"units_per_participant": 3}, "multiple of 2"),
        ({"participants": 3}, "3 places are no multiple of 2"),
        ({"systems": 1}, "needs two strata or more"),
        ({"overlap": 1, "participants": 40}, "wants 160 answers"),
        ({"units_per_participant": 8, "participants": 2}, "there are 6 items"),
        ({"strata": []}, "needs `strata`"),
    ],
)
def test_latin_square_that_cannot_come_out_even_is_refused(db, tmp_path, bundle, said):
    given = {"items": 6, "systems": 2, "participants": 4, "overlap": 4, "units_per_participant": 4}
    fine = {"strategy": "latin_square", **BY_SYSTEM, **given}
    with pytest.raises(Refusal, match=said):
        make_study(tmp_path, **(fine | bundle))
    make_study(tmp_path, "fine", settings={"collection": "fine"}, **fine)
    assert Batch.objects.filter(state=Batch.OPEN).count() == 1


def test_share_of_incorrect_outputs_needs_least_filled(db, tmp_path):
    arms = {"conditions": [{"name": "mixed", "parameters": {"incorrect_share": 0.5}}]}
    with pytest.raises(Refusal, match="needs the strategy least_filled"):
        make_study(tmp_path, protocol="supervision", strategy="blocked", strata=["grade"], settings=arms)


@pytest.mark.parametrize("strategy", sorted(Strategy.__args__))
def test_same_counters_give_the_same_units_in_another_database(make, strategy):
    def walk(slug, collection):
        study = make(
            slug, items=8, systems=2, participants=4, overlap=4, units_per_participant=4, strategy=strategy,
            settings={"collection": collection}, **BY_SYSTEM,
        )  # fmt: skip
        walked = [Walker(study, key).walk() for key in ("ann", "bea", "cyd")]
        return [[one.unit.output.key for one in each] for each in walked]

    first = walk("first", "one")
    make("between", items=3, settings={"collection": "two"})
    assert walk("second", "three") == first


def reseed(study, seed):
    """As if the study had been drawn by another seed, and nobody had been handed anything."""
    Assignment.objects.all().delete()
    Enrolment.objects.update(handed_out=0)
    units = list(Unit.objects.select_related("output", "batch"))
    for unit in units:
        unit.filled, unit.shuffle = 0, point(seed, "shuffle", unit.batch.name, f"output:{unit.output.key}")
    Unit.objects.bulk_update(units, ["filled", "shuffle"])
    StratumLevel.objects.update(units=0)
    for stratum, size in Counter(unit.stratum for unit in units).items():
        StratumLevel.objects.filter(stratum=stratum, filled=0).update(units=size)


@pytest.mark.parametrize("strategy", sorted(Strategy.__args__))
def test_logged_probability_is_the_frequency(make, strategy):
    """Over seeds: each unit is chosen as often as logged, and the mean of 1/p is the number eligible.

    The seeds are fixed, so this is no chance: of all sets of seeds, a right strategy fails with 1 in 10^4.
    """
    even = strategy == "latin_square"
    study = make(
        items=4 if even else 9, systems=2 if even else 1, participants=2, overlap=2, units_per_participant=4,
        protocol="supervision", strata=["system" if even else "grade"], strategy=strategy,
    )  # fmt: skip
    people = [Walker(study, key) for key in ("ann", "bea")]
    chosen: Counter[int] = Counter()
    expected: dict[int, set[float]] = {}
    inverse, eligible = Counter(), Counter()
    for seed in range(TRIALS):
        reseed(study, seed)
        for turn, person in enumerate([*people, *people]):
            enrolment = person.enrolment
            enrolment.version.definition["seed"] = seed
            if turn < 2:
                taken = take_assignment(enrolment=enrolment)
                choice = taken.unit_id, taken.probability, taken.eligible
                if turn == 0:
                    chosen[choice[0]] += 1
                    expected.setdefault(choice[0], set()).add(choice[1])
            else:  # one more, though the first is not answered yet
                found = strategies.get(strategy)(enrolment, 2)
                choice = found.unit.pk, found.probability, found.eligible
            inverse[turn] += 1 / choice[1]
            eligible[turn] += choice[2]
    for unit, probabilities in expected.items():
        (probability,) = probabilities
        if even:  # the person's order names the stratum, and the seed which stratum that is
            probability /= 2
        error = (TRIALS * probability * (1 - probability)) ** 0.5
        assert abs(chosen[unit] - TRIALS * probability) < 3.9 * error
    for turn in range(4):
        assert abs(inverse[turn] / eligible[turn] - 1) < 0.12
