from __future__ import annotations

from tests.responses.exclusions.kit import row, units_out


def test_answers_with_pastes_go(bundle):
    rows = [row("me", "i0", answer="1", pastes=2), row("me", "i1", answer="1", pastes=0)]
    rows += [row("me", "i2", answer="1")]
    assert units_out(bundle("pasted_answers", {}, rows), "me") == {"i0"}
