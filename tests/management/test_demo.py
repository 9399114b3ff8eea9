"""`manage.py demo --headless`: the whole way on the example studies."""

from __future__ import annotations

import json
import os

import pytest

from tests.servers import rows, run_manage

pytestmark = pytest.mark.sqlite


def test_demo_headless_prints_calibration_and_slips_and_runs_again(tmp_path):
    database = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    env = os.environ | {"STUDYPLATFORM_VAR": str(tmp_path / "var"), "DATABASE_URL": database}
    first = json.loads(run_manage(env, "demo", "--headless", "--json", check=True).stdout)["result"]
    assert first["simulated"] is True
    assert {(row["domain"], row["method"]) for row in first["calibration"]} == {
        (domain, method)
        for domain in ("gsm8k", "addition", "anagram")
        for method in ("likelihood", "least_squares")
    }
    assert first["slips"][0]["bin"] is None
    for whole in (row for row in first["slips"] if row["bin"] is None):
        assert whole["low"] < whole["rate"] < whole["high"]
    assert {row["study"] for row in first["slips"]} == {"gsm8k-supervision", "arithmetic-supervision"}
    kinds = rows(env, "SELECT DISTINCT kind FROM annotations_participant")
    assert kinds == [("simulated",)]
    again = json.loads(run_manage(env, "demo", "--headless", "--json", check=True).stdout)["result"]
    assert again == first
    assert rows(env, "SELECT COUNT(*) FROM annotations_response") == [(3200,)]


def test_demo_says_its_numbers_are_simulated_in_words():
    from annotations.management.commands.demo import Command

    row = {"domain": "d", "target": "rated", "method": "likelihood"}
    row |= {f"{name}{end}": 1.0 for name in ("location", "slope") for end in ("", "_low", "_high")}
    text = Command().describe({"people": "simulated people", "calibration": [row], "slips": []})
    assert text.count("simulated people") == 2
