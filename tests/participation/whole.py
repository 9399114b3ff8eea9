"""A study with every kind of step, and somebody who knows what each of them wants."""

from __future__ import annotations

from typing import Any

from tests.participation.kit import JUDGED, RATED, Visitor
from tests.participation.reading import Page


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "text": {"en": f"Option {value}"}} for value in values]


STEPS: list[dict[str, Any]] = [
    {
        "kind": "eligibility",
        "questions": [
            {"name": "adult", "text": {"en": "Are you of age?"}, "options": options("y", "n"), "right": ["y"]}
        ],
    },
    {"kind": "consent"},
    {"kind": "questionnaire", "name": "trust-before", "preset": "trust"},
    {"kind": "instructions"},
    {"kind": "practice", "items": ["c1", "c2"], "pass_at": 2, "attempts": 2},
    {
        "kind": "comprehension",
        "questions": [
            {"name": "task", "text": {"en": "What is asked?"}, "options": options("a", "b"), "right": ["b"]}
        ],
    },
    {"kind": "units", "name": "first-half", "count": 1},
    {"kind": "break", "text": {"en": "Stretch your legs."}},
    {"kind": "units"},
    {"kind": "questionnaire", "name": "trust-after", "preset": "trust"},
    {"kind": "questionnaire", "preset": "demographics", "questions": ["hours"]},
    {"kind": "honesty"},
    {"kind": "debrief", "reveal": True},
    {"kind": "feedback"},
    {"kind": "exit", "text": {"en": "Goodbye."}},
]
HOURS = {"name": "hours", "kind": "number", "text": {"en": "Hours slept?"}, "low": 0, "high": 24}
TRUST = {"trust_correct": "70", "trust_rely": "20", "trust_notice": "50"}


def settings(protocol: str = "difficulty", **more: Any) -> dict[str, Any]:
    """For `make_study(settings=..., checks=2)`: items c1 and c2 are checks, or outputs c1-0 and c2-0."""
    steps = [dict(step) for step in STEPS]
    if protocol != "difficulty":
        steps[4] = {**steps[4], "items": [], "outputs": ["c1-0", "c2-0"]}
    information = {
        "duration_minutes": 5,
        "pay": {"en": "Two euros"},
        "training_use": True,
        "record_away": True,
    }
    return {"steps": steps, "questions": [HOURS], "information": information, **more}


class Guide(Visitor):
    """Somebody who gives every step what it wants, unless told otherwise by its name."""

    @property
    def enrolled(self) -> str:
        """The state of the passage; blank before there is one."""
        return self.enrolment.state if f"take_{self.slug}" in self.client.cookies else ""

    def form(self, **instead: dict[str, Any]) -> dict[str, Any]:
        name = self.page.form.filled().get("step", self.page.step)
        known: dict[str, dict[str, Any]] = {
            "eligibility": {"adult": "y"},
            "consent": {"consent": "1"},
            "trust-before": TRUST,
            "trust-after": TRUST,
            "comprehension": {"task": "b"},
            "questionnaire": {"hours": "7", "age_group": "25-34"},
            "honesty": {"help_used": "no"},
            "feedback": {"feedback": "Fine."},
            "units": RATED | JUDGED,
            "practice": self._practised(),
        }
        return instead.get(name.replace("-", "_"), known.get(name, {}))

    def go_on(self, **instead: dict[str, Any]) -> Page:
        """Send whatever form is there."""
        return self.send(**self.form(**instead))

    def walk(self, until: str = "exit", **instead: dict[str, Any]) -> list[str]:
        """To a step. The kinds of the pages on the way, the first and the last with them."""
        if not self.page.step:
            self.get(f"/join/{self.slug}/")
        kinds = [self.page.step]
        while self.page.step != until:
            kinds.append(self.go_on(**instead).step)
            assert len(kinds) < 60, kinds
        return kinds

    def _practised(self) -> dict[str, Any]:
        """The practice units ask to type their number; their outputs are all avoidant."""
        number = next((word for word in ("1", "2") if f"Type {word}." in self.page.words), "")
        return {"answer": number, "verdict": "avoidant", "difficulty": "5", "confidence": "90"}
