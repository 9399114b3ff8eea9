"""What every participants' view goes through: language, session, and kind pages for what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from annotations.core.errors import NotFound, Refusal
from annotations.participation import languages, pages
from annotations.participation.sessions import session_enrolment
from annotations.people.enrolling import NoPlace
from annotations.people.models import Enrolment

View = Callable[..., HttpResponse]
PAGES = {"locales": [code for code, _name in settings.LANGUAGES]}


def speak(locale: str) -> None:
    """From here on the platform's own words are in the participant's language, until the view is done."""
    translation.activate(languages.pages_language(locale))


def kindly(view: View) -> View:
    """Refusals become pages, and nothing is cached but what says so itself."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        with translation.override(languages.pages_language(languages.choose_language(request, PAGES))):
            response = _answered(view, request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return wrapped


def with_session(view: View) -> View:
    """Gives the view the browser's enrolment; without one, a page that says how to get back."""

    @kindly
    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, **kwargs: str) -> HttpResponse:
        enrolment = session_enrolment(request, slug)
        if enrolment is None:
            return no_session(request, slug)
        speak(enrolment.language)
        try:
            return view(request, enrolment, **kwargs)
        except (ObjectDoesNotExist, IntegrityError):
            if Enrolment.objects.filter(pk=enrolment.pk).exists():
                raise
            raise NotFound(_("Your answers have been deleted.")) from None  # from another tab, just now

    return wrapped


def not_beforehand(view: View) -> View:
    """For pages that hand something out: a browser that only guesses where its person goes gets nothing."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: str) -> HttpResponse:
        # Browsers drop what they fetched so, unless its status is one of success (HTML: speculative loading).
        if request.method in ("GET", "HEAD") and "prefetch" in request.headers.get("Sec-Purpose", ""):
            return HttpResponse(status=425, headers={"Cache-Control": "no-store"})
        return view(request, **kwargs)

    return wrapped


def no_session(request: HttpRequest, slug: str) -> HttpResponse:
    text = _(
        "This browser has no open session in this study. It may have ended, or cookies may be blocked: allow"
        " the one cookie that this site needs. Start from the link that you were given."
    )
    return pages.notice(request, _("No session"), text, status=403, slug=slug, step="no-session")


def to_take(slug: str) -> HttpResponseRedirect:
    return see_other(reverse("participation:take", kwargs={"slug": slug}))


def see_other(address: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(address)
    response.status_code = 303  # a POST is followed by a GET, whatever the browser
    return response


def slug_of(enrolment: Enrolment) -> str:
    return enrolment.batch.study.slug


def _answered(view: View, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
    slug = kwargs.get("slug", "")
    try:
        return view(request, *args, **kwargs)
    except NoPlace as full:
        return pages.notice(request, _("No place just now"), str(full), slug=slug, step="no-place")
    except NotFound as missing:
        return pages.notice(request, _("Not found"), str(missing), status=404)
    except Refusal as refusal:
        return pages.notice(request, _("That did not work"), str(refusal), status=409, slug=slug)
