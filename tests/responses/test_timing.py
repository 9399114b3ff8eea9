"""What a browser says of time: believed where it can be, and never an error."""

from __future__ import annotations

import pytest

from annotations.participation import flow
from annotations.responses.answers import Answer
from annotations.responses.models import Response
from annotations.responses.recording import Timing, correct_response
from annotations.responses.timing import browser_timing
from tests.participation.kit import Walker

SENT = {"active_ms": "9000", "idle_ms": "800", "away_ms": "200", "changes": "3", "pastes": "1"}
READ = {"active_ms": 9000, "idle_ms": 800, "away_ms": 200, "changes": 3, "pastes": 1}
JUDGED = Answer(verdict="correct", confidence=1.0)


def test_hidden_fields_are_read():
    assert browser_timing(SENT, record_away=True) == READ


def test_away_and_pastes_are_read_only_from_those_who_agreed():
    assert browser_timing(SENT, record_away=False) == READ | {"away_ms": None, "pastes": None}


def test_without_script_there_is_nothing():
    assert browser_timing({}, record_away=True) == dict.fromkeys(READ)


@pytest.mark.parametrize("sent", ["", "-1", "1.5", "1e3", "nan", "١٢", "9" * 13, "many", None, []])
@pytest.mark.parametrize("name", list(SENT))
def test_what_is_no_number_is_nothing(name, sent):
    assert browser_timing(SENT | {name: sent}, record_away=True) == READ | {name: None}


def stored(study, **told):
    ann = Walker(study, "ann")
    timing = Timing(started_ms=5, duration_ms=10_000, **told)
    flow.submit(enrolment=ann.enrolment, assignment=ann.unit(), answer=JUDGED, timing=timing)
    return Response.objects.get()


def test_times_are_stored_beside_the_server_s(judged):
    response = stored(judged, **READ)
    assert (response.started_ms, response.duration_ms) == (5, 10_000)
    assert {name: getattr(response, name) for name in READ if name != "pastes"} | {"pastes": 1} == READ
    assert response.meta == {"pastes": "1"}


def test_nothing_told_is_stored_as_nothing(judged):
    response = stored(judged)
    assert (response.active_ms, response.idle_ms, response.away_ms, response.changes) == (None,) * 4
    assert response.meta == {}


@pytest.mark.parametrize("ms, believed", [(80_000, True), (80_001, False)])
@pytest.mark.parametrize("name", ["active_ms", "idle_ms", "away_ms"])
def test_times_far_beyond_the_server_s_are_not_believed(judged, name, ms, believed):
    """Twice the server's duration and a minute, at the most."""
    assert getattr(stored(judged, **{name: ms}), name) == (ms if believed else None)


def test_correction_keeps_the_times_of_the_first_answer(make):
    first = stored(make(protocol="supervision", settings={"corrections": {"allowed": True}}), **READ)
    second = correct_response(response=first, answer=Answer(verdict="unsure", confidence=1.0))
    assert (second.active_ms, second.changes, second.meta) == (9000, 3, {"pastes": "1"})
