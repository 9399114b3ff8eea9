"""The supervision table of golden data, from the bundle to the tables of its run."""

from __future__ import annotations

import pytest

from annotations.analysis.tables import SUPERVISION_COLUMNS
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
    assert "metric rank, not human difficulty" in run.figures.get().svg
