from __future__ import annotations

from tests.responses.exclusions.kit import row, units_out


def test_idle_and_away_count_together_and_long_answers_by_themselves(bundle):
    rows = [
        row("me", "o0", verdict="correct", duration_ms=1_000_000, idle_ms=70_000, away_ms=50_000),
        row("me", "o1", verdict="correct", duration_ms=1_000_000, idle_ms=70_000),
        row("me", "o2", verdict="correct", duration_ms=1_800_000),
    ]
    assert units_out(bundle("interrupted_answers", {}, rows), "me") == {"o0", "o2"}


def test_a_limit_of_nothing_is_none(bundle):
    rows = [row("me", "o0", verdict="correct", duration_ms=10**9, idle_ms=10**8)]
    assert units_out(bundle("interrupted_answers", {"idle_seconds": 0, "seconds": 0}, rows), "me") == set()
