"""The checker: what people were told against what is stored, and every counter against a recount.

Each fault has a name; nothing is found in a database that holds what it ought to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from typing import Any

from annotations.core.tokens import hashed
from tests.load.history import ANSWER, FAIL, JOIN, LEAVE, OK, Content, History
from tests.load.stored import Answer, Passage, Stored, StoredBatch

Faults = dict[str, list[Any]]
HOLD_A_PLACE = ("active", "completed")


def find_faults(history: History, stored: Stored) -> Faults:
    """Everything: empty if nothing was lost, changed, doubled, invented, exceeded or miscounted."""
    return named(
        **answer_faults(history, stored.answers),
        **people_faults(history, stored.passages),
        **imbalances(stored),
        **arm_faults(stored, moves=2 * len(history.of(LEAVE))),
    )


def answer_faults(history: History, answers: Iterable[Answer]) -> Faults:
    """Acknowledged is within stored, as it was acknowledged; stored is within sent; each is stored once."""
    answers = list(answers)
    kept: defaultdict[str | None, list[Content]] = defaultdict(list)
    for answer in answers:
        kept[answer.key].append(answer.content)
    sent, told = pairs(history), pairs(history, OK)
    return named(
        lost=sorted(key for key in told if key not in kept),
        changed=sorted(key for key in told if key in kept and told[key] - set(kept[key])),
        doubled=again((one.key for one in answers), (one.assignment for one in answers)),
        invented=sorted(f"{key}" for key in kept if not set(kept[key]) <= sent.get(f"{key}", set())),
        # Who sends again what is stored is told that it is, not that something else is.
        refused=sorted({one.key for one in history.of(ANSWER, FAIL) if one.content in kept.get(one.key, ())}),
        # Every form was complete, so nothing but another answer before it stands in its way.
        rejected=sorted({one.key for one in history.of(ANSWER, FAIL) if one.status != 409}),
        item_twice=again((one.participant, one.item) for one in answers if not one.repeat),
    )


def people_faults(history: History, passages: Iterable[Passage]) -> Faults:
    """Who was let in has a place, once; nobody has one who did not ask."""
    keys = [one.entry_key for one in passages]
    let_in = {hashed(one.key) for one in history.of(JOIN, OK)}
    asked = {hashed(one.key) for one in history.of(JOIN)}
    return named(
        lost_people=sorted(let_in - set(keys)),
        invented_people=sorted(set(keys) - asked),
        doubled_people=again(keys),
    )


def imbalances(stored: Stored) -> Faults:
    """Counters that differ from a recount of the rows, and limits that the rows pass."""
    counted = Counter(
        one.unit for one in stored.answers if one.unit is not None and not (one.surplus or one.repeat)
    )
    states = Counter((one.batch, one.state) for one in stored.passages)
    levels = Counter((one.batch, one.stratum, one.filled) for one in stored.units if not one.is_check)
    taken = {one.pk: one.leased + counted[one.pk] for one in stored.units}
    return named(
        quota=[one.pk for one in stored.units if one.quota is not None and taken[one.pk] > one.quota],
        places=[
            one.pk
            for one in stored.batches
            if sum(states[one.pk, held] for held in HOLD_A_PLACE) > one.places
        ],
        unit_counters=[
            one.pk for one in stored.units if (one.filled, one.answered) != (taken[one.pk], counted[one.pk])
        ],
        batch_counters=[
            one.pk
            for one in stored.batches
            if (one.running, one.completed) != tuple(states[one.pk, held] for held in HOLD_A_PLACE)
        ],
        level_counters=sorted(stored.levels.items() ^ levels.items()),
        passage_counters=[one.pk for one in stored.passages if one.counters != one.recount],
    )


def arm_faults(stored: Stored, *, moves: int) -> Faults:
    """Arms that are off their due by a person or more, and one for each time that somebody left or came back.

    Whoever comes is put where people are missing; whoever leaves is not replaced until somebody comes.
    """
    return named(arms=[arm for batch in stored.batches for arm in off_balance(batch, stored.passages, moves)])


def off_balance(batch: StoredBatch, passages: Iterable[Passage], moves: int) -> list[str]:
    mine = [one for one in passages if one.batch == batch.pk and one.state in HOLD_A_PLACE]
    people, whole = Counter(one.condition for one in mine), sum(batch.arms.values())
    return [
        name
        for name, weight in batch.arms.items()
        if abs(people[name] - len(mine) * weight / whole) >= 1 + moves
    ]


def pairs(history: History, *outcomes: str) -> dict[str, set[Content]]:
    """The contents that were sent under each key."""
    found: defaultdict[str, set[Content]] = defaultdict(set)
    for one in history.of(ANSWER, *outcomes):
        found[one.key].add(one.content)
    return found


def again(*lists: Iterable[Hashable]) -> list[Any]:
    """What stands more than once in one of the lists."""
    return [one for each in lists for one, count in Counter(each).items() if count > 1 and one is not None]


def named(**faults: list[Any]) -> Faults:
    return {name: found for name, found in faults.items() if found}
