"""A researcher walks the whole flow as participants do. Nothing is stored: a cookie holds where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.accounts.models import User
from annotations.allocation.models import Assignment
from annotations.catalogue.models import Item, Output
from annotations.core.errors import NotFound
from annotations.participation import flow, languages, pages, steps
from annotations.participation.gates import see_other
from annotations.participation.images import image_response
from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.sessions import set_cookie
from annotations.participation.steps.base import AGAIN, STOP, Unfit
from annotations.responses.answers import FIRST, asked_of, check_answer, part_of
from annotations.studies.access import access_study
from annotations.studies.definition import as_served
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study, Unit

SALT = "preview"
LONGEST_NUMBER = 18  # digits that any database takes


@dataclass
class State:
    """What the cookie holds: small, for only the present step's answers are kept."""

    step: str
    language: str
    condition: str = ""
    done: int = 0
    first: dict[str, Any] | None = None
    given: list[list[Any]] = field(default_factory=list)


class PreviewPassage(Passage):
    preview = True

    def __init__(self, study: Study, state: State) -> None:
        self._study, self.state = study, state
        self.definition = definition_of(study)
        self.language, self.condition, self.step = state.language, state.condition, state.step
        batches = self.definition["batches"]
        self.wanted = int(batches[0]["units_per_participant"]) if batches else 1
        self.lease_minutes = int(batches[0]["lease_minutes"]) if batches else 1

    @property
    def study(self) -> Study:
        return self._study

    @property
    def answered(self) -> int:
        return self.state.done

    @property
    def done(self) -> int:
        return self.state.done

    def given(self, step: str) -> list[Given]:
        return [Given(*one) for one in self.state.given] if step == self.step else []

    def keep(self, spec: Spec, answers: Sequence[Given]) -> None:
        self.state.given += [[one.question, one.value, one.correct, one.attempt] for one in answers]

    def advance(self, spec: Spec) -> None:
        self.step = self.state.step = str(self.after(spec)["name"])
        self.state.given = []

    def stop(self, spec: Spec, outcome: str) -> None:
        """There is no place that could be freed."""

    def image_address(self, item: Item, assignment: Assignment | None = None) -> str:
        return "" if item.image_id is None else f"?image={item.image_id}"

    def assignment(self) -> Assignment | None:
        """A unit as it would be handed out, stored nowhere; None where the study has none."""
        item, output = _unit(self._study, self.definition, self.state.done)
        if item is None:
            return None
        unit = Unit(item=item, output=output)
        return Assignment(unit=unit, item=item, submission_key=f"preview-{self.done}", first=self.state.first)


def definition_of(study: Study) -> dict[str, Any]:
    return as_served(study.version.definition if study.version else study.definition)


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
    passage = PreviewPassage(study, _state(request, study))
    # Only in here: whatever this thread serves next is in English again.
    with translation.override(languages.pages_language(passage.language)):
        try:
            return _walk(request, passage)
        except Unfit:
            passage.state.given = []  # the step was edited since: it begins again
            return _on(request, passage)


def _walk(request: HttpRequest, passage: PreviewPassage) -> HttpResponse:
    if request.method == "POST":
        return _take_form(request, passage)
    if (image := request.GET.get("image", "")).isdecimal():
        return _image(passage.study, image)
    if _choose(request, passage):
        return _on(request, passage)
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
        return _on(request, passage)
    if spec["kind"] == "consent":
        if not request.POST.get("consent"):
            return _page(request, passage, {"consent": str(pages.TICK)})
        passage.advance(spec)
        return _on(request, passage)
    taken = steps.get(spec["kind"]).take(passage, spec, request.POST)
    if taken.errors:
        return _page(request, passage, taken.errors)
    if taken.then == STOP:
        return pages.notice(request, *pages.AWAY[taken.outcome], step=taken.outcome, preview=True)
    if taken.then == AGAIN:
        passage.keep(spec, taken.answers)
    else:
        passage.advance(spec)
    return _on(request, passage)


def _take_unit(request: HttpRequest, passage: PreviewPassage) -> HttpResponse:
    assignment = passage.assignment()
    if assignment is None:
        return _on(request, passage)
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
        return _on(request, passage)
    passage.state.first = None
    passage.state.done += 1
    if passage.state.done >= passage.end_of_units:
        passage.advance(passage.spec)
    return _on(request, passage)


def _choose(request: HttpRequest, passage: PreviewPassage) -> bool:
    """Jump to a step, take another language or arm, or begin again."""
    definition, state, wanted = passage.definition, passage.state, request.GET
    if wanted.get("step") in {spec["name"] for spec in definition["steps"]}:
        state.step, state.given, state.first = wanted["step"], [], None
        state.done = _done_before(passage, wanted["step"])
    elif wanted.get("language") in definition["locales"]:
        state.language = wanted["language"]
    elif wanted.get("condition") in {arm["name"] for arm in definition["conditions"]}:
        state.condition = wanted["condition"]
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


def _state(request: HttpRequest, study: Study) -> State:
    definition = definition_of(study)
    try:
        state = State(**signing.loads(request.COOKIES.get(_cookie(study), ""), salt=SALT))
    except (signing.BadSignature, TypeError):
        state = State("", "")
    if state.step not in {spec["name"] for spec in definition["steps"]}:
        arms = definition["conditions"]
        first = definition["steps"][0]["name"]
        state = State(first, definition["locales"][0], arms[0]["name"] if arms else "")
    return state


def _on(request: HttpRequest, passage: PreviewPassage) -> HttpResponse:
    response = see_other(request.path)
    value = signing.dumps(asdict(passage.state), salt=SALT, compress=True)
    set_cookie(response, _cookie(passage.study), value, path=request.path)
    return response


def _cookie(study: Study) -> str:
    return f"preview_{study.slug}"


def _unit(study: Study, definition: dict[str, Any], number: int) -> tuple[Item | None, Output | None]:
    """The unit of this number among those that the first batch could release, in the order of their keys."""
    loads = loads_of(study)
    filters = definition["batches"][0]["units"] if definition["batches"] else {}
    domains = filters.get("domain") or []
    judged = study.judges_outputs and (not study.rates_difficulty or number % 2 == 1)
    if judged:
        outputs = Output.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
        for name, path in (
            ("domain", "item__domain"),
            ("system", "system__key"),
            ("template", "template__key"),
        ):
            if filters.get(name):
                outputs = outputs.filter(**{f"{path}__in": filters[name]})
        output = _nth(outputs.select_related("item").order_by("key"), number)
        return (output.item, output) if output else (None, None)
    items = Item.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
    return _nth((items.filter(domain__in=domains) if domains else items).order_by("key"), number), None


def _nth(rows: Any, number: int) -> Any:
    """The row of this number, from the beginning again where there are fewer."""
    count = rows.count()
    return rows[number % count] if count else None
