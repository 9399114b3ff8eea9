"""Pages of the passage itself: its steps, and units among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.allocation.models import Assignment
from annotations.core import tokens
from annotations.participation import steps
from annotations.participation.display import question_context, task_context
from annotations.participation.flow import EXIT, UNITS, Standing
from annotations.participation.pages.contexts import PLAIN, Errors, base_context, departure_of
from annotations.participation.passage import Passage, RealPassage
from annotations.people.enrolling import completion_code
from annotations.responses.answers import asked_of, part_of

TEXTS = ("prompt", "output", "trace", "critique")


def step_page(
    request: HttpRequest,
    passage: Passage,
    standing: Standing,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    sent_before: bool = False,
) -> HttpResponse:
    """The page of whichever step the person stands at.

    `sent_before`: it says that what was sent just now differs from what is stored, and was not taken.
    """
    if standing.assignment is not None:
        return unit_page(
            request, passage, standing.assignment, data=data, errors=errors, sent_before=sent_before
        )
    spec = passage.spec
    step = steps.get(spec["kind"])
    context = base_context(request, passage, spec["kind"])
    context["spec"] = spec
    context |= step.context(passage, spec, data or {}, errors or {})
    context["errors"] = errors or {}
    if spec["kind"] == EXIT and passage.preview:
        context["completion_code"] = "PREVIEW"
    elif spec["kind"] == EXIT and isinstance(passage, RealPassage):
        context["departure"] = departure_of(passage.enrolment, "completed")
        context["completion_code"] = context["departure"].code or completion_code(passage.enrolment)
    context["again"] = sent_before
    return render(request, step.template, context, status=_status(errors, sent_before))


def unit_page(
    request: HttpRequest,
    passage: Passage,
    assignment: Assignment,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    sent_before: bool = False,
) -> HttpResponse:
    context = _unit_context(request, passage, assignment, data or {}, errors or {})
    context["again"] = sent_before
    return render(request, "participation/unit.html", context, status=_status(errors, sent_before))


def stored_page(
    request: HttpRequest, passage: RealPassage, assignment: Assignment, stored: Mapping[str, Any]
) -> HttpResponse:
    """Another answer under the same key: what is stored, and a form to correct it where allowed."""
    context = _unit_context(request, passage, assignment, stored, {})
    context |= {
        "step": "stored",
        "stored": stored,
        "may_correct": passage.definition["corrections"]["allowed"] and not passage.enrolment.may_be_told,
    }
    return render(request, "participation/stored.html", context, status=409)


def _unit_context(
    request: HttpRequest,
    passage: Passage,
    assignment: Assignment,
    data: Mapping[str, Any],
    errors: Errors,
) -> dict[str, Any]:
    context = base_context(request, passage, UNITS)
    output, item = assignment.unit.output, assignment.item
    part = part_of(passage.definition, assignment)
    asked = asked_of(passage.definition, judges_output=output is not None, part=part)
    plain = request.GET.get("view", request.COOKIES.get(PLAIN, "")) == PLAIN
    context |= task_context(passage, item, output, plain=plain, first_part=part == 1)
    first = assignment.first or {}
    context |= question_context(passage, asked, data or (first if asked.own_answer else {}), errors)
    context |= {
        "part": part,
        "first": first,
        "unit_key": tokens.hashed(assignment.submission_key)[:16],
        "submission_key": assignment.submission_key,
        "number": min(passage.done + 1, passage.wanted),
        "may_skip": passage.definition["skipping"]["allowed"],
        "record_away": isinstance(passage, RealPassage)
        and bool(passage.enrolment.consents.get("record_away")),
    }
    texts = [context[name] for name in TEXTS if name in context]
    formatted = passage.definition["presentation"]["format"] != PLAIN
    if (plain and formatted) or not all(one.plain for one in texts):
        context["plain_address"] = f"?view={'rich' if plain else PLAIN}"
    context["image_address"] = passage.image_address(item, assignment)
    return context


def _status(errors: Errors | None, sent_before: bool) -> int:
    return 422 if errors else 409 if sent_before else 200
