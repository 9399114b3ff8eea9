"""Why a definition cannot open on a study's rows: what is not served, and what cannot be together.

A reason says what to do, and of which setting it speaks. Each function knows one kind; they read the
definition as it is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import ValidationError

from annotations.catalogue.bundle.tables import TABLES
from annotations.catalogue.models import Item, Output
from annotations.core.problems import listing, near_miss
from annotations.core.reasons import Reason
from annotations.studies.batchobstacles import in_stops
from annotations.studies.definition import ARMS, as_served
from annotations.studies.models import RetentionDate, Study
from annotations.studies.retention import today

Definition = dict[str, Any]


def find_obstacles(study: Study, definition: dict[str, Any], loads: list[int]) -> list[str]:
    """Reasons in words, none if nothing stands in the way; `loads` are those that the study's rows are in."""
    served = as_served(definition)
    return [
        *_in_batches(served),
        *in_stops(study, served),
        *_in_unit_steps(served),
        *_in_questions(served),
        *_in_asking(served),
        *_in_conditions(served),
        *_in_rows(study, served, loads),
        *_in_practice(study, served, loads),
        *_in_retention(study, served),
    ]


def _in_batches(definition: Definition) -> Iterator[str]:
    if not definition["batches"]:
        why = "It has no batch: add one to `batches` with places and units."
        yield Reason(why, "batches", unfinished=True)
    repeats = definition["repeats"]
    for place, batch in enumerate(definition["batches"]):
        fewest = repeats["gap"] + 2
        if repeats["share"] and batch["units_per_participant"] < fewest:
            yield Reason(
                f"Nobody would meet a unit again in the batch {batch['name']!r}: with a gap of"
                f" {repeats['gap']}, `units_per_participant` must be {fewest} or more.",
                f"batches.{place}.units_per_participant",
                unfinished=True,
            )


def batch_obstacles(study: Study, definition: dict[str, Any], batch: dict[str, Any]) -> list[str]:
    """The same of a batch that is to be added to what the definition has."""
    try:
        served = as_served({**definition, "batches": [batch]})
    except ValidationError as error:
        return [f"{one['msg'].removeprefix('Value error, ')}." for one in error.errors(include_url=False)]
    return [
        *_in_batches(served),
        *in_stops(study, served),
        *_in_unit_steps(served),
        *_in_conditions(served),
    ]


def _in_unit_steps(definition: Definition) -> Iterator[str]:
    steps = [step for step in definition["steps"] if step["kind"] == "units"]
    open_ended = [step["name"] for step in steps[:-1] if step["count"] is None]
    if open_ended:
        yield Reason(
            f"Only the last step of kind units may be without `count`: give one to {listing(open_ended)},"
            " else nothing is left for the steps after.",
            "steps",
            unfinished=True,
        )
    counted = sum(step["count"] or 0 for step in steps)
    least = counted + (steps[-1]["count"] is None and len(steps) > 1)
    for batch in definition["batches"]:
        if least > batch["units_per_participant"]:
            yield Reason(
                f"The steps of kind units ask for {least} units or more, but the batch {batch['name']!r}"
                f" gives {batch['units_per_participant']} to one person: lower `count` or raise"
                " `units_per_participant`.",
                "steps",
                unfinished=True,
            )


def _in_questions(definition: Definition) -> Iterator[str]:
    once = [question["name"] for question in definition["questions"] if question["per"] == "person"]
    asked: set[str] = set()
    for step in definition["steps"]:
        if step["kind"] == "questionnaire":
            named = step["questions"] or ([] if step["preset"] else once)
            asked.update(named)
            if not named and not step["preset"]:
                why = f"The step {step['name']!r} has nothing to ask: name `questions`, or a `preset`."
                yield Reason(why, "steps", unfinished=True)
    each = {question["name"] for question in definition["questions"] if question["per"] == "unit"}
    if taken := each & set(TABLES["responses"].columns):
        why = f"A table of answers has columns named {listing(taken)} already: give questions other names."
        yield Reason(why, "questions")
    if missing := set(once) - asked:
        why = f"No step asks {listing(missing)}: add a step of kind questionnaire."
        yield Reason(why, "steps", unfinished=True)


