"""How outputs that do not answer are told: by regular expressions that everybody can read and change."""

from __future__ import annotations

from collections.abc import Mapping

from annotations.catalogue.bundle.tables import AVOIDANCE_KINDS
from annotations.catalogue.outputgraders.registry import Option, Options

# Few and plain: what they miss is left to people, what they find wrongly would be a wrong grade.
DEFAULTS: Mapping[str, str] = {
    "epistemic": "\n".join(
        (
            r"\bI (?:do not|don['’]t|am not able to|cannot|can['’]t) (?:know|tell|determine|say)\b",
            r"\b(?:there is )?not enough information\b",
            r"\bI(?: am|['’]m) (?:not sure|unsure)\b",
        )
    ),
    "ethical": "\n".join(
        (
            r"\bI(?: am|['’]m) (?:sorry|afraid),? (?:but )?I (?:can['’]t|cannot|won['’]t)\b",
            r"\bI (?:can['’]t|cannot|won['’]t|will not|am unable to) (?:help|assist|comply|answer|provide)\b",
            r"\b(?:against|violates?) (?:my|the) (?:guidelines|policy|policies|principles)\b",
        )
    ),
    "nonconforming": r"\A\s*(?:\.{3}|n/?a|none|null)\s*\Z",
}
FIELDS = {kind: f"avoid_{kind}" for kind in AVOIDANCE_KINDS}
BLANK = Option(
    "blank",
    "An output that is blank",
    "",
    "",
    (("", "is not understood"), ("nonconforming", "is avoidant (nonconforming)")),
)


def options() -> list[Option]:
    hints = {
        "epistemic": "it says that it does not know",
        "ethical": "it refuses",
        "nonconforming": "it is no answer to the task",
    }
    return [
        Option(FIELDS[kind], f"Avoidant, {kind}", f"{hints[kind]}: one pattern a line", DEFAULTS[kind])
        for kind in AVOIDANCE_KINDS
    ]


def patterns(options: Options) -> list[tuple[str, str]]:
    """Kind and pattern, in their order."""
    return [
        (kind, line.strip())
        for kind in AVOIDANCE_KINDS
        for line in options.get(FIELDS[kind], "").splitlines()
        if line.strip()
    ]
