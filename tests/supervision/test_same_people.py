"""People who made the axis by which their own judgements are sorted: left out, or said where they cannot be."""

from __future__ import annotations

import pytest

from annotations.analysis.runs import latest_run
from tests.analysis.bundles import defined, item, load, run_of, write_bundle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
ITEMS = [item(f"i{at}", at) for at in range(8)]
OUTPUTS = [
    {"output_id": f"o{at}", "item_id": f"i{at}", "system": "one", "text": "x", "grade": "incorrect"}
    for at in range(8)
]


def rated(folder, names):
    rows = [
        {"participant_id": name, "item_id": f"i{at}", "difficulty": 10 * at + who}
        for who, name in enumerate(names)
        for at in range(8)
    ]
    return write_bundle(folder, defined("difficulty", collection="tasks"), items=ITEMS, responses=rows)


def judged(folder, names):
    rows = [
        {"participant_id": name, "output_id": f"o{at}", "verdict": ("correct", "incorrect")[(who + at) % 2]}
        for who, name in enumerate(names)
        for at in range(8)
    ]
    definition = defined("supervision", collection="tasks", analysis={"difficulty_from": "rated"})
    return write_bundle(
        folder, definition, items=ITEMS, systems=[{"system": "one"}], outputs=OUTPUTS, responses=rows
    )


@pytest.mark.parametrize("names, same", [(("p2", "p9", "x"), True), (("j1", "j2", "j3"), False)])
def test_a_borrowed_axis_made_by_the_same_people_is_flagged(tmp_path, names, same):
    run_of(load(rated(tmp_path / "s1", ("p1", "p2", "p3")), "rated"), "calibration")
    run = run_of(load(judged(tmp_path / "s2", names), "judged"), "supervision")
    assert run.summary["axis"] == "borrowed"
    assert run.summary["same_people"] is same
    assert any("same_people" in warning for warning in run.warnings) is same


def test_own_answers_do_not_place_own_judgements(tmp_path):
    """One of three calls a hard item easy, which draws it to the easy half, and alone lets it pass: the
    slip is counted where the others found the item."""
    people = ("p1", "p2", "p3")
    last = {"p1": 0, "p2": 50, "p3": 50}
    ratings = [
        {"participant_id": name, "item_id": f"i{at}", "output_id": "", "verdict": "",
         "difficulty": last[name] if at == 7 else 12 * at}
        for name in people for at in range(8)
    ]  # fmt: skip
    verdicts = [
        {"participant_id": name, "item_id": "", "output_id": f"o{at}", "difficulty": "",
         "verdict": "correct" if (name, at) == ("p1", 7) else "incorrect"}
        for name in people for at in range(8)
    ]  # fmt: skip
    plain = [task | {"metric": ""} for task in ITEMS]
    definition = defined("both", analysis={"bins": 2})
    bundle = write_bundle(
        tmp_path / "both", definition, items=plain, systems=[{"system": "one"}], outputs=OUTPUTS,
        responses=ratings + verdicts,
    )  # fmt: skip
    study = load(bundle, "both")
    run = run_of(study, "supervision")
    slips = {
        row["bin"]: (row["n"], row["total"])
        for row in run.rows("supervision")
        if row["group"] == "all" and (row["grade"], row["verdict"]) == ("incorrect", "correct")
    }
    assert slips[2][0] == 1
    assert slips[1][0] == 0
    assert run.summary["same_people"] is False
    items = {row["item_id"]: row["difficulty"] for row in latest_run(study, "calibration").rows("difficulty")}
    assert items["i7"] < items["i3"], "by everybody's ratings it is in the easy half"
