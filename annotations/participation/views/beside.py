"""What stands beside the passage: leaving, withdrawing, the language, the consent to keep, a message."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.allocation.services import leave
from annotations.core.errors import NotFound, Refusal
from annotations.participation import flow, languages, pages
from annotations.participation.gates import kindly, see_other, slug_of, speak, to_take, with_session
from annotations.participation.sessions import cookie_name, session_enrolment
from annotations.people.models import Enrolment
from annotations.responses.erasure import erase_participant, find_participant
from annotations.responses.messages import write_message
from annotations.studies.models import RetentionDate
from annotations.studies.retention import day_has_come


@require_http_methods(["GET", "HEAD", "POST"])
@with_session
def go(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Leave: the place is free at once, the answers stay, and the way back stays open."""
    if enrolment.state == Enrolment.COMPLETED:
        return to_take(slug_of(enrolment))
    if request.method != "POST":
        return pages.leave_page(request, enrolment)
    leave(enrolment=enrolment)
    return pages.away_page(request, enrolment, "left")


@require_POST
@kindly
def anew(request: HttpRequest, slug: str) -> HttpResponse:
    """Somebody else sits at this computer: the session of whoever has finished ends here."""
    enrolment = session_enrolment(request, slug)
    if enrolment and enrolment.state == Enrolment.ACTIVE:
        return to_take(slug)
    response = see_other(reverse("participation:join", args=[slug]))
    response.delete_cookie(cookie_name(slug))
    return response


@require_safe
@with_session
def consent(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    return pages.consent_copy(request, enrolment)


@kindly
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Delete a participant's answers: by the code, on a page that says what that means."""
    enrolment = session_enrolment(request, slug) if slug else None
    if enrolment:
        speak(enrolment.language)
    page = partial(pages.withdraw_page, request, slug=slug, enrolment=enrolment)
    if request.method != "POST":
        return page()
    code = request.POST.get("code", "").strip()
    if not request.POST.get("sure"):
        error = _("Tick the box to say that the answers shall be deleted for good.")
        return page(code=code, error=error, status=422)
    try:
        participant = find_participant(code, by_key=False)
    except NotFound as missing:
        return page(code=code, error=str(missing), status=404)
    study_slug = participant.study.slug
    erase_participant(participant=participant, actor="participant")
    text = _("Your answers and everything else stored about you in this study have been deleted.")
    response = pages.notice(request, _("Deleted"), text, slug=study_slug, step="withdrawn")
    response.delete_cookie(cookie_name(study_slug))
    return response


@kindly
@require_POST
def language(request: HttpRequest, slug: str) -> HttpResponse:
    """The person's choice: kept in the browser, and with the enrolment where there is one."""
    study = flow.find_study(slug)
    enrolment = session_enrolment(request, slug)
    version = enrolment.version if enrolment else study.version
    back = request.POST.get("back", "")
    local = back.startswith(("/join/", "/take/")) and url_has_allowed_host_and_scheme(
        back, allowed_hosts=None
    )
    response = see_other(back if local else reverse("participation:join", args=[slug]))
    chosen = request.POST.get("language", "")
    if version is not None and chosen in version.definition["locales"]:
        languages.remember_language(response, chosen)
        if enrolment:
            Enrolment.objects.filter(pk=enrolment.pk).update(language=chosen)
    return response


@kindly
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, slug: str) -> HttpResponse:
    """Write to the researchers, from any page and at any time."""
    study = flow.find_study(slug)
    enrolment = session_enrolment(request, slug)
    if study.version is None:
        raise NotFound(_("There is no study at this address. Check the link that you were given."))
    locale = enrolment.language if enrolment else languages.choose_language(request, study.version.definition)
    speak(locale)
    page = partial(pages.message_page, request, study, locale, may_return=enrolment is not None)
    if request.method != "POST" or day_has_come(study.version.definition, RetentionDate.ANSWERS):
        return page(flow.new_entry_key())
    text, key = request.POST.get("message", ""), request.POST.get("submission_key") or flow.new_entry_key()
    try:
        write_message(
            study=study,
            participant=enrolment.participant if enrolment else None,
            submission_key=key,
            text=text,
            step=enrolment.step if enrolment else "",
        )
    except Refusal as refusal:
        return page(key, text=text, error=str(refusal))
    words = _(
        "Your message was sent to the researchers. If they answer, they do so by way of whoever"
        " sent you here."
    )
    return pages.notice(
        request, _("Sent"), words, slug=slug, step="message-sent", may_return=enrolment is not None
    )
