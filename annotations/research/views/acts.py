"""What a researcher does to a study, each by POST: editors and owners only."""

from __future__ import annotations

import uuid
from importlib import import_module

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from annotations.analysis.pipeline import want_analysis
from annotations.core.jobs.outbox import cancel_job
from annotations.research.access import access_job
from annotations.research.gates import act, user_of
from annotations.studies.access import EDIT, access_study
from annotations.studies.services import close_study, open_study, pause_study


@act
def open_(request: HttpRequest, slug: str) -> str:
    user = user_of(request)
    study = open_study(study=access_study(user, slug, roles=EDIT), actor=user.email)
    messages.success(request, "The study is open: people can come in at its join address.")
    return reverse("research:overview", args=[study.slug])


@act
def pause(request: HttpRequest, slug: str) -> str:
    user = user_of(request)
    study = pause_study(study=access_study(user, slug, roles=EDIT), actor=user.email)
    messages.success(request, "The study is paused. Answers to units already handed out are still stored.")
    return reverse("research:overview", args=[study.slug])


@act
def close(request: HttpRequest, slug: str) -> str:
    user = user_of(request)
    study = close_study(study=access_study(user, slug, roles=EDIT), actor=user.email)
    messages.success(request, "The study is closed. Answers to units already handed out are still stored.")
    return reverse("research:overview", args=[study.slug])


@act
def analyse(request: HttpRequest, slug: str) -> str:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    want_analysis(study=study, wanted_by=user.email)
    return reverse("research:results", args=[study.slug])


@act
def release(request: HttpRequest, slug: str) -> str:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    import_module("annotations.releases.services").want_release(study=study, wanted_by=user.email)
    return reverse("research:releases", args=[study.slug])


@act
def cancel(request: HttpRequest, slug: str, pk: uuid.UUID) -> str:
    study = access_study(user_of(request), slug, roles=EDIT)
    cancel_job(access_job(study, pk))
    return reverse("research:results", args=[study.slug])
