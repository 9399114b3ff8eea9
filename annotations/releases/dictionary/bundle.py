"""The columns of the tables that a study is loaded from."""

from __future__ import annotations

from dataclasses import replace

from annotations.releases.dictionary.entry import (
    Entry,
    TableEntry,
    flag,
    key,
    milliseconds,
    number,
    points,
    text,
    whole,
)

GRADES = "correct, avoidant, incorrect"
VERDICTS = f"{GRADES}, unsure"
AVOIDANCE = "nonconforming, epistemic, ethical"
NOT_GIVEN = "blank: not given"
NOT_ASKED = "blank: not asked, or not answered"
NOT_MEASURED = "blank: not measured"


def metric(name: str) -> Entry:
    """A further candidate metric of the items."""
    return number(f"Further candidate for the metric of difficulty: {name}", blank="blank: the item has none")


def brought(name: str) -> Entry:
    """A column that the platform does not know and keeps as it came."""
    return text(f"Came with the bundle as the column {name}; kept as text, not used", blank=NOT_GIVEN)


ITEMS = TableEntry(
    "the tasks: prompt, reference answers, values of the metric",
    {
        "item_id": key("Name of the item, unique in its collection"),
        "domain": text("Family of items that share one difficulty metric", "a domain of definition.json"),
        "prompt": text("The task as people saw it"),
        "reference": text(
            "What counts as the right answer; several as a JSON list", blank="blank: no reference answer"
        ),
        "metric": number(
            "Intrinsic difficulty of the item, computable without people", "as the domain's metric says",
            blank="blank: the item has none",
        ),
        "check": text(
            "Of a check item, which is never scored: the response that passes",
            blank="blank: the item is no check",
        ),
        "image": replace(
            text("Picture that is shown with the prompt", "a file of images/", blank="blank: none"),
            optional=True,
        ),
        "image_alt": replace(
            text("What the picture shows, in words, for who cannot see it", "up to 2,000 characters",
                 blank="blank: no picture"),
            optional=True,
        ),
    },
)  # fmt: skip
SYSTEMS = TableEntry(
    "the models whose outputs were judged",
    {
        "system": key("Name of the system, unique in its collection"),
        "family": key("Family of models that it belongs to", blank=NOT_GIVEN),
        "parameters": number("Size of the model", "parameters", "above 0", blank=NOT_GIVEN),
        "flop": number("Compute spent on its training", "FLOP", "above 0", blank=NOT_GIVEN),
        "shaping": text("Whether it was shaped up by human feedback or instructions", "raw, shaped",
                        blank=NOT_GIVEN),
        "licence": text("Licence of its outputs", blank=NOT_GIVEN),
    },
)  # fmt: skip
TEMPLATES = TableEntry(
    "the phrasings of prompts, and how often people write them",
    {
        "template": key("Name of the template, unique in its collection"),
        "domain": text("Domain that it is for", blank="blank: for every domain"),
        "text": text("The phrasing, as the bundle gives it", blank=NOT_GIVEN),
        "weight": number("How often people write it, relative to the others", allowed="0 or more",
                         blank=NOT_GIVEN),
    },
)  # fmt: skip
OUTPUTS = TableEntry(
    "the replies of the systems, each with its first grade",
    {
        "output_id": key("Name of the output, unique in its collection"),
        "item_id": key("Item that it replies to"),
        "system": key("System that wrote it"),
        "template": key("Template under which it was asked", blank=NOT_GIVEN),
        "text": text("The reply as people saw it", blank="blank: the system replied nothing"),
        "trace": text("Reasoning or tool calls that came with it", blank=NOT_GIVEN),
        "grade": text("What the output truly is, by its first grading", GRADES, blank="blank: not graded"),
        "avoidance_kind": text("How an avoidant output avoids", AVOIDANCE,
                               blank="blank: not avoidant, or not told apart"),
        "grader": text("Who or what graded it", blank=NOT_GIVEN),
        "severity": number("How bad it would be to accept it", blank=NOT_GIVEN),
        "check": text("Of a check output, which is never scored: the verdict that passes", VERDICTS,
                      blank="blank: the output is no check"),
    },
)  # fmt: skip
GRADES_TABLE = TableEntry(
    "later gradings; of each output the one with the highest revision counts",
    {
        "output_id": key("Output that was graded again"),
        "grade": text("What the output truly is, by this grading", GRADES),
        "grader": text("Who or what graded it", blank=NOT_GIVEN),
        "revision": whole("Number of the grading; the first stands in outputs", "2 or more"),
        "avoidance_kind": text("How an avoidant output avoids", AVOIDANCE,
                               blank="blank: not avoidant, or not told apart"),
    },
)  # fmt: skip
PARTICIPANTS = TableEntry(
    "who answered, under pseudonyms of this release",
    {
        "participant_id": key("Pseudonym; nothing that identifies the person is in the release"),
        "kind": text("What answered: a person, a machine supervisor, a simulation", "human, ai, simulated"),
        "group": key("Group of participants that it belongs to", blank="blank: in no group"),
        "training_use": text(
            "Whether the participant agreed that the answers may train AI systems",
            "0, 1",
            blank="blank: not asked",
            optional=True,
        ),
    },
    people=True,
)
RESPONSES = TableEntry(
    "every answer; a correction names the row it supersedes, counted from 1",
    {
        "participant_id": key("Who answered"),
        "item_id": key("Item that was answered, or to which the judged output replies"),
        "output_id": key("Output that was judged", blank="blank: an item was answered, no output judged"),
        "batch": text("Batch in which it was collected", "a batch of definition.json",
                      blank="blank: collected elsewhere"),
        "condition": text("Between-person arm", "a condition of definition.json", blank="blank: in none"),
        "answer": text("The participant's own answer to the item", blank=NOT_ASKED),
        "dont_know": flag("Whether the participant said not to know: counted as a failure", blank=NOT_ASKED),
        "answer_correct": flag("Whether the own answer is right, as marked by the domain's grader",
                               blank="blank: not marked, or no answer"),
        "initial_answer": text("The first answer, where it was changed before it was sent", blank=NOT_ASKED),
        "difficulty": points("Rated difficulty: of 100 people, how many would fail", blank=NOT_ASKED),
        "verdict": text("What the participant says the output is", VERDICTS,
                        blank="blank: an item was answered"),
        "confidence": points("How confident the participant is in the answer or verdict", blank=NOT_ASKED),
        "position": whole("Place of the unit in the participant's order", blank="blank: not known"),
        "started_ms": milliseconds("When the unit was shown, since the enrolment", blank=NOT_MEASURED),
        "duration_ms": milliseconds("Time from showing the unit to the answer", blank=NOT_MEASURED),
        "active_ms": milliseconds("Of that, time with activity on the page", blank=NOT_MEASURED),
        "idle_ms": milliseconds("Of that, time without activity", blank=NOT_MEASURED),
        "away_ms": milliseconds("Of that, time with the page out of sight", blank=NOT_MEASURED),
        "changes": whole("How often the answer was changed before it was sent", unit="count",
                         blank=NOT_MEASURED),
        "repeat": flag("Whether the unit was shown to the participant again; repeats are not scored"),
        "is_check": flag("Whether the unit is a check, whose right response is known; never scored"),
        "surplus": flag("Whether the answer came too late to be counted: kept, not scored"),
        "supersedes": whole("Row of this table, counted from 1, that this answer corrects",
                            "an earlier row of the participant", blank="blank: no correction"),
        "probability": number("Probability with which the unit was chosen for the participant", "probability",
                              "above 0, up to 1", blank="blank: not logged"),
        "excluded": flag("Whether a recorded decision leaves the answer out of analysis"),
        "exclusion_reason": text("Why it is excluded", blank="blank: not excluded, or no reason given"),
        "definition_hash": text("Hash of the version of the study under which it was given",
                                "64 hexadecimal digits"),
        "drawing_probability": text(
            "Probability with which the batch drew the unit from its stratum", "above 0, up to 1",
            blank="blank: all of the stratum was taken", optional=True,
        ),
        "forecast": text("Whether the participant thinks an AI system would get the item right", "yes, no",
                         blank=NOT_ASKED, optional=True),
        "pastes": text("How often the participant pasted text into the page", "a whole number",
                       blank="blank: not measured, or not agreed to", optional=True),
    },
    people=True,
)  # fmt: skip

TABLES = {
    "items": ITEMS,
    "systems": SYSTEMS,
    "templates": TEMPLATES,
    "outputs": OUTPUTS,
    "grades": GRADES_TABLE,
    "participants": PARTICIPANTS,
    "responses": RESPONSES,
}
