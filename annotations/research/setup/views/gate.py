"""What every page of the set-up goes through: to read for members, to change for owners and editors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.core.errors import NotFound
from annotations.research.gates import View, user_of
from annotations.research.setup.sections import sections
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT, VIEW, access_study
from annotations.studies.models import Study


def form_page(view: Callable[..., HttpResponse]) -> View:
    """A page with a form: who may only look gets it by GET, and nobody else's POST finds a study."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as missing:
            raise Http404 from missing

    return require_http_methods(["GET", "HEAD", "POST"])(never_cache(login_required(wrapped)))


def study_for(request: HttpRequest, slug: str) -> Study:
    """The study, for whoever may do with it what the request does."""
    roles = EDIT if request.method == "POST" else VIEW
    return access_study(user_of(request), slug, roles=roles)


def setup_context(request: HttpRequest, study: Study, here: str) -> dict[str, Any]:
    """What every page of the set-up shows: the list of its pages, and what state things are in."""
    context = study_context(request, study, "setup")
    return context | {
        # Batches of an opened study have a room of their own.
        "sections": [one for one in sections() if study.version_id is None or one.keys != ("batches",)],
        "here": here,
        "amending": study.version_id is not None and study.state != Study.CLOSED,
        "may_write": context["may_edit"] and study.state != Study.CLOSED,
    }


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
