"""What participants are told, asked and shown beyond the protocol's bare questions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from annotations.studies.definition.values import Parameters, Part, Slug, Texts, printable

CompletionCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$", max_length=40)]


class Information(Part):
    """Facts that stand on the consent page, each where it is given, and consents asked for apart."""

    # Of the consent text; whoever consented did so to this one.
    version: Annotated[str, StringConstraints(max_length=40), AfterValidator(printable)] = "1"
    # What the study is called on participants' pages, where its title would not do in every language.
    title: Texts = {}
    duration_minutes: float | None = Field(default=None, gt=0, le=10_000)
    pay: Texts = {}
    ethics: Texts = {}
    controller: Texts = {}
    contact: Texts = {}
    retention: Texts = {}
    # Separate boxes, both unticked: that answers may train models; that leaving the page and pasting count.
    training_use: bool = False
    record_away: bool = False


class Asking(Part):
    # With an output: the person's own answer before it is shown; whether it may be changed beside it;
    # a rating of the task before it is shown.
    own_answer: bool = False
    revise: bool = False
    difficulty: bool = False
    # With an item: whether an AI system would get it right.
    forecast: bool = False
    confidence: bool = True


class Presentation(Part):
    # Of prompts and outputs. People can always switch to the plain text.
    format: Literal["markdown", "plain"] = "markdown"
    trace: Literal["hidden", "folded"] = "hidden"
    # Shown before consent and at every unit.
    warning: Texts = {}


class Skipping(Part):
    """Whether a unit may be passed over; it counts as done and costs nothing."""

    allowed: bool = False


class Repeats(Part):
    """Units shown to the same person again, unannounced, to measure how steady answers are."""

    share: float = Field(default=0.0, ge=0, le=0.5)
    # At least so many other units lie between the two times.
    gap: int = Field(default=5, ge=1, le=1_000)


class Codes(Part):
    """Completion codes that the provider was told, by outcome. Blank: one of the platform's own."""

    completed: CompletionCode = ""
    screened_out: CompletionCode = ""
    failed_checks: CompletionCode = ""
    no_consent: CompletionCode = ""
    full: CompletionCode = ""


class Recruitment(Part):
    provider: Literal["open", "invitation", "prolific", "mturk", "sona"] = "open"
    codes: Codes = Codes()
    # Of the provider: its own file says which.
    settings: Parameters = {}


# What the arms of a study may differ in, with the kinds of their values. `told` needs `incorrect_share`.
ARMS: dict[str, type] = {"trace": bool, "critique": bool, "incorrect_share": float, "told": bool}


class Condition(Part):
    """One between-person arm."""

    name: Slug
    weight: float = Field(default=1.0, gt=0, le=1_000_000)
    parameters: Parameters = {}
