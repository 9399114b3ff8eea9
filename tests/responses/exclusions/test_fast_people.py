from __future__ import annotations

from tests.responses.exclusions.kit import left_out, verdicts

CROWD = [one for n in range(4) for one in verdicts(f"p{n}", 6, duration_ms=10_000)]


def test_whoever_is_mostly_fast_goes(bundle):
    rows = verdicts("half", 6, duration_ms=9_000)
    for one in rows[:3]:
        one["duration_ms"] = 1_000
    few = verdicts("few", 6, duration_ms=9_000)
    few[0]["duration_ms"] = 1_000
    study = bundle("fast_people", {}, CROWD + rows + few)
    reason = "fast_people: 3 of 6 answers took less than 0.4 of the others' median time"
    assert left_out(study) == {"half": {reason}}


def test_nobody_is_judged_by_fewer_answers_than_are_asked_for(bundle):
    fast = verdicts("fast", 4, duration_ms=100)
    assert left_out(bundle("fast_people", {}, CROWD + fast)) == {}
