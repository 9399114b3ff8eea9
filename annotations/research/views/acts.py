"""What a researcher does to a study, each by POST: editors and owners only."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest

from annotations.analysis.pipeline import want_analysis
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import cancel_job
from annotations.releases.services import want_release
from annotations.research.access import access_job
from annotations.research.gates import act, user_of
from annotations.studies.access import EDIT, access_study
from annotations.studies.opening import begin_opening
from annotations.studies.services import CHANGED, close_study, pause_study


@act(then="overview")
def open_(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    if request.POST.get("revision", str(study.revision)) != str(study.revision):
        raise Refusal(CHANGED)  # since the checklist was looked at
    job = begin_opening(study=study, actor=user.email)
    if job is None:
        messages.success(request, "The study is open: people can come in at its join address.")


@act(then="overview")
def pause(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    pause_study(study=access_study(user, slug, roles=EDIT), actor=user.email)
    messages.success(request, "The study is paused. Answers to units already handed out are still stored.")


@act(then="overview")
def close(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    close_study(study=access_study(user, slug, roles=EDIT), actor=user.email)
    messages.success(request, "The study is closed. Answers to units already handed out are still stored.")


@act(then="results")
def analyse(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    want_analysis(study=study, wanted_by=user.email)


@act(then="releases")
def release(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    want_release(study=study, wanted_by=user.email)


@act(then="results")
def cancel(request: HttpRequest, slug: str, pk: uuid.UUID) -> None:
    study = access_study(user_of(request), slug, roles=EDIT)
    cancel_job(access_job(study, pk))