def _in_asking(definition: Definition) -> Iterator[str]:
    asking, protocol = definition["asking"], definition["protocol"]
    if asking["revise"] and not asking["own_answer"]:
        why = "`asking.revise` lets people change their own answer: it needs `asking.own_answer`."
        yield Reason(why, "asking.revise")
    if protocol == "difficulty":
        for name in ("own_answer", "revise", "difficulty"):
            if asking[name]:
                why = f"`asking.{name}` concerns outputs, and this study shows none: remove it."
                yield Reason(why, f"asking.{name}")
        if definition["presentation"]["trace"] != "hidden":
            why = "`presentation.trace` concerns outputs, and this study shows none: remove it."
            yield Reason(why, "presentation.trace")
    if protocol == "supervision" and asking["forecast"]:
        why = "`asking.forecast` is asked with an item, and this study asks for no items: remove it."
        yield Reason(why, "asking.forecast")


def _in_conditions(definition: Definition) -> Iterator[str]:
    for place, condition in enumerate(definition["conditions"]):
        for why in _in_condition(definition, condition):
            yield Reason(why, f"conditions.{place}")


def _in_condition(definition: Definition, condition: dict[str, Any]) -> Iterator[str]:
    arm, where = condition["parameters"], f"The condition {condition['name']!r}"
    for name, value in arm.items():
        if name not in ARMS:
            meant = near_miss(name, ARMS)
            yield f"{where} sets {name!r}, which is none of {listing(ARMS)}{meant or '.'}"
        elif reason := _wrong_kind(name, value):
            yield f"{where}: {reason}."
    known = sorted(set(arm) & set(ARMS))
    if definition["protocol"] == "difficulty" and known:
        yield f"{where} sets {listing(known)}, but this study shows no outputs: remove it."
    if arm.get("told") is True and arm.get("incorrect_share") is None:
        yield f"{where} tells people a share of incorrect outputs: it needs `incorrect_share`."
    if arm.get("incorrect_share") is not None:
        for batch in definition["batches"]:
            if "grade" not in batch["strata"]:
                yield (
                    f"{where} sets `incorrect_share`, so the batch {batch['name']!r} needs `grade` among"
                    " its `strata`."
                )


def _wrong_kind(name: str, value: Any) -> str:
    if ARMS[name] is bool:
        return "" if isinstance(value, bool) else f"`{name}` must be true or false"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if number and 0 <= value <= 1 else f"`{name}` must be a number from 0 to 1"


def _in_rows(study: Study, definition: Definition, loads: list[int]) -> Iterator[str]:
    """Arms that would differ in what no output brings."""
    arms = [condition["parameters"] for condition in definition["conditions"]]
    outputs = Output.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
    critiques = outputs.filter(meta__has_key="critique").exclude(meta__critique="")
    if any(arm.get("critique") is True for arm in arms) and not critiques.exists():
        why = "A condition shows critiques, but no output brings one: add a column `critique` to outputs."
        yield Reason(why, "conditions", unfinished=True)
    if any(arm.get("trace") is True for arm in arms) and not outputs.exclude(trace="").exists():
        why = "A condition shows traces, but no output brings one: add a column `trace` to outputs."
        yield Reason(why, "conditions", unfinished=True)


def _in_practice(study: Study, definition: Definition, loads: list[int]) -> Iterator[str]:
    for place, step in enumerate(definition["steps"]):
        if step["kind"] == "practice":
            for why in _in_practice_step(study, definition, loads, step):
                yield Reason(why, f"steps.{place}", unfinished=True)


def _in_practice_step(
    study: Study, definition: Definition, loads: list[int], step: dict[str, Any]
) -> Iterator[str]:
    tables: dict[str, Any] = {"items": Item, "outputs": Output}
    for table, model in tables.items():
        if not (wanted := set(step[table])):
            continue
        where = f"The step {step['name']!r} practises with {table}"
        if table == "outputs" and definition["protocol"] == "difficulty":
            yield f"{where}, and this study shows none: use items."
            continue
        rows = model.objects.filter(collection=study.collection_id, load__in=loads, key__in=wanted)
        known = dict(rows.values_list("key", "check_answer"))
        if unknown := wanted - set(known):
            yield f"{where} that are not there: {listing(unknown)}."
        if scored := [key for key, expected in known.items() if not expected]:
            yield (
                f"{where} that have no known answer: {listing(scored)}. Practice shows what is right,"
                " so give them a `check`."
            )


def _in_retention(study: Study, definition: Definition) -> Iterator[str]:
    """A day that a version has promised already may have come when another thing is amended."""
    promised: dict[str, Any] = {}
    if study.version is not None:
        promised = as_served(study.version.definition)["retention"]
    for what in RetentionDate.WHAT:
        day = definition["retention"][what]
        if day and day != promised.get(what) and date.fromisoformat(day) <= today():
            why = f"`retention.{what}` is {day}, which is not to come any more: choose a later day."
            yield Reason(why, f"retention.{what}")
