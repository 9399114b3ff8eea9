"""Coming in: from a provider or by an open link, through eligibility and consent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotations.core.errors import Refusal
from annotations.participation import flow, languages, pages, providers, steps
from annotations.participation.entry import (
    EntryPassage,
    consent_record,
    first_steps,
    hash_of_words,
    passed,
    sign_passed,
)
from annotations.participation.gates import kindly, speak, to_take
from annotations.participation.providers import BadArrival
from annotations.participation.sessions import open_session, other_sessions, session_enrolment
from annotations.participation.steps.base import STOP
from annotations.people.enrolling import Entry, NoPlace, find_entry
from annotations.people.identities import Arrival, entry_key_of, is_same_person, meet_again
from annotations.people.models import EntryCount
from annotations.people.outcomes import count_entry
from annotations.studies.models import Study


@kindly
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    study = flow.find_study(slug)
    passage = _passage(request, study)
    session = session_enrolment(request, slug)
    provider = providers.get(pages.provider_of(study))
    try:
        arrival = provider.arrive(study, request.GET)
    except BadArrival as bad:
        if session:
            return to_take(slug)  # whoever is in needs no parameters
        return _bad_arrival(request, passage, bad)
    if session and is_same_person(session, arrival):
        meet_again(session, arrival)
        return to_take(slug)
    if arrival.names_somebody and (known := find_entry(study, entry_key_of(study, arrival))):
        meet_again(known.enrolment, arrival)
        return _let_in(study, known)  # the same person, from another browser
    try:
        if request.method != "POST":
            provider.check_first_visit(study, arrival)
            flow.check_takes_people(study, arrival, other_sessions(request, slug))
            return pages.entry_page(request, passage, flow.new_entry_key(), "", {})
        return _take_form(request, passage, arrival)
    except BadArrival as bad:
        return _bad_arrival(request, passage, bad)
    except NoPlace as full:
        if pages.provider_of(study) == "open":
            raise
        return pages.departure_page(request, study, passage.language, "full", str(full))


@kindly
@require_POST
def decline(request: HttpRequest, slug: str) -> HttpResponse:
    """No consent: nothing was stored, and nothing is."""
    study = flow.find_study(slug)
    passage = _passage(request, study)
    count_entry(study, EntryCount.NO_CONSENT)
    text = _("You do not take part, and nothing about you was stored. Thank you for looking.")
    return pages.departure_page(request, study, passage.language, "no_consent", text)


def _take_form(request: HttpRequest, passage: EntryPassage, arrival: Arrival) -> HttpResponse:
    """The form of a step before consent, or consent itself."""
    study, specs = passage.study, first_steps(passage.definition)
    consent = specs[-1]
    done = passed(study, request.POST.get("passed", ""), specs)
    so_far = sign_passed(study, done)
    # One step after the other: a form that runs ahead gets the page of the step that comes now.
    spec = next((one for one in specs if one not in done), consent)
    passage.step = spec["name"]
    if request.POST.get("step", consent["name"]) != passage.step:
        return pages.entry_page(request, passage, flow.new_entry_key(), so_far, {})
    entry_key = request.POST.get("submission_key", "")
    if not 20 <= len(entry_key) <= 100 or "\x00" in entry_key:
        errors = {"consent": _("The form was not complete. Please send it again.")}
        return pages.entry_page(request, passage, flow.new_entry_key(), so_far, errors)
    if spec is consent:
        return _consent(request, passage, arrival, entry_key, so_far)
    taken = steps.get(spec["kind"]).take(passage, spec, request.POST)
    if taken.errors:
        return pages.entry_page(request, passage, entry_key, so_far, taken.errors)
    if taken.then == STOP:
        text = _(
            "This study looks for people with other experience, so it ends here for you. Your answers"
            " were not stored."
        )
        count_entry(study, EntryCount.SCREENED_OUT)
        return pages.departure_page(request, study, passage.language, taken.outcome, text)
    passage.step = passage.after(spec)["name"]
    return pages.entry_page(request, passage, entry_key, sign_passed(study, [*done, spec]), {})


def _consent(
    request: HttpRequest, passage: EntryPassage, arrival: Arrival, entry_key: str, done: str
) -> HttpResponse:
    if not request.POST.get("consent"):
        return pages.entry_page(request, passage, entry_key, done, {"consent": str(pages.TICK)})
    study = passage.study
    key = entry_key_of(study, arrival) if arrival.names_somebody else entry_key
    shown = request.POST.get("words")
    # An amendment came between page and form. Whoever is in already has only sent the form again.
    if shown not in (None, hash_of_words(passage.definition, passage.language)) and not find_entry(
        study, key
    ):
        return pages.entry_page(
            request, passage, entry_key, done, {"consent": str(pages.CHANGED)}, afresh=True
        )
    entry = flow.enter(
        study=study,
        entry_key=key,
        language=passage.language,
        arrival=arrival,
        consents=consent_record(passage.definition, passage.language, request.POST),
        sessions=other_sessions(request, study.slug),
    )
    return _let_in(study, entry)


def _let_in(study: Study, entry: Entry) -> HttpResponse:
    response = to_take(study.slug)
    open_session(response, study.slug, entry.token)
    return response


def _passage(request: HttpRequest, study: Study) -> EntryPassage:
    passage = EntryPassage(study, "en")
    passage.language = languages.choose_language(request, passage.definition)
    speak(passage.language)
    return passage


def _bad_arrival(request: HttpRequest, passage: EntryPassage, bad: Refusal) -> HttpResponse:
    title = _("This link is not complete")
    return pages.notice(request, title, str(bad), status=400, slug=passage.study.slug, step="bad-arrival")
