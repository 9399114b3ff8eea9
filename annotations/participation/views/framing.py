"""What Mechanical Turk shows in its frame: a way to the study, and the form that takes the code back."""

from __future__ import annotations

from urllib.parse import urlencode

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from annotations.core.errors import NotFound
from annotations.participation import flow, languages, pages, providers
from annotations.participation.entry import facts_of
from annotations.participation.gates import kindly, speak
from annotations.participation.providers import BadArrival
from annotations.participation.providers.mturk import PREVIEW, SITES, submit_address
from annotations.studies.models import Study

FRAMED = {"frame-ancestors": [*SITES, "https://*.mturk.com"], "form-action": list(SITES)}


@xframe_options_exempt
@csp_replace(FRAMED)
@kindly
@require_safe
def frame(request: HttpRequest, slug: str) -> HttpResponse:
    """Stateless: nothing is read from a session, nothing is stored, no cookie is set."""
    study = flow.find_study(slug)
    if pages.provider_of(study) != "mturk":
        raise NotFound(_("There is no study at this address. Check the link that you were given."))
    definition = pages.definition_of(study)
    language = languages.choose_language(request, definition)
    speak(language)
    context = {
        "title": pages.title_of(study, definition, language),
        "language": language,
        "direction": languages.direction(language),
        "facts": facts_of(definition, language),
        "step": "preview",
        # Its page may not stand in a frame, so that the link opens a tab.
        "message": reverse("participation:message", args=[study.slug]),
    }
    if request.GET.get("assignmentId", PREVIEW) != PREVIEW:
        context |= {"step": "frame", **_accepted(request, study)}
    return render(request, "participation/frame.html", context)


def _accepted(request: HttpRequest, study: Study) -> dict[str, str]:
    """Where to begin and where the code goes, or what is missing for that."""
    try:
        arrival = providers.get("mturk").arrive(study, request.GET)
    except BadArrival as bad:
        return {"error": str(bad)}
    submit_to = submit_address(request.GET.get("turkSubmitTo", ""))
    if not submit_to:
        return {
            "error": _(
                "This page was not opened by Mechanical Turk, so it does not know where to bring your code."
                " Open it from the HIT."
            )
        }
    assignment = arrival.details["assignmentId"]
    query = urlencode({"workerId": arrival.identity, "assignmentId": assignment})
    join = reverse("participation:join", args=[study.slug])
    return {"begin": f"{join}?{query}", "submit_to": submit_to, "assignment": assignment}
