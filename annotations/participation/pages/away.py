"""Pages of those who have nothing to do: who left, came too late, did not fit, or never came in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from annotations.participation import providers
from annotations.participation.debrief import wrong_answers
from annotations.participation.flow import GONE, NO_TASK, OVER, PAUSED
from annotations.participation.pages.contexts import (
    base_context,
    definition_of,
    departure_of,
    provider_of,
    study_context,
)
from annotations.participation.passage import RealPassage
from annotations.people.models import Enrolment
from annotations.studies.models import Study

# What people read who are in the study and have no unit before them: title, text.
AWAY: dict[str, tuple[Promise, Promise]] = {
    "left": (
        _("You have left"),
        _(
            "You have left the study. The answers you gave are stored. You may come back from the"
            " same browser while there is a free place."
        ),
    ),
    GONE: (
        _("Your place is taken"),
        _(
            "Your place was given to somebody else while you were away, and none is free just now."
            " The answers you gave are stored. You can try again later from this address."
        ),
    ),
    PAUSED: (
        _("The study takes a break"),
        _(
            "Nothing is handed out just now. The answers you gave are stored. Please come back to"
            " this address later and go on where you are."
        ),
    ),
    NO_TASK: (
        _("No task for you just now"),
        _(
            "Others are working on all tasks that are left, so your place was given back. Some may"
            " become free again: you can look later at this address."
        ),
    ),
    OVER: (
        _("This study is over"),
        _("The answers you gave are stored. Thank you for taking part."),
    ),
    Enrolment.SCREENED_OUT: (
        _("This study is not for you"),
        _(
            "Thank you for your answers. This study looks for people with other experience, so it"
            " ends here for you. This says nothing about you or your work."
        ),
    ),
    Enrolment.FAILED_CHECKS: (
        _("The study ends here"),
        _(
            "Thank you for trying. The questions about the instructions were not all answered as the"
            " study needs it, so it ends here for you. This is no rejection: please return your"
            " submission where you found the study."
        ),
    ),
    Enrolment.RETURNED: (
        _("You have returned this study"),
        _(
            "You returned your submission where you found the study, so your place was given to"
            " somebody else. The answers you gave are stored. You can have them deleted with your"
            " withdrawal code."
        ),
    ),
}
# Away pages from which one may come back.
FOR_A_WHILE = ("left", GONE, PAUSED, NO_TASK)
ENDS = (Enrolment.SCREENED_OUT, Enrolment.FAILED_CHECKS)
# Those on which somebody may be left with a submission that nothing completes; who left by choice is given no
# code for it.
WITHOUT_TASKS = (GONE, NO_TASK, OVER)
WITH_A_SUBMISSION = (*WITHOUT_TASKS, "left")
RETURN = _("If your submission is still open where you found the study, please return it there.")
RETURN_AND_WRITE = _(
    "You have done some of the tasks, so please write to the researchers about your pay before you"
    " return your submission where you found the study."
)


def notice(
    request: HttpRequest,
    title: str | Promise,
    text: str | Promise,
    *,
    status: int = 200,
    slug: str = "",
    step: str = "notice",
    **more: Any,
) -> HttpResponse:
    """A page that says one thing, kindly."""
    context = {"title": title, "text": text, "slug": slug, "step": step, "language": get_language(), **more}
    return render(request, "participation/notice.html", context, status=status)


def departure_page(
    request: HttpRequest, study: Study, language: str, outcome: str, text: str
) -> HttpResponse:
    """For somebody who was never in: why it ends here, and the code that tells the provider so."""
    provider = providers.get(provider_of(study))
    context = study_context(request, study, definition_of(study), language, outcome)
    context["title"] = _("Thank you for your interest")
    context["text"] = text
    context["departure"] = provider.departure(study, outcome, request.GET)
    # To read this in another language one begins again: an address that takes forms only shows nothing.
    context["back"] = f"{reverse('participation:join', args=[study.slug])}?{request.GET.urlencode()}"
    return render(request, "participation/departure.html", context)


def away_page(request: HttpRequest, enrolment: Enrolment, step: str) -> HttpResponse:
    passage = RealPassage(enrolment)
    context = base_context(request, passage, step)
    context["title"], context["text"] = AWAY[step]
    context["wrong"] = wrong_answers(passage)
    context["may_return"] = step in FOR_A_WHILE
    if step in ENDS:
        context["departure"] = departure_of(enrolment, step)
    elif step in WITH_A_SUBMISSION and providers.get(provider_of(enrolment.batch.study)).has_submissions:
        context["asked"] = RETURN_AND_WRITE if enrolment.done else RETURN
        if step in WITHOUT_TASKS:
            context["departure"] = departure_of(enrolment, "full")
    return render(request, "participation/away.html", context)
