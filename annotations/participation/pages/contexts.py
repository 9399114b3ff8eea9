"""What every page has. Nothing that a participant must not know gets into a context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from annotations.core import clock
from annotations.participation import languages, providers
from annotations.participation.passage import Passage, RealPassage
from annotations.participation.progress import progress_of
from annotations.people.enrolling import withdrawal_code
from annotations.people.identities import details_of
from annotations.people.models import Enrolment
from annotations.studies.models import Study

PLAIN = "plain"
Errors = dict[str, str]


def title_of(study: Study, definition: Mapping[str, Any], language: str) -> str:
    """In the person's language where it has a name there; every study has a title."""
    return str(definition["information"]["title"].get(language) or study.title)


def definition_of(study: Study) -> dict[str, Any]:
    """The definition as it is served, for whoever is not in the study."""
    definition: dict[str, Any] = study.version.definition if study.version else study.definition
    return definition


def provider_of(study: Study) -> str:
    """By the draft's definition: how people are recruited is no part of what was frozen."""
    return str(study.definition["recruitment"]["provider"])


def departure_of(enrolment: Enrolment, outcome: str) -> Any:
    study = enrolment.batch.study
    return providers.get(provider_of(study)).departure(study, outcome, details_of(enrolment.participant))


def study_context(
    request: HttpRequest, study: Study, definition: Mapping[str, Any], language: str, step: str
) -> dict[str, Any]:
    return {
        "study": study,
        "study_title": title_of(study, definition, language),
        "slug": study.slug,
        "step": step,
        "language": language,
        "direction": languages.direction(language),
        "languages": languages.choices(definition["locales"]),
        "back": request.get_full_path(),
    }


def base_context(request: HttpRequest, passage: Passage, step: str) -> dict[str, Any]:
    """What every page inside a study has."""
    context = study_context(request, passage.study, passage.definition, passage.language, step)
    context |= {"done": passage.answered, "wanted": passage.wanted, "preview": passage.preview}
    context["lease_minutes"] = passage.lease_minutes
    seconds = None
    if passage.preview:
        context |= {
            "spec": passage.spec,
            "steps_ahead": passage.definition["steps"],
            "arms": passage.definition["conditions"],
            "condition": passage.condition,
        }
    if isinstance(passage, RealPassage):
        enrolment, now = passage.enrolment, clock.now()
        context["withdrawal_code"] = withdrawal_code(enrolment.participant)
        if enrolment.state == Enrolment.ACTIVE:
            # A place is held on every page until the last unit is done, so every page warns of its end.
            context |= {
                "has_place": True,
                "lease_seconds": max(0, round((enrolment.expires_at - now).total_seconds())),
                "keep_address": reverse("participation:keep", args=[passage.study.slug]),
            }
        seconds = (now - enrolment.started_at).total_seconds()
    if step not in ("exit", "consent-copy"):
        progress = progress_of(passage, seconds)
        context |= {"percent": progress.percent, "minutes_left": progress.minutes_left}
    return context
