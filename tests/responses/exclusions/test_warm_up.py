from __future__ import annotations

from tests.responses.exclusions.kit import row, units_out, verdicts


def test_the_first_scored_answers_of_everybody_go(bundle):
    check = [row("a", "c0", answer="7", is_check=1)]
    study = bundle("warm_up", {"answers": 2}, check + verdicts("a", 4) + verdicts("b", 1))
    assert (units_out(study, "a"), units_out(study, "b")) == ({"o0", "o1"}, {"o0"})
