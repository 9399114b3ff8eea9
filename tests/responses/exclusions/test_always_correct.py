from __future__ import annotations

from tests.responses.exclusions.kit import left_out, verdicts


def test_whoever_calls_every_output_correct(bundle):
    unsure = verdicts("unsure", 12)
    unsure[4]["verdict"] = "unsure"
    study = bundle("always_correct", {}, verdicts("yes", 12) + unsure)
    reason = "always_correct: called 12 of 12 outputs correct, of which 3 are incorrect"
    assert left_out(study) == {"yes": {reason}}


def test_not_whoever_met_hardly_an_incorrect_one(bundle):
    """Of the first twelve outputs, three are incorrect."""
    assert left_out(bundle("always_correct", {"incorrect": 4}, verdicts("yes", 12))) == {}
