"""What participants wrote to the researchers, and what they answered beside their tasks."""

from __future__ import annotations

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from annotations.core import audit, clock
from annotations.research.beside import step_answer_lines
from annotations.research.gates import act, page, user_of
from annotations.research.views.studies import study_context
from annotations.responses.models import Message
from annotations.studies.access import EDIT, access_study

A_PAGE = 50


@page
def messages(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    found = Message.objects.filter(study=study).select_related("participant").order_by("-pk")
    listed = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "messages") | {"found": list(listed), "listed": listed}
    return render(request, "research/messages.html", context)


@act(then="messages")
def read(request: HttpRequest, slug: str) -> None:
    study = access_study(user_of(request), slug, roles=EDIT)
    count = Message.objects.filter(study=study, read_at__isnull=True).update(read_at=clock.now())
    notices.success(request, f"{count} messages are marked as read." if count != 1 else "Marked as read.")


@page
def step_answers(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Answers to questionnaires and the like, which no release holds: for editors, and put on record."""
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    audit.record(actor=user.email, action="step answers downloaded", subject=study.slug)
    response = StreamingHttpResponse(step_answer_lines(study), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-step-answers.csv"'
    return response
