"""One page of the set-up: shown, saved as one writes or by its button, its lists changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from pydantic import ValidationError

from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.research.access import collections_of, is_new_collection
from annotations.research.gates import form_page, user_of
from annotations.research.setup.differences import told
from annotations.research.setup.editing import change_list
from annotations.research.setup.faults import Errors, errors_of, reasons_by_path, settle
from annotations.research.setup.nodes import Drawn, Node, nodes_of
from annotations.research.setup.reading import Form, read_fields
from annotations.research.setup.sections import Section, section_of
from annotations.research.setup.views.gate import is_htmx, setup_context, study_for
from annotations.responses.exclusions import RULES
from annotations.studies.definition import definition_difference
from annotations.studies.drafts import (
    FIXED,
    Contradicted,
    Outdated,
    latest_revision,
    save_draft,
    working_definition,
)
from annotations.studies.models import Study

SUGGESTED = 200


@dataclass
class Page:
    """A section with values: as they are stored, or as they were sent."""

    section: Section
    values: dict[str, Any]
    revision: int
    locales: list[str]
    errors: Errors = field(default_factory=dict)
    opened: str = ""
    said: str = ""
    refused: str = ""
    outdated: Outdated | None = None
    status: int = 200
    fixed: tuple[str, ...] = ()

    def nodes(self) -> tuple[list[Node], list[str]]:
        """The fields, and errors that none of them is the place for."""
        bare = nodes_of(self.section.shapes, self.values, "", Drawn({}, self.locales))
        settled, rest = settle(self.errors, bare)
        drawn = Drawn(settled, self.locales, self.opened, self.fixed)
        return nodes_of(self.section.shapes, self.values, "", drawn), rest


@form_page
def first(request: HttpRequest, slug: str) -> HttpResponse:
    return redirect("research:setup-section", slug=study_for(request, slug).slug, name="basics")


@form_page
def section(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    study, found = study_for(request, slug), section_of(name)
    if request.method == "POST":
        return _take(request, study, found)
    definition = working_definition(study)
    values = {key: definition[key] for key in found.keys}
    page = Page(found, values, study.revision, definition["locales"], opened=request.GET.get("open", ""))
    return _show(request, study, page)


def _take(request: HttpRequest, study: Study, found: Section) -> HttpResponse:
    """Read the form, do what its button says to a list, and save what comes of it."""
    values = read_fields(found.shapes, Form(request.POST), "")
    sent = request.POST.get("revision", "")
    revision = int(sent) if sent.isdecimal() and len(sent) < 10 else 0
    page = Page(found, values, revision, working_definition(study)["locales"])
    act = request.POST.get("act", "")
    if act.startswith("add:") and act.count(":") == 1:
        act = f"{act}:{request.POST.get('added', '')}"
    try:
        if act:
            page.opened = change_list(values, act)
        saved = _save(request, study, values, revision)
    except (Refusal, ValidationError) as error:
        _refuse(page, error, study, act)
        return _show(request, study, page)
    page.revision = saved.revision
    page.said = f"Saved {timezone.localtime(clock.now()):%H:%M}"
    if is_htmx(request):
        return _show(request, saved, page)
    if not act:
        messages.success(request, f"{page.said}.")
    return redirect(_address(saved, found, page.opened if act else ""))


def _save(request: HttpRequest, study: Study, values: dict[str, Any], revision: int) -> Study:
    user, name = user_of(request), values.get("collection")
    moves = isinstance(name, str) and bool(name) and name != study.collection.name
    return save_draft(
        study=study,
        changes=values,
        revision=revision,
        actor=user.email,
        new_collection=moves and is_new_collection(user, str(name)),
        drop_texts="drop_texts" in request.POST,
    )


def _refuse(page: Page, error: Refusal | ValidationError, study: Study, act: str) -> None:
    page.status = 422
    if isinstance(error, ValidationError):
        page.errors = errors_of(error, {**working_definition(study), **page.values})
        if act.startswith("add:"):
            # Nobody can have filled in yet what has just been added.
            page.errors = {at: w for at, w in page.errors.items() if not at.startswith(page.opened)}
            page.said, page.status = "Fill in the new part. It is saved when it is whole.", 200
    elif isinstance(error, Contradicted):
        page.errors = reasons_by_path(error.reasons)
    elif isinstance(error, Outdated):
        page.outdated, page.status = error, 409
    else:
        page.refused = str(error)


def _show(request: HttpRequest, study: Study, page: Page) -> HttpResponse:
    page.fixed = FIXED if study.version_id is not None else ()
    nodes, rest = page.nodes()
    context: dict[str, Any] = {
        "study": study,
        "section": page.section,
        "nodes": nodes,
        "page": page,
        "rest": [page.refused, *rest] if page.refused else rest,
        "wrong": bool(page.errors or page.refused),
        "slots": list(_slots(nodes)),
    }
    if is_htmx(request):
        # A refusal is an answer as well: the page that is open shows it, and keeps what was typed.
        return render(request, "research/setup/_said.html", context)
    if page.outdated is not None:
        context |= _both(page, page.outdated)
    context |= setup_context(request, study, page.section.name)
    if "collection" in page.values:
        names = collections_of(user_of(request)).values_list("name", flat=True)[:SUGGESTED]
        context["suggested"] = {"collection": list(names)}
    if "exclusions" in page.values:
        context["rules"] = [(rule, list(rule.parameters.items())) for _, rule in sorted(RULES.items())]
    context["latest"] = latest_revision(study)
    return render(request, "research/setup/section.html", context, status=page.status)


def _slots(nodes: list[Node]) -> Iterator[tuple[str, list[str]]]:
    """Where errors are shown, by id, each with those that it shows now."""
    for node in nodes:
        yield node.id, node.errors
        yield from _slots(node.children)
        for item in node.items:
            yield item.id, item.errors
            yield from _slots(item.nodes)


def _both(page: Page, outdated: Outdated) -> dict[str, Any]:
    """What they changed, and what saving mine would change of what there is now."""
    current = {key: outdated.current[key] for key in page.values}
    page.revision = outdated.revision
    return {"theirs": told(outdated.theirs), "mine": told(definition_difference(current, page.values))}


def _address(study: Study, found: Section, opened: str) -> str:
    address = reverse("research:setup-section", args=[study.slug, found.name])
    return f"{address}?{urlencode({'open': opened})}#{opened.replace('.', '-')}" if opened else address
