"""The columns of the table of what each participant did."""

from __future__ import annotations

from annotations.releases.dictionary.entry import (
    TableEntry,
    count,
    flag,
    key,
    number,
    rate,
    text,
)

RATED = "blank: no verdict correct or incorrect on such outputs"
CORRECTED = "(k + .5) / (n + 1), verdicts unsure and avoidant left out"

RATERS = TableEntry(
    "what each participant did, whether it counts or not; checks apart",
    {
        "participant_id": key("Participant, as in participants"),
        "kind": text("human, ai (a machine supervisor) or simulated", "human, ai, simulated"),
        "group": key("Group of participants", blank="blank: in no group"),
        "n_responses": count("Answers to scored units: the latest ones, no repeats, no surplus; excluded ones"
                             " too"),
        "checks_passed": count("Checks answered as expected"),
        "checks_failed": count("Checks answered otherwise"),
        "median_duration_ms": number("Median time of an answer, the time active where that was measured",
                                     "ms", "0 or more", blank="blank: no times"),
        "hit_rate": rate("Share of incorrect outputs that were judged incorrect", blank=RATED, mark="ours",
                         formula=CORRECTED),
        "false_alarm_rate": rate("Share of correct outputs that were judged incorrect", blank=RATED,
                                 mark="ours", formula=CORRECTED),
        "d_prime": number("How well incorrect outputs are told from correct ones", "standard deviations",
                          blank="blank: one of the rates is", mark="ours",
                          formula="z(hit) - z(false alarm)"),
        "criterion": number("Above 0: trusting", "standard deviations", blank="blank: one of the rates is",
                            mark="ours", formula="-(z(hit) + z(false alarm)) / 2"),
        "excluded": flag("Whether all of the participant's answers are excluded"),
        "reason": text("Why answers of the participant are excluded, each reason once",
                       blank="blank: none is"),
    },
    people=True,
)  # fmt: skip

TABLES = {"raters": RATERS}
