"""What every page of the set-up goes through: to read for members, to change for owners and editors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from annotations.research.gates import user_of
from annotations.research.setup.sections import sections
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT, VIEW, access_study
from annotations.studies.models import Study


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
