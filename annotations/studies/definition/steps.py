"""Steps of a participant's way through a study, and questions beyond the protocol's own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from annotations.studies.definition.values import Label, Part, Slug, Texts

# What the protocols themselves ask; no question of a study may take these names.
RESERVED = frozenset({
    "answer", "dont_know", "difficulty", "verdict", "confidence", "consent", "submission_key", "next",
    "step", "part", "skip", "forecast", "pastes", "active_ms", "idle_ms", "away_ms", "changes", "language",
    "training_use", "record_away", "csrfmiddlewaretoken", "attempt", "number", "passed", "back",
    # A field of such a name would hide what the page's script asks of the form itself.
    "action", "elements", "contains", "hasAttribute", "getAttribute", "requestSubmit", "addEventListener",
    "querySelector", "querySelectorAll", "submit", "reset", "method", "target", "dataset", "id", "name",
})  # fmt: skip


class Option(Part):
    value: Label
    text: Texts = {}


class Question(Part):
    name: Slug
    kind: Literal["text", "number", "choice", "multiple", "scale", "yes_no"] = "text"
    text: Texts = Field(min_length=1)
    options: list[Option] = Field(default=[], max_length=100)
    low: float | None = None
    high: float | None = None
    # Of a scale: what its ends mean.
    low_end: Texts = {}
    high_end: Texts = {}
    # Where not, "I prefer not to say" is one of the answers.
    required: bool = True
    # Asked once in a questionnaire, or again at every unit.
    per: Literal["person", "unit"] = "person"

    @model_validator(mode="after")
    def check_answers(self) -> Question:
        if self.name in RESERVED:
            raise ValueError(f'the name "{self.name}" is taken by the platform')
        values = [option.value for option in self.options]
        if self.kind in ("choice", "multiple"):
            if len(values) < 2:
                raise ValueError(f"a question of kind {self.kind} needs two options or more")
        elif values:
            raise ValueError(f"a question of kind {self.kind} has no options")
        if len(set(values)) != len(values):
            raise ValueError("two options have the same value")
        if self.kind == "scale" and (self.low is None or self.high is None):
            raise ValueError("a question of kind scale needs low and high")
        if self.kind != "scale" and (self.low_end or self.high_end):
            raise ValueError(f"a question of kind {self.kind} has no ends to name")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low must be less than high")
        return self


class KeyedQuestion(Part):
    """A question with a right answer: it decides whether one may go on and is never scored."""

    name: Slug
    text: Texts = Field(min_length=1)
    options: list[Option] = Field(min_length=2, max_length=100)
    right: list[Label] = Field(min_length=1, max_length=100)
    # Whether all right answers have to be chosen; else one of them will do.
    all: bool = False

    @model_validator(mode="after")
    def check_key(self) -> KeyedQuestion:
        if self.name in RESERVED:
            raise ValueError(f'the name "{self.name}" is taken by the platform')
        values = [option.value for option in self.options]
        if len(set(values)) != len(values):
            raise ValueError("two options have the same value")
        for value in self.right:
            if value not in values:
                raise ValueError(f'right names "{value}", which is none of the options')
        return self


class Consent(Part):
    kind: Literal["consent"]
    name: Slug = "consent"


class Eligibility(Part):
    kind: Literal["eligibility"]
    name: Slug = "eligibility"
    questions: list[KeyedQuestion] = Field(min_length=1, max_length=50)


class Instructions(Part):
    kind: Literal["instructions"]
    name: Slug = "instructions"
    # Instead of the study's own instructions, for a second such step.
    text: Texts = {}


class Practice(Part):
    kind: Literal["practice"]
    name: Slug = "practice"
    items: list[Label] = Field(default=[], max_length=100)
    outputs: list[Label] = Field(default=[], max_length=100)
    feedback: bool = True
    # How many of them have to be answered as expected, and in how many rounds; null: any answer will do.
    pass_at: int | None = Field(default=None, ge=1, le=200)
    attempts: int = Field(default=2, ge=1, le=10)

    @model_validator(mode="after")
    def check_units(self) -> Practice:
        if not self.items and not self.outputs:
            raise ValueError("a practice step needs items or outputs")
        if self.pass_at is not None and self.pass_at > len(self.items) + len(self.outputs):
            raise ValueError("pass_at asks for more than the step has")
        return self


class Comprehension(Part):
    kind: Literal["comprehension"]
    name: Slug = "comprehension"
    questions: list[KeyedQuestion] = Field(min_length=1, max_length=50)
    attempts: int = Field(default=2, ge=1, le=10)


class Units(Part):
    kind: Literal["units"]
    name: Slug = "units"
    # Units of this step; null: all that the batch gives to one person and no other step takes.
    count: int | None = Field(default=None, ge=1, le=1_000)


class Break(Part):
    kind: Literal["break"]
    name: Slug = "break"
    text: Texts = {}


# Names of the questions that the presets ask.
PRESETS: dict[str, frozenset[str]] = {
    "trust": frozenset({"trust_correct", "trust_rely", "trust_notice"}),
    "demographics": frozenset({"age_group", "gender", "education", "ai_use"}),
}


class Questionnaire(Part):
    kind: Literal["questionnaire"]
    name: Slug = "questionnaire"
    # Questions that the platform brings in every language; their answers are kept apart from the data set.
    preset: Literal["", "trust", "demographics"] = ""
    # Names of questions; none named and no preset: all that are asked once.
    questions: list[Slug] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def check_names(self) -> Questionnaire:
        for name in self.questions:
            if name in PRESETS.get(self.preset, ()):
                raise ValueError(f'the preset "{self.preset}" asks a question "{name}" of its own')
        return self


class Honesty(Part):
    kind: Literal["honesty"]
    name: Slug = "honesty"
    text: Texts = {}


class Debrief(Part):
    kind: Literal["debrief"]
    name: Slug = "debrief"
    # Shows, after the last answer, which of the judged outputs were wrong.
    reveal: bool = False


class Feedback(Part):
    kind: Literal["feedback"]
    name: Slug = "feedback"
    text: Texts = {}


class Exit(Part):
    kind: Literal["exit"]
    name: Slug = "exit"
    text: Texts = {}


Step = Annotated[
    Consent
    | Eligibility
    | Instructions
    | Practice
    | Comprehension
    | Units
    | Break
    | Questionnaire
    | Honesty
    | Debrief
    | Feedback
    | Exit,
    Field(discriminator="kind"),
]


def usual_steps(questions: list[Question]) -> list[Step]:
    """What a study goes through that spells no steps out."""
    asked_once = any(question.per == "person" for question in questions)
    return [
        Consent(kind="consent"),
        Instructions(kind="instructions"),
        Units(kind="units"),
        *([Questionnaire(kind="questionnaire")] if asked_once else []),
        Debrief(kind="debrief"),
        Exit(kind="exit"),
    ]


def check_order(steps: list[Step]) -> None:
    kinds = [step.kind for step in steps]
    for kind in ("consent", "exit"):
        if kinds.count(kind) != 1:
            raise ValueError(f"there must be one step of kind {kind}, here are {kinds.count(kind)}")
    if "units" not in kinds:
        raise ValueError("there must be a step of kind units")
    if kinds[-1] != "exit":
        raise ValueError("the last step must be of kind exit")
    if set(kinds[: kinds.index("consent")]) - {"eligibility"}:
        raise ValueError("only a step of kind eligibility may come before consent")
    last_unit = len(kinds) - 1 - kinds[::-1].index("units")
    if "debrief" in kinds[:last_unit]:
        raise ValueError("a step of kind debrief must come after the last step of kind units")
