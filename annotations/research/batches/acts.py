"""What a researcher does to one batch, each by POST: editors and owners only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from annotations.core.errors import Refusal
from annotations.research.access import access_batch
from annotations.research.batches.forms import ExtendForm
from annotations.research.gates import View, act, user_of
from annotations.studies.access import EDIT, access_study
from annotations.studies.batches import close_batch, pause_batch, resume_batch
from annotations.studies.extending import extend_batch
from annotations.studies.models import Batch

Deed = Callable[[HttpRequest, Batch, str], str]


def on_batch(deed: Deed) -> View:
    """The deed says what it did; done or refused, the batch's page comes next and tells."""

    @wraps(deed)
    def view(request: HttpRequest, slug: str, name: str) -> HttpResponse:
        user = user_of(request)
        batch = access_batch(access_study(user, slug, roles=EDIT), name)
        try:
            messages.success(request, deed(request, batch, user.email))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("research:batch", slug=slug, name=name)

    return act(then="batches")(view)


@on_batch
def pause(request: HttpRequest, batch: Batch, actor: str) -> str:
    pause_batch(batch=batch, actor=actor)
    return (
        "The batch is paused: nobody comes in, nothing is handed out. Answers already begun are still stored."
    )


@on_batch
def resume(request: HttpRequest, batch: Batch, actor: str) -> str:
    resume_batch(batch=batch, actor=actor)
    return "The batch goes on: people can come in again."


@on_batch
def close(request: HttpRequest, batch: Batch, actor: str) -> str:
    close_batch(batch=batch, actor=actor)
    return "The batch is closed for good. Answers to units already handed out are still stored."


@on_batch
def extend(request: HttpRequest, batch: Batch, actor: str) -> str:
    form = ExtendForm(request.POST, batch=batch)
    if not form.is_valid():
        raise Refusal(" ".join(f"{form.fields[name].label}: {said[0]}" for name, said in form.errors.items()))
    job = extend_batch(batch=batch, wanted=form.wanted(), actor=actor)
    if job is not None:
        return "Room is being made for more answers to each unit. People go on meanwhile."
    return "The batch is extended. Its history below tells what changed."
