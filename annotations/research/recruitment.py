"""What a researcher sets up where people are recruited: the address to paste there, and the codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from annotations.people.enrolling import completion_code
from annotations.people.models import Enrolment
from annotations.people.outcomes import OUTCOMES, outcome_code
from annotations.studies.models import Batch, Study

BATCHES_SHOWN = 20

MEANINGS = {
    "completed": "Did every unit. The place is used up.",
    "screened_out": "Gave an answer about themselves that the study does not look for.",
    "failed_checks": "Did not pass the questions about the instructions, or the practice.",
    "no_consent": "Read what the study is about and did not agree. Nothing was stored.",
    "full": "Came when there was no place or no task left.",
}


@dataclass(frozen=True)
class Guide:
    """How one kind of recruitment is set up: what follows the study's join address, and what to do there."""

    name: str
    entry: str = ""
    steps: tuple[str, ...] = ()
    # What to choose there for each code; blank where it takes no codes.
    actions: Mapping[str, str] = field(default_factory=dict)


GUIDES = {
    "open": Guide(
        "an open link",
        steps=("Send the address to whom you like. Whoever has it can take part, and nobody is known.",),
    ),
    "invitation": Guide(
        "invitations",
        steps=(
            "Make invitations below and send one to each person. Each link lets one person in, once.",
            "Nobody comes in by the bare address.",
        ),
    ),
    "prolific": Guide(
        "Prolific",
        entry="?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
        steps=(
            "Paste the address as the link of your study, as it stands: Prolific fills in what is in braces.",
            "Choose that participants are sent back by a link with a code, and enter the codes below, each"
            " with its action.",
        ),
        actions={
            "completed": "Review by hand, then use the lists below.",
            "screened_out": "Screen out with its fixed payment if the study has one, else ask for a return.",
            "failed_checks": "Ask for a return. Prolific allows no rejection for this.",
            "no_consent": "Ask for a return.",
            "full": "Ask for a return, and think of a bonus for the way here.",
        },
    ),
    "mturk": Guide(
        "Mechanical Turk",
        entry="frame/",
        steps=(
            "Make a HIT whose question is an ExternalQuestion with this address as its ExternalURL.",
            "Mechanical Turk shows it in a frame. Workers open the study from there in a tab of its own, and"
            " bring the code back to the frame.",
        ),
        actions={
            "completed": "Approve, by the lists below.",
            "screened_out": "Approve whoever hands it in: they did what was asked of them.",
            "failed_checks": "Approve whoever hands it in, or ask them to return the HIT.",
            "no_consent": "The page asks for nothing more: such HITs are returned.",
            "full": "Approve whoever hands it in: they came in good faith.",
        },
    ),
    "sona": Guide(
        "SONA",
        entry="?id=%SURVEY_CODE%",
        steps=(
            "Paste the address as the study URL, as it stands: SONA fills in the survey code.",
            "Credit is granted by SONA's own address, which the last page opens. People need no code.",
        ),
    ),
}


@dataclass(frozen=True)
class Code:
    code: str
    outcome: str
    meaning: str
    action: str


def provider_of(study: Study) -> str:
    return str(study.definition["recruitment"]["provider"])


def guide_of(study: Study) -> Guide:
    return GUIDES[provider_of(study)]


def codes_of(study: Study) -> list[Code]:
    """The codes that tell the provider how it ended; none where it takes none."""
    given: Mapping[str, str] = study.definition["recruitment"].get("codes", {})
    actions = guide_of(study).actions
    return [
        Code(
            outcome_code(study, outcome),
            outcome.replace("_", " "),
            MEANINGS[outcome],
            actions.get(outcome, "None: it is only shown."),
        )
        for outcome in OUTCOMES
        if actions or given.get(outcome)
    ]


def batch_codes(study: Study) -> list[tuple[str, str]]:
    """Where nobody waits for a code: what people of each batch are shown at the end. One query."""
    if guide_of(study).actions or study.definition["recruitment"].get("codes", {}).get("completed"):
        return []
    batches = Batch.objects.filter(study=study).exclude(state=Batch.PREPARING).order_by("position")
    return [
        (name, completion_code(Enrolment(batch_id=pk)))
        for pk, name in batches.values_list("pk", "name")[:BATCHES_SHOWN]
    ]
