from __future__ import annotations

from annotations.responses.models import Exclusion, Response
from tests.responses.exclusions.kit import row, units_out


def test_the_first_answer_to_a_unit_stays(bundle):
    rows = [row("me", "o1", verdict="correct", position=1), row("me", "o2", verdict="correct", position=2)]
    rows += [row("me", "o1", verdict="unsure", position=3)]
    study = bundle("duplicates", {}, rows)
    assert units_out(study, "me") == {"o1"}
    assert Exclusion.objects.get().response.verdict == "unsure"
    assert Response.objects.scored().filter(output__key="o1").get().verdict == "correct"


def test_a_repeat_is_no_duplicate(bundle):
    rows = [row("me", "o1", verdict="correct"), row("me", "o1", verdict="unsure", repeat=1)]
    assert units_out(bundle("duplicates", {}, rows), "me") == set()
