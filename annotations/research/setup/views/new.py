"""A new study: from a template, a copy of another study, or a study.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from pydantic import ValidationError

from annotations.accounts.models import User
from annotations.core.errors import NotFound, Refusal
from annotations.core.problems import Problem
from annotations.research.access import collections_of, is_new_collection
from annotations.research.gates import form_page, user_of
from annotations.research.setup.faults import errors_of
from annotations.studies.access import access_study, studies_of
from annotations.studies.definition import DefinitionErrors, filled, parse_definition
from annotations.studies.definition.reading import LONGEST
from annotations.studies.drafts import check_slug, start_study
from annotations.studies.models import Study
from annotations.studies.naming import check_names
from annotations.studies.starting import STARTS, begin_from, copy_of

COPY, FILE = "copy", "file"
NEW = ""
LISTED = 200
FIELDS = ("title", "slug", "start", "copied", "collection", "new_collection")


@dataclass
class Wanted:
    """The form as it was sent, and what is wrong with it."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def collection(self) -> str:
        return self.values["collection"] or self.values["new_collection"] or self.values["slug"]


@form_page
def new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        copied = request.GET.get("copy", "")[:100]
        start = COPY if copied else request.GET.get("start", "")[:20]
        return _show(request, Wanted({**dict.fromkeys(FIELDS, ""), "copied": copied, "start": start}))
    wanted = Wanted({name: str(request.POST.get(name, "")).replace("\0", "").strip() for name in FIELDS})
    try:
        study = _start(user_of(request), wanted, request.FILES.get("file"))
    except Refusal as refusal:
        wanted.errors.setdefault("slug", str(refusal))
        study = None
    if study is None:
        return _show(request, wanted)
    messages.success(request, f"The study “{study.title}” is there, as a draft. Look through its settings.")
    return redirect("research:setup-section", slug=study.slug, name="basics")


def _start(user: User, wanted: Wanted, file: UploadedFile | None) -> Study | None:
    """The study, or None where the form says why not."""
    values = wanted.values
    if not values["title"] and values["start"] != FILE:
        wanted.errors["title"] = "Give it a title: participants read it above everything."
    if not values["slug"]:
        values["slug"] = slugify(values["title"])[:60].strip("-")
    definition = _definition(user, wanted, file)
    if definition is not None and not values["slug"]:
        values["slug"] = slugify(definition["title"])[:60].strip("-")
    if not values["slug"] and not wanted.errors:
        wanted.errors["slug"] = "None can be made from the title: write one of letters and digits."
    if values["slug"] and "slug" not in wanted.errors:
        _note(wanted, "slug", lambda: check_slug(values["slug"]))
    if definition is None or wanted.errors:
        return None
    is_new = is_new_collection(user, definition["collection"])
    return start_study(slug=values["slug"], definition=definition, owner=user, new_collection=is_new)


def _definition(user: User, wanted: Wanted, file: UploadedFile | None) -> dict[str, Any] | None:
    """What the study begins with; None where that is not to be had, and the form says why."""
    values = wanted.values
    definition = _uploaded(user, wanted, file) if values["start"] == FILE else _begun(user, wanted)
    if definition is None:
        return None
    where = "new_collection" if values["new_collection"] or not values["collection"] else "collection"
    _note(wanted, where, lambda: is_new_collection(user, definition["collection"]))
    return definition


def _begun(user: User, wanted: Wanted) -> dict[str, Any] | None:
    values = wanted.values
    title, collection = values["title"] or "untitled", wanted.collection or "untitled"
    try:
        if values["start"] == COPY:
            source = access_study(user, values["copied"])
            collection = values["collection"] or values["new_collection"] or source.collection.name
            return copy_of(source, title=title, collection=collection)
        return begin_from(values["start"], title=title, collection=collection)
    except NotFound:
        wanted.errors["start"] = "Choose one of your studies to copy."
    except KeyError:
        wanted.errors["start"] = "Choose what to begin from."
    except ValidationError as error:
        wanted.errors |= _by_field(errors_of(error, {"title": title, "collection": collection}))
    return None


def _by_field(errors: Mapping[str, list[str]]) -> dict[str, str]:
    names = {"title": "title", "collection": "new_collection"}
    return {names.get(path.split(".")[0], "start"): "; ".join(words) for path, words in errors.items()}


def _uploaded(user: User, wanted: Wanted, file: UploadedFile | None) -> dict[str, Any] | None:
    """Of a study.yaml: what the form says stands above what the file does."""
    if file is None:
        wanted.errors["file"] = "Choose a study.yaml."
        return None
    content = file.read(LONGEST + 1) if file.size and file.size > LONGEST else file.read()
    name = str(file.name or "study.yaml")
    default = wanted.values["slug"] or slugify(wanted.values["title"])[:60].strip("-") or "untitled"
    try:
        definition = filled(parse_definition(content, file=name, default_collection=default))
    except DefinitionErrors as error:
        wanted.problems = error.problems
        wanted.errors["file"] = "Nothing was made of it: see below what to mend."
        return None
    if wanted.values["title"]:
        definition["title"] = wanted.values["title"]
    if wanted.values["collection"] or wanted.values["new_collection"]:
        definition["collection"] = wanted.collection
    _note(wanted, "file", lambda: check_names(definition, slug=default, actor=user.email))
    return definition


def _note(wanted: Wanted, name: str, check: Any) -> None:
    try:
        check()
    except Refusal as refusal:
        wanted.errors[name] = str(refusal)


def _show(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    user = user_of(request)
    context = {
        "wanted": wanted,
        "starts": STARTS,
        "studies": studies_of(user).order_by("title").values_list("slug", "title")[:LISTED],
        "collections": collections_of(user).values_list("name", flat=True)[:LISTED],
        "area": "studies",
    }
    return render(request, "research/setup/new.html", context, status=422 if wanted.errors else 200)
