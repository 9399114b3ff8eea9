from __future__ import annotations

from tests.responses.exclusions.kit import left_out, row, verdicts

REPEATS = {"repeats": {"share": 0.3, "gap": 1}}


def again(key, *answers):
    return verdicts(key, 6) + [
        row(key, f"o{n}", verdict=answer, repeat=1) for n, answer in enumerate(answers)
    ]


def test_whoever_answers_otherwise_half_of_the_time(bundle):
    rows = again("torn", "correct", "unsure", "incorrect", "correct") + again("firm", *["correct"] * 4)
    study = bundle("inconsistent_repeats", {}, rows, **REPEATS)
    reason = "inconsistent_repeats: answered 2 of 4 repeats otherwise than before"
    assert left_out(study) == {"torn": {reason}}


def test_ratings_differ_from_so_many_points_on(bundle):
    def rated(key, by):
        first = [row(key, f"i{n}", answer="1", difficulty=40) for n in range(3)]
        return first + [row(key, f"i{n}", answer="1", difficulty=40 + by, repeat=1) for n in range(3)]

    study = bundle("inconsistent_repeats", {"points": 20}, rated("far", 20) + rated("near", 19), **REPEATS)
    assert set(left_out(study)) == {"far"}
