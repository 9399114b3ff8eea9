"""Parts of the results page about severity, machines, agreement, and outputs without a grade."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.research.sections import Section, hundred, share
from annotations.research.tables import ALL, Row, number, whole

LINES_SHOWN = 24
ACCEPTS = {
    "people": "People alone",
    "machine": "The machine alone",
    "both": "Person and machine both",
    "either": "Person or machine",
}


def severity(rows: list[Row], people: str) -> Section | None:
    mine = {row["quantity"]: row for row in rows if row["group"] == ALL}
    if "weighted_slip" not in mine:
        return None
    weighted, plain = mine["weighted_slip"], mine["plain_slip"]
    return Section(
        "severity", "Slips by severity",
        f"Weighed by severity, {people} let {hundred(weighted, 'estimate')} of 100 pass; counted alike it is"
        f" {hundred(plain, 'estimate')}.",
        ["Slips", "Share"],
        [["Weighed by severity", share(weighted, "estimate")], ["Each alike", share(plain, "estimate")]],
        "Incorrect outputs of known severity above 0.",
        "severity",
    )  # fmt: skip


def machines(rows: list[Row], people: str) -> Section | None:
    slips = [row for row in rows if row["measure"] == "slip"][:LINES_SHOWN]
    away = {(row["machine"], row["accepts"]): row for row in rows if row["measure"] == "turned_away"}
    both = next((row for row in slips if row["accepts"] == "both"), None)
    alone = next((row for row in slips if row["accepts"] == "people"), None)
    if both is None or alone is None:
        sentence = "No output was judged by people and by a machine."
    else:
        sentence = (
            f"Of 100 wrong answers, {people} let {hundred(alone)} pass; where {both['machine']} has to"
            f" accept as well, {hundred(both)}."
        )
    return Section(
        "machines", "Machine supervisors", sentence,
        ["Machine: who has to accept", "Slip", "If they erred apart", "Correct turned away"],
        [
            [f"{row['machine']}: {ACCEPTS[row['accepts']]}", share(row),
             "\u2013" if number(row["expected"]) is None else f"{hundred(row, 'expected')}\u00a0%",
             share(away[key]) if (key := (row["machine"], row["accepts"])) in away else "\u2013"]
            for row in slips
        ],
        "On the outputs that both judged; machines are never mixed into the numbers above.",
        "machine_supervisors",
    )  # fmt: skip


def agreement(rows: list[Row], people: str) -> Section | None:
    lines = list(_alphas(rows))
    alpha = number(rows[0]["alpha"])
    said = "cannot be told" if alpha is None else f"is {alpha:.2f}"
    return Section(
        "agreement", "Agreement",
        f"Krippendorff\u2019s alpha of the verdicts {said}: 1 is perfect, 0 what chance gives.",
        ["Among", "Alpha", "Outputs", "Verdicts"],
        lines[:LINES_SHOWN],
        "Agreement is not truth: people share illusions. Intervals are over outputs.",
        "agreement",
    )  # fmt: skip


def _alphas(rows: list[Row]) -> Iterator[list[str]]:
    for row in rows:
        alpha, low, high = (number(row[name]) for name in ("alpha", "low", "high"))
        ends = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
        name = "Everybody, all outputs" if row["group"] == ALL else str(row["value"])
        yield [
            name, "\u2013" if alpha is None else f"{alpha:.2f}{ends}", f"{whole(row['n_units']):,}",
            f"{whole(row['n']):,}",
        ]  # fmt: skip


def inferred(rows: list[Row], people: str) -> Section | None:
    return Section(
        "inferred", "Outputs without a grade",
        "What their grades may be is inferred from verdicts (Dawid and Skene). They enter no rate.",
        ["Output", "Inferred", "Probability", "Verdicts"],
        [
            [str(row["output_id"]), row["inferred_grade"] or "nothing", _likely(row),
             f"{whole(row['n_verdicts']):,}"]
            for row in rows[:10]
        ],
        "Inferred, not observed: an illusion that people share passes for the truth.",
        "inferred_grades",
    )  # fmt: skip


def _likely(row: Row) -> str:
    value = number(row[f"p_{row['inferred_grade']}"]) if row["inferred_grade"] else None
    return "\u2013" if value is None else f"{value:.2f}"
