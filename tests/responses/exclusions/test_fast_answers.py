from __future__ import annotations

from tests.responses.exclusions.kit import row, units_out


def crowd(times, units=4):
    return [
        row(f"p{n}", f"o{unit}", verdict="correct", duration_ms=10_000 * (unit + 1))
        for n in range(times)
        for unit in range(units)
    ]


def mine(*times, column="duration_ms"):
    return [row("me", f"o{unit}", verdict="correct", **{column: ms}) for unit, ms in enumerate(times)]


def test_faster_than_a_share_of_the_others_at_the_same_unit(bundle):
    """12 s is slow at the first unit, and fast at the last, where others take 40 s."""
    study = bundle("fast_answers", {"of_others": 0.4}, crowd(5) + mine(12_000, 12_000, 12_000, 12_000))
    assert units_out(study, "me") == {"o3"}


def test_faster_than_so_many_seconds(bundle):
    study = bundle("fast_answers", {"of_others": 0, "seconds": 3}, mine(2_900, 3_000, 9_000))
    assert units_out(study, "me") == {"o0"}


def test_faster_than_a_share_of_their_own_median(bundle):
    study = bundle("fast_answers", {"of_others": 0.0, "of_own": 0.5}, mine(4_000, 10_000, 10_000, 10_000))
    assert units_out(study, "me") == {"o0"}


def test_time_of_activity_goes_before_that_of_the_clock(bundle):
    rows = mine(60_000, 60_000)
    rows[0]["active_ms"] = 1_000
    study = bundle("fast_answers", {"of_others": 0, "seconds": 3}, rows)
    assert units_out(study, "me") == {"o0"}


def test_where_too_few_were_the_domain_stands_in(bundle):
    """At o20 nobody else was: 2 s is fast beside the domain's median of 25 s."""
    alone = [row("me", "o20", verdict="correct", duration_ms=2_000)]
    assert units_out(bundle("fast_answers", {}, crowd(5) + alone), "me") == {"o20"}


def test_checks_are_never_too_fast(bundle):
    check = [row("me", "c0", answer="7", is_check=1, duration_ms=10)]
    study = bundle("fast_answers", {"seconds": 3, "of_others": 0}, check + mine(10))
    assert units_out(study, "me") == {"o0"}
