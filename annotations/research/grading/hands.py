"""Grading by hand: rounds are begun, outputs graded one at a time, blind, and rounds closed."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.catalogue.autograding.choosing import STANDINGS, UNGRADED
from annotations.catalogue.bundle.tables import AVOIDANCE_KINDS
from annotations.catalogue.handgrading.giving import give_grade
from annotations.catalogue.handgrading.models import HandPlace, HandRound
from annotations.catalogue.handgrading.places import held_place, new_place
from annotations.catalogue.handgrading.reading import (
    graded_by,
    progress_of,
    rounds_of,
    settled,
    with_notes,
    with_progress,
)
from annotations.catalogue.handgrading.rounds import close_round
from annotations.catalogue.models import Image
from annotations.core.errors import NotFound, Refusal
from annotations.research.gates import act, page, user_of
from annotations.research.grading.handed import own_progress, place_context
from annotations.research.grading.pages import access_graded
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT
from annotations.studies.handrounds import LARGEST_SEED, want_round
from annotations.studies.models import Member, Study

WHOLE = re.compile(r"[0-9]{1,9}")
SEED = re.compile(r"[0-9]{1,15}")
TASKS_A_PAGE = 50
CHOICES = (
    ("correct", "Correct", "It answers the task, and rightly."),
    ("avoidant", "Avoidant", "It does not answer: it refuses, evades or talks of something else."),
    ("incorrect", "Incorrect", "It answers the task, but wrongly."),
)


@page
def hand(request: HttpRequest, slug: str) -> HttpResponse:
    """The next output for whoever asks, from the oldest round that has one."""
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    context = study_context(request, study, "grading") | {"choices": CHOICES, "kinds_known": AVOIDANCE_KINDS}
    of: dict[str, Any] = {"collection": study.collection_id, "subject": study.slug, "user": user}
    place = held_place(**of)
    if place is None:
        owns = user.is_admin or study.members.filter(user=user, role=Member.OWNER).exists()
        place = new_place(**of, may_break_own=owns)
    if place is not None:
        context |= place_context(study, place) | own_progress(place)
    return render(request, "research/grading/hand.html", context)


@act(then="grading-hand")
def give(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    give_grade(
        subject=study.slug,
        key=_key(request.POST.get("key", "")),
        user=user,
        grade=request.POST.get("grade", ""),
        kind=request.POST.get("kind", ""),
        note=request.POST.get("note", "").replace("\0", ""),
    )


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


@act(then="grading")
def begin(request: HttpRequest, slug: str) -> None:
    """A round of grading or an audit; what was asked for is kept with it."""
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    purpose = request.POST.get("purpose", "")
    seed = _number(request, "seed", SEED, "Seed: write a whole number, or leave it blank.")
    asked: dict[str, Any] = {"seed": secrets.randbelow(10**9) if seed is None else min(seed, LARGEST_SEED)}
    sample = _number(request, "sample", WHOLE, "Write how many outputs as a whole number.")
    if purpose == HandRound.AUDIT:
        bins = _number(request, "bins", WHOLE, "Write how many bins as a whole number.")
        asked |= {"bins": 1 if bins is None else bins, "sample": 0 if sample is None else sample}
    else:
        standing = request.POST.get("standing", "")
        asked |= {"standing": standing if standing in STANDINGS else UNGRADED, "sample": sample}
    job = want_round(study=study, purpose=purpose, asked=asked, actor=user.email)
    said = "The outputs are being drawn." if job else "The round has begun."
    messages.success(request, f"{said} Every editor of the study can grade now, each for themselves.")


def _number(request: HttpRequest, name: str, form: re.Pattern[str], otherwise: str) -> int | None:
    text = request.POST.get(name, "").strip()
    if text and not form.fullmatch(text):
        raise Refusal(otherwise)
    return int(text) if text else None


@act(then="grading")
def close(request: HttpRequest, slug: str, pk: int) -> None:
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    close_round(round=access_round(study, pk), actor=user.email)
    messages.success(request, "The round is closed. What was settled is graded; what was not, is not.")


@page
def round_(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Who graded how many, and what is settled."""
    study = access_graded(request, slug)
    found = access_round(study, pk)
    listed = Paginator(settled(found), TASKS_A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "grading") | {
        "round": found,
        "progress": progress_of(found),
        "graders": graded_by(found),
        "listed": listed,
        "tasks": with_notes(list(listed)),
    }
    return render(request, "research/grading/round.html", context)


def access_round(study: Study, pk: int) -> Any:
    """With its progress."""
    found = with_progress(rounds_of(study.collection_id, study.slug)).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such round of this study.")
    return found


@page
def picture(request: HttpRequest, slug: str, key: uuid.UUID) -> HttpResponse:
    """The picture of the item that the user has on the table, without its name."""
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    shown = HandPlace.objects.filter(key=key, user=user, round__subject=study.slug)
    found = Image.objects.filter(pk__in=shown.values("task__output__item__image")).first()
    if found is None:
        raise NotFound("There is no such picture.")
    return HttpResponse(
        bytes(found.content),
        content_type=found.media_type,
        headers={"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"},
    )
