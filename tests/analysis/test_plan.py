"""Whether analyses are those that were planned, in sentences that depend on nothing else."""

from __future__ import annotations

import pytest

from annotations.analysis.plan import Made, deviations

PLANNED = {
    "seed": 7,
    "exclusions": [{"name": "speed", "parameters": {"seconds": 2.0}}],
    "analysis": {"method": "likelihood", "bins": 10, "difficulty_target": "rated", "resamples": 2000},
}
RUN = Made("supervision", {"bins": 10, "axis": "own", "resamples": 2000}, 7)


def test_what_was_planned_and_done_says_nothing():
    assert deviations(PLANNED, PLANNED, [RUN]) == []


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (
            Made("supervision", {"resamples": 300}, 7),
            "The run of supervision has `resamples` 300; planned was 2000.",
        ),
        (Made("calibration", {"target": None}, 7), "has `difficulty_target` none; planned was rated."),
        (Made("supervision", {}, 8), "has the seed 8; planned was 7."),
    ],
)
def test_run_made_otherwise_is_told(run, says):
    (found,) = deviations(PLANNED, PLANNED, [run])
    assert says in found


def test_amendment_of_the_plan_is_told():
    current = {**PLANNED, "exclusions": [], "title": "Other", "analysis": {**PLANNED["analysis"], "bins": 5}}
    found = deviations(PLANNED, current, [])
    assert "An amendment changed `analysis.bins` from 10 to 5." in found
    assert "An amendment changed `exclusions.speed` from name speed, parameters seconds 2 to none." in found
    assert len(found) == 2


def test_definition_without_a_plan_says_nothing():
    assert deviations({}, {}, [RUN]) == []
    assert deviations({"analysis": "odd"}, {"analysis": "odd"}, [RUN]) == []
