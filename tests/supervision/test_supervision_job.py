"""The supervision table of golden data, from the bundle to the tables of its run."""

from __future__ import annotations

import pytest

from annotations.analysis.tables import RATES_COLUMNS, REGION_COLUMNS, SUPERVISION_COLUMNS
from tests.analysis.bundles import golden_s2, load, run_of
from tests.statistics.data import close, columns, expected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
SLIP = expected()["s2_synth"]["slip = verdict correct among truth I"]
VERDICTS = ("correct", "avoidant", "incorrect", "unsure")


@pytest.fixture
def run(tmp_path):
    return run_of(load(golden_s2(tmp_path / "s2")), "supervision")


def cells(run, group="all", value=""):
    return [row for row in run.rows("supervision") if (row["group"], row["value"]) == (group, value)]


def slips(run):
    return [row for row in cells(run) if (row["grade"], row["verdict"]) == ("incorrect", "correct")]


def test_slip_is_the_golden_one(run):
    (whole,) = [row for row in slips(run) if row["bin"] is None]
    assert (whole["n"], whole["total"]) == (SLIP["k"], SLIP["n"]) == (553, 1191)
    assert close(whole["rate"], SLIP["estimate"], 1e-9)
    assert whole["low"] < SLIP["estimate"] < whole["high"]
    assert whole["n_participants"] == SLIP["clusters (participants)"]
    # Two-way intervals are wider than those that take the outputs as given.
    assert whole["high"] - whole["low"] > 2 * 1.9 * SLIP["linearised_se"]


def test_bins_are_the_levels_of_the_proxy(run):
    """Ten levels of equal numbers of outputs: the metric's rank cuts between them."""
    golden = SLIP["by proxy level: k, n, wilson"]
    found = [(row["n"], row["total"]) for row in slips(run) if isinstance(row["bin"], int)]
    assert found == [(golden[str(level)]["k"], golden[str(level)]["n"]) for level in range(10)]


def test_every_cell_has_its_twelve_rows_and_sums_up(run):
    for number in (None, *range(1, 11)):
        rows = [row for row in cells(run) if row["bin"] == number]
        assert [(row["grade"], row["verdict"]) for row in rows] == [
            (grade, verdict) for grade in ("correct", "avoidant", "incorrect") for verdict in VERDICTS
        ]
        for grade in ("correct", "avoidant", "incorrect"):
            mine = [row for row in rows if row["grade"] == grade]
            assert {sum(row["n"] for row in mine)} == {row["total"] for row in mine}
    assert sum(row["n"] for row in cells(run) if row["bin"] is None) == len(
        columns("s2_synth.csv")["verdict"]
    )


def test_columns_are_those_of_a_release(run):
    assert all(sorted(row) == sorted(SUPERVISION_COLUMNS) for row in run.rows("supervision"))
    assert " ".join(SUPERVISION_COLUMNS) == (
        "group value bin difficulty_low difficulty_high n_outputs n_participants grade verdict n total rate"
        " low high n_eff"
    )


def test_axis_without_calibration_is_the_rank_and_says_so(run):
    assert run.summary["axis"] == "metric-rank"
    assert "The axis is the metric rank, not human difficulty." in run.warnings
    assert {row["source"] for row in run.rows("difficulty")} == {"metric-rank"}
    without = {"verdicts-by-grade", "roc", "slips-against"}
    figures = {figure.name: figure.svg for figure in run.figures.all()}
    assert {
        name for name, svg in figures.items() if "metric rank, not human difficulty" not in svg
    } <= without


def test_companion_rates_stand_beside_the_table(run):
    table = run.rows("supervision_rates")
    assert all(sorted(row) == sorted(RATES_COLUMNS) for row in table)
    assert " ".join(RATES_COLUMNS) == (
        "group value bin difficulty_low difficulty_high measure n total rate low high n_eff"
    )
    whole = {row["measure"]: row for row in table if row["group"] == "all" and row["bin"] is None}
    assert set(whole) == {
        "committed_slip",
        "slip_through",
        "residual_error",
        "false_rejection",
        "missed_avoidance",
    }
    assert (whole["slip_through"]["n"], whole["slip_through"]["total"]) == (
        SLIP["k"],
        run.summary["n_responses"],
    )
    said = {(row["grade"], row["verdict"]): row["n"] for row in cells(run) if row["bin"] is None}
    accepted = sum(said[grade, "correct"] for grade in ("correct", "avoidant", "incorrect"))
    assert (whole["residual_error"]["n"], whole["residual_error"]["total"]) == (SLIP["k"], accepted)
    committed = said["incorrect", "correct"] + said["incorrect", "incorrect"]
    assert whole["committed_slip"]["total"] == committed


def test_safe_region_answers_for_every_measure_and_threshold(run):
    table = run.rows("safe_region")
    assert all(sorted(row) == sorted(REGION_COLUMNS) for row in table)
    answers = [row for row in table if row["group"] == "all"]
    assert {(row["measure"], row["threshold"]) for row in answers} == {
        (measure, threshold)
        for measure in ("slip", "slip_through", "model_error", "either")
        for threshold in (0.05, 0.1, 0.2)
    }
    # The easiest bin holds 119 judgements of a handful of outputs: not even none passing would do.
    (slip,) = [row for row in answers if (row["measure"], row["threshold"]) == ("slip", 0.05)]
    assert slip["status"] == "not_measured"
    assert slip["limit_difficulty"] is None
    assert "Bin 1" in slip["reason"]
