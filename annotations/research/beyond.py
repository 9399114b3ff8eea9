"""What the results page says beside rates and regions: a sentence and a small table, and where all is."""

from __future__ import annotations

from collections.abc import Callable

from annotations.research.beyondpeople import agreement, inferred, machines, severity
from annotations.research.sections import Section, hundred, share
from annotations.research.shown import RunView
from annotations.research.tables import ALL, Row, is_all_bins, number, whole

SCOPES = {
    "counted": "What counts",
    "with_excluded": "With all that is excluded",
    "without_rules": "Without the declared rules",
    "put_back": "With what {} leaves out",
}
COVARIATES = {
    "own_answer_right": "Own answer right (1) or not (0)",
    "own_rating": "Own rating of difficulty",
    "confidence": "Confidence",
    "position": "Position in the session",
    "seconds": "Seconds taken",
    "trust_before": "Trust before",
    "trust_after": "Trust after",
}


def sections_of(view: RunView, people: str) -> list[Section]:
    """Those of a supervision that have something to say, in the order of what a reader asks next."""
    found = []
    for table, make in SECTIONS.items():
        rows = view.rows.get(table, [])
        if rows and (section := make(rows, people)) is not None:
            found.append(section)
    return found


def _exclusions(rows: list[Row], people: str) -> Section | None:
    mine = [row for row in rows if row["group"] == ALL and is_all_bins(row)]
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    for row in mine:
        cells.setdefault((row["scope"], row["rule"]), {})[row["measure"]] = row
    counted, everything = (cells.get((scope, ""), {}).get("slip") for scope in ("counted", "with_excluded"))
    lines = [
        [SCOPES[scope].format(rule), f"{whole(by['slip']['n_participants']):,}", share(by["slip"]),
         *(share(by[name]) if name in by else "\u2013" for name in ("slip_through", "false_rejection"))]
        for (scope, rule), by in cells.items() if "slip" in by
    ]  # fmt: skip
    return Section(
        "exclusions",
        "With and without what is excluded",
        f"Of 100 wrong answers, {people} let {hundred(counted)} pass; with every excluded answer counted it"
        f" would be {hundred(everything)}.",
        ["Which answers", "People", "Slip", "Slip-through", "False rejection"],
        lines,
        "The same bins and methods each time. All measures, by bin and by group of participants, are in the"
        " table.",
        "supervision_sensitivity",
    )


def _rejecting(rows: list[Row], people: str) -> Section | None:
    before = {row["difficulty"]: row for row in rows if row["risk"] == "before"}
    after = {row["difficulty"]: row for row in rows if row["risk"] == "after"}
    points = [point for point in before if point in after]
    if not points:
        return None
    half = min(points, key=lambda point: abs(float(before[point]["coverage"]) - 0.5))
    shown = points[4::5] if len(points) > 6 else points
    return Section(
        "rejecting",
        "If systems answered only up to a difficulty",
        f"Up to difficulty {float(half):.0f}, which covers {100 * float(before[half]['coverage']):.0f}\u00a0%"
        f" of the outputs, {hundred(before[half])} of 100 outputs are wrong; {people} would let"
        f" {hundred(after[half])} of 100 pass that are.",
        ["Up to difficulty", "Outputs covered", "Wrong before people look", "Wrong and accepted"],
        [
            [f"{float(point):.0f}", f"{100 * float(before[point]['coverage']):.0f}\u00a0%",
             share(before[point]), share(after[point])]
            for point in shown
        ],
        "Intervals hold at each point; the band that holds all at once is in the table.",
        "reject_option",
    )  # fmt: skip


def _wrong_grades(rows: list[Row], people: str) -> Section | None:
    tipping = [row for row in rows if row["part"] == "tipping"]
    first = next((row for row in tipping if row["outputs"] == "all"), None)
    if first is None or number(first["slip"]) is None:
        return None
    audited = next((row for row in rows if row["part"] == "audited" and row["outputs"] == "all"), None)
    sentence = _tips(first)
    if audited is not None:
        sentence += (
            f" Of {whole(audited['total']):,} such outputs that were graded again,"
            f" {whole(audited['n']):,} turned out to be correct."
        )
    return Section(
        "wrong-grades",
        "If some grades were wrong",
        sentence,
        ["Outputs", "Slip as graded", "Would be", "If so many graded incorrect are correct"],
        [
            ["Easiest bin" if row["outputs"] == "easiest" else "All", f"{hundred(row, 'slip')}\u00a0%",
             f"{100 * float(row['threshold']):g}\u00a0%",
             "nothing tips it" if number(row["share"]) is None else f"{100 * float(row['share']):.1f}\u00a0%"]
            for row in tipping
            if number(row["slip"]) is not None
        ],
        "A correct output that was graded incorrect and rightly accepted counts as a slip.",
        "wrong_grades",
    )  # fmt: skip


def _tips(row: Row) -> str:
    share, threshold = number(row["share"]), f"{100 * float(row['threshold']):g}\u00a0%"
    if share is None:
        return f"No share of wrong grades would move the slip rate across {threshold}."
    return (
        f"The slip rate would be {threshold} instead of {hundred(row, 'slip')}\u00a0% if"
        f" {100 * share:.1f}\u00a0% of the outputs graded incorrect were in truth correct."
    )


def _against(rows: list[Row], people: str) -> Section | None:
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(row["covariate"], []).append(row)
    lines, moved = [], []
    for name, mine in by.items():
        groups = [row for row in mine if row["part"] == "group"]
        slope = next((row for row in mine if row["part"] == "adjusted_slope"), None)
        if len(groups) < 2 or slope is None:
            continue
        ends = [number(slope[end]) for end in ("low", "high")]
        clear = None not in ends and (float(ends[0] or 0) > 0 or float(ends[1] or 0) < 0)
        if clear:
            moved.append(COVARIATES[name].lower())
        estimate = number(slope["estimate"])
        lines.append([
            COVARIATES[name], share(groups[0], "estimate"), share(groups[-1], "estimate"),
            "\u2013" if estimate is None else f"{estimate:+.3g}",
            "yes" if clear else "not clear",
        ])  # fmt: skip
    if not lines:
        return None
    sentence = (
        f"At equal difficulty, slips go with: {', '.join(moved)}."
        if moved
        else "At equal difficulty, slips go clearly with nothing that was recorded of a judgement."
    )
    return Section(
        "against", "What slips go with", sentence,
        ["Against", "Slip at the lowest", "Slip at the highest", "Slope (logit)", "Interval without 0"],
        lines,
        "The slope compares judgements within bins of difficulty. It says what goes together, not why.",
        "slips_against",
    )  # fmt: skip


SECTIONS: dict[str, Callable[[list[Row], str], Section | None]] = {
    "supervision_sensitivity": _exclusions,
    "reject_option": _rejecting,
    "wrong_grades": _wrong_grades,
    "slips_against": _against,
    "severity": severity,
    "machine_supervisors": machines,
    "agreement": agreement,
    "inferred_grades": inferred,
}
