"""The controls of the checker: each thing that may go wrong is given to it, and it says that one by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotations.core.tokens import hashed
from tests.load.checker import find_faults
from tests.load.history import ANSWER, FAIL, JOIN, LEAVE, OK, UNKNOWN, History, Request
from tests.load.stored import Answer, Passage, Stored, StoredBatch, StoredUnit

PEOPLE, UNITS = 4, 2
ARMS = {"a": 1.0, "b": 1.0}


def form(person, unit, confidence=50):
    key = f"key-{person}-{unit}"
    return {"submission_key": key, "verdict": "correct", "confidence": str(confidence), "part": "2"}


@pytest.fixture
def history():
    """Four people who answered two units each; the first answers were sent twice, after a silence."""
    requests = []
    for person in range(PEOPLE):
        requests.append(Request(person, JOIN, {"submission_key": f"entry-{person}"}, OK, 303))
        requests.append(Request(person, ANSWER, form(person, 0), UNKNOWN))
        requests += [Request(person, ANSWER, form(person, unit), OK, 303) for unit in range(UNITS)]
    return History(requests)


@pytest.fixture
def stored():
    answers = [
        Answer(
            f"key-{p}-{u}", ("", "correct", None, 50.0), p, u, p * UNITS + u, u, repeat=False, surplus=False
        )
        for p in range(PEOPLE)
        for u in range(UNITS)
    ]
    units = [StoredUnit(u, 1, 0, False, PEOPLE, PEOPLE, PEOPLE, 0) for u in range(UNITS)]
    passages = [
        Passage(p, 1, "completed", "ab"[p % 2], hashed(f"entry-{p}"), (UNITS, 0, UNITS), (UNITS, 0, UNITS))
        for p in range(PEOPLE)
    ]
    batch = StoredBatch(1, PEOPLE, 0, PEOPLE, ARMS)
    return Stored(answers, units, [batch], passages, {(1, 0, PEOPLE): UNITS})


def test_nothing_is_found_where_nothing_is_amiss(history, stored):
    assert find_faults(history, stored) == {}


def test_lost_answer(history, stored):
    history.requests.append(Request(0, ANSWER, form(0, 7), OK, 303))
    assert find_faults(history, stored) == {"lost": ["key-0-7"]}


def test_changed_answer(history, stored):
    history.requests.append(Request(0, ANSWER, form(0, 0, confidence=51), UNKNOWN))
    stored.answers[0] = replace(stored.answers[0], content=("", "correct", None, 51.0))
    assert find_faults(history, stored) == {"changed": ["key-0-0"]}


def test_two_contents_acknowledged_under_one_key(history, stored):
    history.requests.append(Request(0, ANSWER, form(0, 0, confidence=51), OK, 303))
    assert find_faults(history, stored) == {"changed": ["key-0-0"]}


def test_doubled_answer(history, stored):
    twin = replace(stored.answers[0], unit=None, participant=9)
    stored.answers.append(twin)
    assert find_faults(history, stored) == {"doubled": ["key-0-0", 0]}


def test_invented_answer(history, stored):
    stored.answers.append(replace(stored.answers[0], key="made-up", unit=None, assignment=99, participant=9))
    assert find_faults(history, stored) == {"invented": ["made-up"]}


def test_content_that_nobody_sent(history, stored):
    history.requests = [one for one in history.requests if one.key != "key-0-0" or one.outcome != OK]
    stored.answers[0] = replace(stored.answers[0], content=("", "incorrect", None, 50.0))
    assert find_faults(history, stored) == {"invented": ["key-0-0"]}


def test_answer_that_was_not_acknowledged_may_be_stored_or_not(history, stored):
    history.requests += [Request(0, ANSWER, form(0, 0, confidence=7), FAIL, 409)]
    history.requests += [Request(0, ANSWER, form(0, 8), UNKNOWN)]
    assert find_faults(history, stored) == {}


def test_refusal_of_what_is_stored(history, stored):
    history.requests.append(Request(0, ANSWER, form(0, 0), FAIL, 409))
    assert find_faults(history, stored) == {"refused": ["key-0-0"]}


def test_complete_form_that_was_not_taken(history, stored):
    history.requests.append(Request(0, ANSWER, form(0, 7), FAIL, 200))
    assert find_faults(history, stored) == {"rejected": ["key-0-7"]}


def test_person_twice_on_an_item(history, stored):
    stored.answers[1] = replace(stored.answers[1], item=0)
    assert find_faults(history, stored) == {"item_twice": [(0, 0)]}
    stored.answers[1] = replace(stored.answers[1], repeat=True)
    assert "item_twice" not in find_faults(history, stored)


def test_exceeded_quota(history, stored):
    stored.units[0] = replace(stored.units[0], quota=PEOPLE - 1)
    assert find_faults(history, stored) == {"quota": [0]}


def test_leases_count_towards_the_quota(history, stored):
    stored.units[0] = replace(stored.units[0], leased=1, filled=PEOPLE + 1)
    stored.levels.update({(1, 0, PEOPLE): 1, (1, 0, PEOPLE + 1): 1})
    assert find_faults(history, stored) == {"quota": [0]}


def test_place_given_twice(history, stored):
    stored.batches[0] = replace(stored.batches[0], places=PEOPLE - 1)
    assert find_faults(history, stored) == {"places": [1]}


def test_counters_that_differ_from_a_recount(history, stored):
    stored.units[1] = replace(stored.units[1], filled=PEOPLE - 1, answered=PEOPLE - 1)
    stored.batches[0] = replace(stored.batches[0], completed=PEOPLE - 1)
    stored.passages[2] = replace(stored.passages[2], counters=(1, 0, 2))
    assert find_faults(history, stored) == {
        "unit_counters": [1],
        "batch_counters": [1],
        "level_counters": [((1, 0, PEOPLE - 1), 1), ((1, 0, PEOPLE), 1), ((1, 0, PEOPLE), 2)],
        "passage_counters": [2],
    }


def test_unbalanced_arms(history, stored):
    stored.passages[1] = replace(stored.passages[1], condition="a")
    assert find_faults(history, stored) == {"arms": ["a", "b"]}
    # Whoever left and came back in between may be the reason.
    history.requests.append(Request(1, LEAVE, {}, OK, 200))
    assert find_faults(history, stored) == {}


def test_people_lost_invented_and_doubled(history, stored):
    stored.passages[0] = replace(stored.passages[0], entry_key=hashed("nobody"))
    stored.passages[2] = replace(stored.passages[2], entry_key=hashed("entry-3"))
    assert find_faults(history, stored) == {
        "lost_people": sorted([hashed("entry-0"), hashed("entry-2")]),
        "invented_people": [hashed("nobody")],
        "doubled_people": [hashed("entry-3")],
    }
