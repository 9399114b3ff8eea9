"""A researcher walks the whole flow as participants do."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.accounts.models import User
from annotations.catalogue.models import Item
from annotations.core.errors import NotFound
from annotations.participation import flow, languages, pages, steps
from annotations.participation.images import image_response
from annotations.participation.preview.cookie import go_on, read_state
from annotations.participation.preview.passage import PreviewPassage
from annotations.participation.steps.base import AGAIN, STOP, Unfit
from annotations.responses.answers import FIRST, asked_of, check_answer, part_of
from annotations.studies.access import access_study, may_edit
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

LONGEST_NUMBER = 18  # digits that any database takes


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    if not isinstance(request.user, User):
        raise PermissionDenied
    try:
        study = access_study(request.user, slug)
    except NotFound as missing:
        raise Http404 from missing
    passage = PreviewPassage(study, read_state(request, study))
    passage.walker = request.user.email if may_edit(request.user, study) else ""
    # Only in here: whatever this thread serves next is in English again.
    with translation.override(languages.pages_language(passage.language)):
        try:
            return _walk(request, passage)
        except Unfit:
            passage.state.given = []  # the step was edited since: it begins again
            return go_on(request, passage)


def _walk(request: HttpRequest, passage: PreviewPassage) -> HttpResponse:
    if request.method == "POST":
        return _take_form(request, passage)
    if (image := request.GET.get("image", "")).isdecimal():
        return _image(passage.study, image)
    if _choose(request, passage):
        return go_on(request, passage)
    return _page(request, passage)


def _image(study: Study, number: str) -> HttpResponse:
    if len(number) > LONGEST_NUMBER:
        raise Http404
    pk, loads = int(number), loads_of(study)
    if not Item.objects.filter(collection=study.collection_id, load__in=loads, image=pk).exists():
        raise Http404
    return image_response(pk)


def _page(
    request: HttpRequest, passage: PreviewPassage, errors: dict[str, str] | None = None
) -> HttpResponse:
    data = request.POST if errors else None
    spec = passage.spec
    if spec["kind"] == "consent":
        context = pages.base_context(request, passage, "consent") | {"spec": spec, "errors": errors or {}}
        context |= pages.consent_context(passage, data or {})
        return render(request, "participation/consent.html", context, status=422 if errors else 200)
    if spec["kind"] == flow.UNITS:
        assignment = passage.assignment()
        if assignment is None:
            return pages.notice(request, *pages.AWAY[flow.NO_TASK], step="no-task", preview=True)
        return pages.unit_page(request, passage, assignment, data=data, errors=errors)
    return pages.step_page(request, passage, flow.Standing(spec["kind"]), data=data, errors=errors)


def _take_form(request: HttpRequest, passage: PreviewPassage) -> HttpResponse:
    spec = passage.spec
    if spec["kind"] == flow.UNITS:
        return _take_unit(request, passage)
    if request.POST.get("step") != spec["name"]:
        return go_on(request, passage)
    if spec["kind"] == "consent":
        if not request.POST.get("consent"):
            return _page(request, passage, {"consent": str(pages.TICK)})
        passage.advance(spec)
        return go_on(request, passage)
    taken = steps.get(spec["kind"]).take(passage, spec, request.POST)
    if taken.errors:
        return _page(request, passage, taken.errors)
    if taken.then == STOP:
        return pages.notice(request, *pages.AWAY[taken.outcome], step=taken.outcome, preview=True)
    if taken.then == AGAIN:
        passage.keep(spec, taken.answers)
    else:
        passage.advance(spec)
    return go_on(request, passage)


def _take_unit(request: HttpRequest, passage: PreviewPassage) -> HttpResponse:
    assignment = passage.assignment()
    if assignment is None:
        return go_on(request, passage)
    part = part_of(passage.definition, assignment)
    asked = asked_of(passage.definition, judges_output=assignment.unit.output is not None, part=part)
    checked = check_answer(request.POST, asked=asked)
    if checked.answer is None and not request.POST.get("skip"):
        return _page(request, passage, checked.errors)
    if part == FIRST and checked.answer is not None:
        answer = checked.answer
        passage.state.first = {
            "answer": answer.answer, "dont_know": answer.dont_know, "difficulty": answer.difficulty,
        }  # fmt: skip
        return go_on(request, passage)
    passage.state.first = None
    passage.state.done += 1
    passage.mark_passed(passage.spec)
    if passage.state.done >= passage.end_of_units:
        passage.advance(passage.spec)
    return go_on(request, passage)


def _choose(request: HttpRequest, passage: PreviewPassage) -> bool:
    """Jump to a step, take another language or arm, or begin again."""
    definition, state, wanted = passage.definition, passage.state, request.GET
    if wanted.get("step") in {spec["name"] for spec in definition["steps"]}:
        state.step, state.given, state.first = wanted["step"], [], None
        state.done = _done_before(passage, wanted["step"])
    elif wanted.get("language") in definition["locales"]:
        state.language, state.passed = wanted["language"], []
    elif wanted.get("condition") in {arm["name"] for arm in definition["conditions"]}:
        state.condition, state.passed = wanted["condition"], []
    else:
        return False
    return True


def _done_before(passage: PreviewPassage, name: str) -> int:
    """As many units as somebody has behind them who comes to the step."""
    passage.step = name
    kinds = [spec["kind"] for spec in passage.ahead]
    if kinds[0] == flow.UNITS:
        return passage.end_of_units - (passage.spec["count"] or passage.end_of_units)
    return 0 if flow.UNITS in kinds else passage.wanted
