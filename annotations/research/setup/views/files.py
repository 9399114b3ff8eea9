"""The definition as study.yaml: down, and up after its difference has been seen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from pydantic import ValidationError

from annotations.core.errors import Refusal
from annotations.core.problems import Problem
from annotations.research.access import is_new_collection
from annotations.research.gates import form_page, page, user_of
from annotations.research.setup.differences import told
from annotations.research.setup.views.gate import setup_context, study_for
from annotations.studies.access import access_study
from annotations.studies.definition import (
    DefinitionErrors,
    definition_difference,
    filled,
    parse_definition,
    to_yaml,
)
from annotations.studies.definition.reading import LONGEST
from annotations.studies.drafts import save_draft, working_definition
from annotations.studies.models import Study

NAME, YAML = "study.yaml", "application/yaml; charset=utf-8"


@page
def download(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    response = HttpResponse(
        to_yaml(working_definition(study)), content_type="application/yaml; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{NAME}"'
    return response


@form_page
def file(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request, slug)
    if request.method != "POST":
        return _show(request, study, {})
    uploaded = request.FILES.get("file")
    if uploaded is not None:
        content: str | bytes = uploaded.read(LONGEST + 1)
    else:
        content = request.POST.get("content", "").replace("\r\n", "\n")
    if not content:
        return _show(request, study, {"refused": "Choose a file, or paste what one holds."}, status=422)
    try:
        parsed = parse_definition(content, file=NAME, default_collection=study.collection.name)
    except DefinitionErrors as error:
        return _show(request, study, {"problems": error.problems, "content": _text(content)}, status=422)
    definition = filled(parsed)
    if request.POST.get("confirmed"):
        return _replace(request, study, definition, _text(content))
    changes = told(definition_difference(working_definition(study), definition))
    return _show(request, study, {"changes": changes, "content": _text(content), "compared": True})


def _replace(request: HttpRequest, study: Study, definition: dict[str, Any], content: str) -> HttpResponse:
    user, revision = user_of(request), request.POST.get("revision", "")
    moves = definition["collection"] != study.collection.name
    try:
        save_draft(
            study=study,
            changes=definition,
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
            actor=user.email,
            new_collection=moves and is_new_collection(user, definition["collection"]),
        )
    except (Refusal, ValidationError) as error:
        return _show(request, study, {"refused": str(error), "content": content}, status=422)
    messages.success(request, "The definition is that of the file now.")
    return redirect("research:setup-file", slug=study.slug)


def _text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode("utf-8-sig", errors="replace")


def _show(request: HttpRequest, study: Study, more: dict[str, Any], status: int = 200) -> HttpResponse:
    problems: list[Problem] = []
    context = {"problems": problems, "yaml": to_yaml(working_definition(study)), **more}
    context |= setup_context(request, study, "file")
    return render(request, "research/setup/file.html", context, status=status)
