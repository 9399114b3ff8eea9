"""The shipped examples from end to end, with a few simulated people: the demo in small."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean

import pytest
from django.conf import settings
from scipy.special import logit

from annotations.analysis.runs import is_stale, latest_run
from annotations.catalogue.accuracy import system_accuracies
from annotations.core.errors import Refusal
from annotations.core.models import Job
from annotations.participation.simulation import simulate
from annotations.releases.loading import load_bundle
from annotations.studies.models import Axis, Study
from annotations.studies.services import open_study
from tests.analysis.bundles import analyse, run_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
S1, S2 = "gsm8k-difficulty", "gsm8k-supervision"


def load(name):
    return load_bundle(folder=settings.EXAMPLES / name, actor="tests").study


@pytest.fixture
def rated():
    study = open_study(study=load(S1), actor="tests")
    simulate(study=study, participants=8, seed=3)
    return study


def test_from_bundle_to_borrowed_axis(rated):
    run = run_of(rated, "calibration")
    check_every_item_has_a_value(run.rows("difficulty"))
    assert run.summary["participants_by_kind"] == {"simulated": 8}
    assert "(simulated people)" in run.figures.get().svg

    study = open_study(study=load(S2), actor="tests")
    simulate(study=study, participants=8, seed=3)
    axis = Axis.objects.get(study=study)
    assert axis.source_slug == S1
    assert {row["source"] for row in axis.difficulty} == {"borrowed"}
    assert axis.calibration == run.rows("calibration")

    slips = run_of(study, "supervision")
    check_bins(slips, {row["item_id"]: row["difficulty"] for row in run.rows("difficulty") if row["metric"]})
    check_axis_stays(rated, study, axis, slips)


def check_every_item_has_a_value(rows):
    """Asked or not; and of items at one point of the metric, those that nobody saw are less certain.

    On average: of an item whose answers surprise, the spread between items matters to the value itself, and
    that spread is estimated (decision 24). It may so be a little less certain than one that nobody saw.
    """
    assert len(rows) == 1319
    widths: dict[float, dict[bool, list[float]]] = {}
    for row in rows:
        if row["metric"] is None:
            continue
        assert 0 <= row["difficulty_low"] <= row["difficulty"] <= row["difficulty_high"] <= 100, row
        seen = row["n_responses"] > 0
        assert row["source"] == ("both" if seen else "metric")
        by_seen = widths.setdefault(row["metric"], {True: [], False: []})
        # On the scale of the curve: in per cent the middle is wider than the ends.
        by_seen[seen].append(logit(row["difficulty_high"] / 100) - logit(row["difficulty_low"] / 100))
    both = [by_seen for by_seen in widths.values() if by_seen[True] and by_seen[False]]
    assert len(both) >= 4
    for by_seen in both:
        assert mean(by_seen[True]) < min(by_seen[False])
        assert max(by_seen[True]) < 1.02 * min(by_seen[False])


def check_bins(run, difficulty):
    """Of equal numbers of outputs, never cut inside a tie: where ties are large, bins vanish and it is said."""
    assert run.summary["axis"] == "borrowed"
    assert 8 <= run.summary["bins"] <= run.summary["bins_asked"] == 10
    assert run.summary["bins"] == 10 or any("bins" in warning for warning in run.warnings)
    rows = [
        row
        for row in run.rows("supervision")
        if row["group"] == "all" and (row["grade"], row["verdict"]) == ("incorrect", "correct")
    ]
    whole, bins = rows[0], [row for row in rows if isinstance(row["bin"], int)]
    assert whole["total"] == sum(row["total"] for row in rows[1:])
    assert sum(row["n_outputs"] for row in rows[1:]) == whole["n_outputs"] == 5276
    assert bins[0]["difficulty_low"] == min(difficulty.values())
    assert bins[-1]["difficulty_high"] == max(difficulty.values())
    for easier, harder in pairwise(bins):
        assert easier["difficulty_high"] < harder["difficulty_low"]
    assert {row["value"] for row in run.rows("supervision") if row["group"] == "system"} == {
        "6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification",
    }  # fmt: skip


def check_axis_stays(rated, study, axis, run):
    """The copy is the study's own: another calibration of the source moves nothing."""
    simulate(study=rated, participants=2, seed=4)
    assert is_stale(latest_run(rated, "calibration"))
    assert run_of(rated, "calibration").fingerprint != run.fingerprint
    assert Axis.objects.get(study=study).source_hash == axis.source_hash
    assert not is_stale(run)


def test_without_calibration_it_does_not_open_and_says_so():
    load(S1)
    study = load(S2)
    with pytest.raises(Refusal, match=f"which has no finished calibration yet: run `analyse {S1}` first"):
        open_study(study=study, actor="tests")
    study = Study.objects.get(slug=S2)
    assert (study.state, study.version, study.batches.count()) == (Study.DRAFT, None, 0)


def test_nobody_answered_and_still_every_item_is_listed():
    study = open_study(study=load(S1), actor="tests")
    job = analyse(study)
    assert job.state == Job.DONE
    run = latest_run(study, "calibration")
    assert len(run.rows("difficulty")) == 1319
    assert run.warnings


def test_accuracies_are_those_of_the_systems():
    study = load(S2)
    found = {row.system: round(row.correctness, 4) for row in system_accuracies(study.collection)}
    assert found == {
        "6b_finetuning": 0.2168, "6b_verification": 0.3904, "175b_finetuning": 0.3472, "175b_verification": 0.5625,
    }  # fmt: skip
