from __future__ import annotations

from tests.responses.exclusions.kit import left_out, verdicts


def lining(key, *confidences):
    return [one | {"confidence": c} for one, c in zip(verdicts(key, 12), confidences * 12, strict=False)]


def test_the_same_form_again_and_again(bundle):
    study = bundle("straight_lining", {}, lining("same", 50) + lining("varied", 50, 60))
    assert left_out(study) == {"same": {"straight_lining: 12 of 12 forms were filled in alike"}}


def test_a_run_of_equal_forms(bundle):
    rows = lining("run", 1, 2, 2, 2, 3, 4) + lining("none", 1, 2, 2, 3, 4, 4)
    study = bundle("straight_lining", {"share": 0, "run": 3}, rows)
    assert left_out(study) == {"run": {"straight_lining: 3 forms in a row were filled in alike"}}


def test_verdicts_alone_are_no_line(bundle):
    """Where nearly all outputs are correct, whoever judges well says the same each time."""
    assert left_out(bundle("straight_lining", {}, verdicts("good", 12))) == {}
