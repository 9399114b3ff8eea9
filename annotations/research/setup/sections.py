"""The pages of the set-up: which settings stand on which, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.core.errors import NotFound
from annotations.research.setup.shapes import Shape, top


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    lead: str
    keys: tuple[str, ...]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(top()[key] for key in self.keys if key in top())


PLACED = (
    Section(
        "basics",
        "Basics and languages",
        "What the study is called, what people do in it, and in which languages.",
        ("title", "protocol", "collection", "locales", "seed"),
    ),
    Section(
        "texts",
        "Texts",
        "What people read before, during and after. A line that begins with - is an item of a list; a blank"
        " line begins a paragraph.",
        ("consent", "instructions", "debrief"),
    ),
    Section(
        "domains",
        "Domains and metrics",
        "Families of items, each with its measure of difficulty. Domains that items have and that are not"
        " listed here are taken with the defaults.",
        ("domains",),
    ),
    Section(
        "steps",
        "Steps",
        "The way through the study. Consent comes first (only eligibility may stand before it), exit last.",
        ("steps",),
    ),
    Section(
        "questions",
        "Questions and scales",
        "Asked once in a step of kind questionnaire, or at every unit.",
        ("questions",),
    ),
    Section(
        "asking",
        "What is asked and shown",
        "At every unit, beyond the rating or the verdict.",
        ("asking", "presentation", "skipping", "repeats", "corrections"),
    ),
    Section(
        "conditions",
        "Conditions",
        "Arms between people. Each person is put into one by chance, by weight.",
        ("conditions",),
    ),
    Section(
        "checks",
        "Checks and exclusion rules",
        "Checks tell who reads. Rules declared here are applied as they stand, and can be seen from outside.",
        ("checks", "exclusions"),
    ),
    Section(
        "recruitment",
        "Recruitment and information",
        "How people come, and what they are told on the consent page.",
        ("recruitment", "information"),
    ),
    Section("analysis", "Analysis", "Planned now, and compared with what is done.", ("analysis",)),
    Section(
        "retention",
        "Retention",
        "Days on which the platform deletes by itself, as the consent text should say.",
        ("retention",),
    ),
    Section(
        "batches",
        "Batches",
        "How many people come, how many units each gets, and which ones.",
        ("batches",),
    ),
)


def sections() -> tuple[Section, ...]:
    """All of them; settings that stand nowhere yet have a page of their own."""
    placed = {key for section in PLACED for key in section.keys}
    left = tuple(key for key in top() if key not in placed)
    more = (Section("more", "More settings", "Settings without a page of their own.", left),) if left else ()
    return PLACED + more


def section_of(name: str) -> Section:
    for one in sections():
        if one.name == name:
            return one
    raise NotFound("There is no such page of the set-up.")


def section_with(path: str) -> str:
    """The name of the section on which a setting stands."""
    key = path.split(".")[0]
    return next((one.name for one in sections() if key in one.keys), "basics")
