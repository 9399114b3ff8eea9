"""Explanations of steps and questions."""

from __future__ import annotations

from typing import Final

Told = tuple[str, str]

NAME: Final[Told] = ("Name", "Letters, digits, - and _, each once. It stands in the data set.")
TEXT: Final[Told] = ("Text", "In each language.")
ATTEMPTS: Final[Told] = ("Attempts", "Prolific asks for two or more.")

# What a step of each kind is for.
STEP_KINDS: dict[str, str] = {
    "Consent": "people read what it is about and agree",
    "Eligibility": "questions that decide who may take part",
    "Instructions": "what to do and how",
    "Practice": "units whose right response is shown afterwards",
    "Comprehension": "questions about the instructions",
    "Units": "the units of the batch",
    "Break": "a page to rest at",
    "Questionnaire": "questions asked once",
    "Honesty": "whether help was used, without consequences",
    "Debrief": "what it was about",
    "Feedback": "room for remarks",
    "Exit": "thanks, and the code to hand in",
}

STEPS: dict[str, dict[str, Told]] = {
    "Option": {
        "value": ("Value", "As it is stored."),
        "text": ("Words", "As people read it, in each language. Blank: the value."),
    },
    "Question": {
        "name": NAME,
        "kind": ("Kind", "What people give as an answer."),
        "text": ("Question", "In each language."),
        "options": ("Options", "Of one or several choices: two or more."),
        "low": ("Lowest", "Of a scale or a number."),
        "high": ("Highest", "Of a scale or a number."),
        "low_end": ("Words of the lowest", "What the low end of a scale means, in each language."),
        "high_end": ("Words of the highest", "What the high end of a scale means, in each language."),
        "required": ("Must be answered", "Where not, “I prefer not to say” is one of the answers."),
        "per": ("Asked", "Once, in a step of kind questionnaire, or at every unit."),
    },
    "KeyedQuestion": {
        "name": NAME,
        "text": ("Question", "In each language."),
        "options": ("Options", "Two or more."),
        "right": ("Right answers", "Values of options, one a line."),
        "all": ("All right answers have to be chosen", "Else one of them will do."),
    },
    "Consent": {"kind": ("Kind", STEP_KINDS["Consent"]), "name": NAME},
    "Eligibility": {
        "kind": ("Kind", STEP_KINDS["Eligibility"]),
        "name": NAME,
        "questions": ("Questions", "Whoever answers one otherwise is thanked and let go."),
    },
    "Instructions": {
        "kind": ("Kind", STEP_KINDS["Instructions"]),
        "name": NAME,
        "text": ("Text", "Instead of the study's own instructions, for a second such step."),
    },
    "Practice": {
        "kind": ("Kind", STEP_KINDS["Practice"]),
        "name": NAME,
        "items": ("Items", "Ids of check items, one a line: their right response is known."),
        "outputs": ("Outputs", "Ids of check outputs, one a line."),
        "feedback": ("Show what was expected", "After each of them."),
        "pass_at": ("Needed to pass", "So many have to be as expected. Blank: any answer will do."),
        "attempts": ATTEMPTS,
    },
    "Comprehension": {
        "kind": ("Kind", STEP_KINDS["Comprehension"]),
        "name": NAME,
        "questions": ("Questions", "All have to be answered rightly; else the instructions come again."),
        "attempts": ATTEMPTS,
    },
    "Units": {
        "kind": ("Kind", STEP_KINDS["Units"]),
        "name": NAME,
        "count": ("How many", "Blank: all that the batch gives to one person and no other step takes."),
    },
    "Break": {"kind": ("Kind", STEP_KINDS["Break"]), "name": NAME, "text": TEXT},
    "Questionnaire": {
        "kind": ("Kind", STEP_KINDS["Questionnaire"]),
        "name": NAME,
        "preset": ("Ready questions", "In every language of the platform; kept apart from the data set."),
        "questions": ("Questions", "Names, one a line. None and no ready questions: all asked once."),
    },
    "Honesty": {"kind": ("Kind", STEP_KINDS["Honesty"]), "name": NAME, "text": TEXT},
    "Debrief": {
        "kind": ("Kind", STEP_KINDS["Debrief"]),
        "name": NAME,
        "reveal": (
            "Show which outputs were wrong",
            "Of those that the person judged.",
        ),
    },
    "Feedback": {"kind": ("Kind", STEP_KINDS["Feedback"]), "name": NAME, "text": TEXT},
    "Exit": {"kind": ("Kind", STEP_KINDS["Exit"]), "name": NAME, "text": TEXT},
}
