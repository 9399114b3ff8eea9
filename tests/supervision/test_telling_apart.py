"""Telling incorrect outputs from correct ones, from the bundle to the table of its run."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from annotations.analysis.tables import TELLING_COLUMNS
from annotations.statistics.bins import equal_bins
from annotations.statistics.judgements import judgements
from annotations.supervision.telling import LEAST_RATERS, telling_apart
from tests.analysis.bundles import golden_s2, load, run_of


def cohort(people, seed=1, signal=True):
    """Everybody judges 40 outputs, every second one incorrect; verdicts are right three times in four."""
    output, person = (one.ravel() for one in np.indices((40, people)))
    grade = np.where(np.arange(40) % 2 == 0, 2 if signal else 0, 0)
    right = np.random.default_rng(seed).random(output.size) < 0.75
    verdict = np.where(right, grade[output], 2 - grade[output])
    return judgements(output, person, verdict, grade=grade)


def told(data, placed=None):
    rows, said = telling_apart(data, equal_bins(np.arange(40.0), 4), placed)
    return {(row["scope"], row["bin"], row["quantity"]): row for row in rows}, said


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_broker")
def test_a_run_keeps_what_its_own_counts_say(tmp_path):
    run = run_of(load(golden_s2(tmp_path / "s2")), "supervision")
    table = run.rows("telling_apart")
    assert all(sorted(row) == sorted(TELLING_COLUMNS) for row in table)
    count = {
        (row["grade"], row["verdict"]): row["n"]
        for row in run.rows("supervision")
        if row["group"] == "all" and row["bin"] is None
    }
    hits, misses = count["incorrect", "incorrect"], count["incorrect", "correct"]
    false, right = count["correct", "incorrect"], count["correct", "correct"]
    hit, alarm = (hits + 0.5) / (hits + misses + 1), (false + 0.5) / (false + right + 1)
    whole = {row["quantity"]: row for row in table if row["scope"] == "all"}
    assert whole["dprime"]["estimate"] == pytest.approx(norm.ppf(hit) - norm.ppf(alarm), rel=1e-9)
    assert whole["criterion"]["estimate"] == pytest.approx(-(norm.ppf(hit) + norm.ppf(alarm)) / 2, rel=1e-9)
    assert (whole["dprime"]["n_incorrect"], whole["dprime"]["n_correct"]) == (hits + misses, false + right)
    assert whole["area"]["low"] < whole["area"]["estimate"] < whole["area"]["high"]


def test_people_are_summed_up_as_quartiles_and_never_shown_alone():
    rows, said = told(cohort(LEAST_RATERS))
    one = rows["participants", None, "dprime"]
    assert (one["ends"], one["n_participants"]) == ("quartiles", LEAST_RATERS)
    assert one["low"] < one["estimate"] < one["high"]
    assert not said
    rows, said = told(cohort(LEAST_RATERS - 1))
    one = rows["participants", None, "dprime"]
    assert (one["estimate"], one["low"], one["high"], one["ends"]) == (None, None, None, "")
    assert any("fewer than 10 people" in text for text in said)


def test_a_response_counts_in_the_bin_of_its_own():
    data = cohort(12)
    placed = np.full(data.output.size, 4)
    rows, _ = told(data, placed)
    assert rows["bin", 4, "dprime"]["n_incorrect"] == rows["all", None, "dprime"]["n_incorrect"] == 240
    assert rows["bin", 1, "dprime"]["n_incorrect"] == 0


def test_without_incorrect_outputs_there_is_a_reason_and_no_number():
    rows, said = told(cohort(12, signal=False))
    assert all(rows[scope, None, "dprime"]["estimate"] is None for scope in ("all", "participants"))
    assert any("no signal" in text for text in said)


def test_nothing_judged_is_said():
    rows, said = told(judgements([], [], [], grade=np.zeros(40, dtype=int)))
    assert all(row["estimate"] is None for row in rows.values())
    assert any("no responses" in text for text in said)
