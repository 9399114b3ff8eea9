"""What each setting of a definition is called where it is set, and what it does.

By model and field. A field that brings a `title` and a `description` of its own speaks for itself; one that
has neither and stands in no table fails a test. Values that need more than their own name have words too.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from annotations.studies.definition.explained_steps import STEPS

Told = tuple[str, str]


@dataclass(frozen=True)
class Explained:
    label: str
    help: str


DEFINITION: dict[str, Told] = {
    "title": ("Title", "What participants read above everything, and what the study is called here."),
    "protocol": (
        "What people do",
        "Rate items: they solve each and say how hard it is. Judge outputs: they say whether an AI system's"
        " answer is correct.",
    ),
    "seed": (
        "Seed",
        "A whole number from which every random choice follows: which units are drawn, in which order they"
        " come, who gets which condition. The same seed gives the same choices again.",
    ),
    "collection": (
        "Collection",
        "The items, systems and outputs that the study draws on. Several studies may draw on one.",
    ),
    "locales": (
        "Languages",
        "Codes such as en, es, zh or pt-BR, one a line, the first as the one that people get who speak none"
        " of them. The platform's own buttons are in English, Spanish and Chinese.",
    ),
    "domains": (
        "Domains",
        "Families of items that share one measure of difficulty. Each gets a calibration curve of its own.",
    ),
    "batches": (
        "Batches",
        "Each releases units to a number of people. They open together with the study.",
    ),
    "recruitment": ("Recruitment", "How people find the study, and how its provider knows them."),
    "information": ("Information", "Facts that stand above the consent text, each where it is given."),
    "consent": (
        "Consent",
        "What people agree to before they begin. Blank: the platform's own text in that language.",
    ),
    "instructions": (
        "Instructions",
        "What to do, and how. Blank: the platform's own text for what people do here.",
    ),
    "debrief": (
        "Debrief",
        "What people read after their last answer. Blank: the platform's own text.",
    ),
    "questions": (
        "Questions",
        "Asked beyond the ratings or verdicts themselves: once, in a step of kind questionnaire, or at every"
        " unit.",
    ),
    "steps": (
        "Steps",
        "The way through the study, from consent to exit. None: consent, instructions, units, questionnaire"
        " (where there are questions), debrief, exit.",
    ),
    "asking": ("What is asked", "At every unit, beyond the rating or the verdict itself."),
    "presentation": ("How units are shown", "The looks of prompts and outputs."),
    "skipping": ("Skipping", "Whether a unit may be passed over."),
    "repeats": (
        "Repeats",
        "Units shown to the same person twice, unannounced, to measure how steady answers are.",
    ),
    "conditions": (
        "Conditions",
        "Arms that people are put into by chance, each person into one. None: everybody sees the same.",
    ),
    "checks": ("Checks", "Units whose right response is known. They are never scored."),
    "exclusions": (
        "Exclusion rules",
        "Declared before the data are seen: whose answers are left out of the planned analysis. Analyses are"
        " made with and without them, and nobody is rejected by a rule.",
    ),
    "analysis": ("Planned analysis", "Fixed when the study opens; releases say whether it was kept."),
    "corrections": ("Corrections", "Whether an answer that was sent may be corrected."),
    "retention": ("How long things are kept", "Days on which the platform deletes by itself."),
}

TABLE: dict[str, dict[str, Told]] = {
    "Definition": DEFINITION,
    "Domain": {
        "name": ("Name", "As in the column domain of the items."),
        "metric": ("Metric", "What the column metric counts, in words, such as carries or letters."),
        "metric_transform": (
            "Scale of the metric",
            "Taken as it is, or its logarithm where it spans several powers of ten.",
        ),
        "guess": (
            "Chance of guessing right",
            "0 where people write an answer, 0.25 with four choices. The curve does not go below it.",
        ),
        "grader": (
            "How own answers are marked",
            "By value as a number, as text without regard to case, or not at all.",
        ),
    },
    "Batch": {
        "name": ("Name", "Letters, digits, - and _. It stands in the data set."),
        "participants": ("Places", "How many people may take part in it."),
        "units": ("Units", "Which units it releases."),
        "overlap": ("Answers a unit", "Each unit is answered by so many people at most."),
        "units_per_participant": ("Units a person", "How many units one person gets."),
        "lease_minutes": (
            "Minutes until a place comes back",
            "Whoever does nothing for so long loses the unit and the place to the next person.",
        ),
        "strategy": ("How units are handed out", "Who gets which unit next."),
        "strata": (
            "Strata",
            "Groups of units filled evenly. Conditions with a share of incorrect outputs need grade.",
        ),
    },
    "UnitChoice": {
        "sample": ("Sample", "So many units, drawn by the seed and in proportion to the strata. Blank: all."),
        "domain": ("Only of these domains", "One a line. Blank: all."),
        "system": ("Only of these systems", "One a line. Blank: all."),
        "template": ("Only of these templates", "One a line. Blank: all."),
        "grade": ("Only outputs of these grades", "None ticked: all."),
    },
    "Recruitment": {
        "provider": ("Provider", "Where people come from."),
        "codes": (
            "Completion codes",
            "Where the provider already has codes, by how it ended. Blank: one of the platform's own.",
        ),
        "settings": (
            "Settings of the provider",
            "One a line as name: value. SONA needs site, experiment_id and credit_token; the others none.",
        ),
    },
    "Codes": {
        "completed": ("Completed", "Handed in by whoever finished."),
        "screened_out": ("Screened out", "Of whoever the eligibility questions turned away."),
        "failed_checks": ("Failed checks", "Of whoever did not pass comprehension or practice."),
        "no_consent": ("No consent", "Of whoever declined to take part."),
        "full": ("Full", "Of whoever came when no place was left."),
    },
    "Information": {
        "version": ("Version of the consent", "Whoever consented did so to this one."),
        "title": (
            "Title for participants",
            "In each language. Blank: the title of the study.",
        ),
        "duration_minutes": ("Minutes it takes", "As participants are told; progress is shown by it."),
        "pay": ("Pay", "What people get for it, in each language."),
        "ethics": ("Ethics approval", "Which board approved it, and under which number."),
        "controller": ("Data controller", "Who is responsible for the data."),
        "contact": ("Contact", "Whom to write to, by name and address."),
        "retention": ("How long data are kept", "In words, as participants read it."),
        "training_use": (
            "Ask whether answers may train AI systems",
            "A box of its own on the consent page, not ticked; people can take part without it.",
        ),
        "record_away": (
            "Ask whether leaving the page may be counted",
            "A box of its own; counts how long a person is away and how often they paste.",
        ),
    },
    "Asking": {
        "own_answer": (
            "Own answer first",
            "People solve the task before they see the output that they judge.",
        ),
        "revise": (
            "Own answer may be changed",
            "Beside the output. Needs own answer first.",
        ),
        "difficulty": ("Rating of the task first", "How hard the task is, before the output is shown."),
        "forecast": ("Forecast", "With an item: whether an AI system would get it right."),
        "confidence": ("Confidence", "How sure people are, from 0 to 100."),
    },
    "Presentation": {
        "format": ("Format", "Markdown with formulas, or the plain text. People can always switch to plain."),
        "trace": (
            "Traces",
            "The reasoning or tool calls that outputs bring: left out, or folded under the output.",
        ),
        "warning": ("Content warning", "Shown before consent and at every unit, in each language."),
    },
    "Skipping": {"allowed": ("Units may be skipped", "A skipped unit counts as done and costs nothing.")},
    "Repeats": {
        "share": ("Share of repeats", "From 0 to 0.5 of each person's units. 0: none."),
        "gap": ("Gap", "At least so many other units lie between the two times."),
    },
    "Condition": {
        "name": ("Name", "It stands in the data set."),
        "weight": ("Weight", "An arm of weight 2 gets twice as many people as one of weight 1."),
        "parameters": ("What it changes", "Left alone: as the study has it."),
    },
    "Checks": {
        "share": (
            "Share of checks",
            "Of each person's units, where there are check units. 0: none.",
        ),
    },
    "Exclusion": {
        "name": ("Rule", "Its name; it stands in the data set with every answer that it leaves out."),
        "parameters": ("Parameters", "One a line as name: value."),
    },
    "Analysis": {
        "method": ("Method of calibration", "How metric and difficulty are tied."),
        "free_ends": (
            "Ends of the curve found from the answers",
            "floor: some fail even the easiest; ceiling: some succeed even at the hardest, as by guessing."
            " None: the floor is 0, the ceiling what guessing leaves.",
        ),
        "difficulty_target": (
            "Difficulty is",
            "What people rated, or how often they failed. None: both, one beside the other.",
        ),
        "difficulty_from": (
            "Difficulty borrowed from",
            "The short name of a study on the same collection whose calibration gives the difficulty axis."
            " Blank: this study's own ratings, or else the rank of the metric.",
        ),
        "resamples": ("Resamples", "Of participants, for intervals. 2,000 is usual; 0 gives none."),
        "bins": ("Bins of difficulty", "Of equal numbers of units, from the easiest to the hardest."),
        "thresholds": (
            "Limits of the safe region",
            "Percentages of wrong answers that may pass, rising, separated by commas.",
        ),
        "rho_participant": (
            "Correlation within a person",
            "Used to plan how many people are needed, from 0 to 1.",
        ),
        "rho_output": ("Correlation within an output", "Used to plan as well, from 0 to 1."),
    },
    "Corrections": {
        "allowed": (
            "Answers may be corrected",
            "Going back to an answer shows what is stored; a correction stands beside it, nothing is lost.",
        ),
    },
    "Retention": {
        "identities_until": (
            "Delete identities on",
            "What ties people to their answers goes on this day, as 2031-12-31. Pay before. Blank: never.",
        ),
        "answers_until": (
            "Delete answers on",
            "Answers go on this day and releases can no longer be downloaded. Blank: never.",
        ),
    },
    **STEPS,
}

# Of values whose own name does not say enough.
VALUES: dict[str, str] = {
    "difficulty": "Rate items (S1)",
    "supervision": "Judge outputs (S2)",
    "both": "Both, mixed",
    "least_filled": "least filled first: the unit that has the fewest answers",
    "open": "open link: whoever has the address",
    "invitation": "invitation: one link a person",
    "prolific": "Prolific",
    "mturk": "Amazon Mechanical Turk",
    "sona": "SONA",
    "none": "none",
    "log10": "logarithm",
    "number": "as a number",
    "text": "as text",
    "likelihood": "maximum likelihood",
    "least_squares": "least squares on item means",
    "mixed": "mixed model (not served yet)",
    "isotonic": "monotone regression (not served yet)",
    "rated": "what people rated",
    "failure": "how often people failed",
    "difficulty_bin": "difficulty bin",
    "markdown": "Markdown",
    "plain": "plain text",
    "hidden": "left out",
    "folded": "folded under the output",
    "person": "once",
    "unit": "at every unit",
    "yes_no": "yes or no",
    "multiple": "several choices",
    "choice": "one choice",
    "scale": "scale",
    "trust": "trust in AI systems",
    "demographics": "about the person",
    "": "none",
}
# Where a value is called otherwise in one field.
VALUES_OF: dict[tuple[str, str], dict[str, str]] = {
    ("Domain", "metric_transform"): {"none": "as it is"},
    ("Domain", "grader"): {"none": "not marked"},
    ("Question", "kind"): {"text": "free text", "number": "number"},
}


def explain(model: type[BaseModel], name: str) -> Explained | None:
    """None where nobody explains the setting."""
    field = model.model_fields[name]
    label, text = TABLE.get(model.__name__, {}).get(name, ("", ""))
    label, text = field.title or label, field.description or text
    return Explained(label, text) if label and text else None


def words_of(model: type[BaseModel], name: str, value: str) -> str:
    return VALUES_OF.get((model.__name__, name), {}).get(value) or VALUES.get(value) or value
