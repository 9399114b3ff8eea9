"""How the outputs of a study are graded: the first page, and what nobody graded yet."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.core.errors import NotFound
from annotations.research.gates import page, user_of
from annotations.research.grading.handed import hand_context
from annotations.research.grading.reading import runs_of, standing_of, ungraded_outputs
from annotations.research.views.studies import study_context
from annotations.studies.access import VIEW, access_study
from annotations.studies.models import Study

OUTPUTS_A_PAGE, RUNS_SHOWN = 25, 10


def access_graded(request: HttpRequest, slug: str, roles: tuple[str, ...] = VIEW) -> Study:
    """A study that judges outputs: others have nothing to grade."""
    study = access_study(user_of(request), slug, roles=roles)
    if not study.judges_outputs:
        raise NotFound("The study judges no outputs.")
    return study


@page
def grading(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_graded(request, slug)
    context = study_context(request, study, "grading") | {
        "standing": standing_of(study),
        "runs": list(runs_of(study)[:RUNS_SHOWN]),
    }
    context |= hand_context(study)
    return render(request, "research/grading/grading.html", context)


@page
def ungraded(request: HttpRequest, slug: str) -> HttpResponse:
    """Outputs without a grade, and why graders left them."""
    study = access_graded(request, slug)
    listed = Paginator(ungraded_outputs(study), OUTPUTS_A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "grading") | {"listed": listed}
    return render(request, "research/grading/ungraded.html", context)
