"""Alerts of a study: those that stand and those that are over, and whether they come by mail."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.core import mail
from annotations.core.errors import Refusal
from annotations.research.access import access_alert
from annotations.research.gates import act, page, user_of
from annotations.research.views.studies import study_context
from annotations.studies.access import access_study
from annotations.studies.models import Member
from annotations.studies.watches import Alert, AlertDismissal, choose_mail, dismiss_alert

A_PAGE = 50


@page
def alerts(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    study = access_study(user, slug)
    dismissed = AlertDismissal.objects.filter(alert=OuterRef("pk"), user=user)
    found = Alert.objects.filter(study=study).annotate(dismissed=Exists(dismissed)).order_by("-pk")
    listed = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    wanted = Member.objects.filter(study=study, user=user).values_list("alert_mail", flat=True).first()
    context = study_context(request, study, "overview") | {
        "alerts": list(listed),
        "listed": listed,
        "is_member": wanted is not None,
        "by_mail": bool(wanted),
        "mail_is_on": mail.is_on(),
    }
    return render(request, "research/watching/alerts.html", context)


@act(then="overview")
def dismiss(request: HttpRequest, slug: str, pk: int) -> None:
    """For whoever asks, viewers too: the others still see it."""
    user = user_of(request)
    study = access_study(user, slug)
    dismiss_alert(alert=access_alert(study, pk), user=user)


@act(then="alerts")
def choose(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_study(user, slug)
    wanted = request.POST.get("by_mail") == "1"
    if not choose_mail(study=study, user=user, wanted=wanted):
        raise Refusal("Mails go to members of the study, and you are none: ask an owner to add you.")
    messages.success(request, "Alerts come by mail too." if wanted else "Alerts no longer come by mail.")
