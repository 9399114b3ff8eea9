"""Studies: the list, and the pages inside one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.accounts.models import User
from annotations.analysis.models import Run
from annotations.core import workers
from annotations.people.models import KINDS, Participant
from annotations.releases.models import Release
from annotations.research.gates import page, user_of
from annotations.research.jobs import live_of
from annotations.research.listing import next_step, with_progress
from annotations.research.overview import Kinds, overview_of
from annotations.research.retention import days_kept
from annotations.research.watching.flow import flow_of
from annotations.research.watching.pay import pay_of
from annotations.responses.models import Message, Response
from annotations.studies.access import EDIT, access_study, may_edit, studies_of
from annotations.studies.definition import to_yaml
from annotations.studies.models import Batch, Member, Study
from annotations.studies.services import why_not_open
from annotations.studies.watches import Alert, Watch

LABELS = {"setup": "Set-up"}
STUDIES_A_PAGE, ALERTS_SHOWN = 25, 5


def study_context(request: HttpRequest, study: Study, tab: str) -> dict[str, Any]:
    """What every page inside a study needs: its tabs, its live part, and what the user may do."""
    user, live = user_of(request), live_of(study)
    has = _has(study, user)
    editing = user.is_admin or has["is_editor"]
    return {
        "study": study,
        "tab": tab,
        "tabs": _tabs(study, tab, editing, has),
        "live": live,
        "may_edit": editing,
        "kinds": Kinds(**{kind: has[kind] or 0 for kind in KINDS}),
    }


def _has(study: Study, user: User) -> dict[str, Any]:
    """What there is of the study, its people by kind, and whether the user may edit it. One query."""
    of_study = {"study": OuterRef("pk")}
    people = Participant.objects.filter(**of_study).order_by().values("study")
    kinds = {kind: Subquery(people.filter(kind=kind).annotate(n=Count("pk")).values("n")) for kind in KINDS}
    found = Study.objects.filter(pk=study.pk).annotate(
        is_editor=Exists(Member.objects.filter(user=user, role__in=EDIT, **of_study)),
        has_runs=Exists(Run.objects.filter(**of_study)),
        has_answers=Exists(Response.objects.filter(**of_study)),
        has_batches=Exists(Batch.objects.filter(**of_study).exclude(state=Batch.PREPARING)),
        has_people=Exists(Participant.objects.filter(**of_study)),
        has_messages=Exists(Message.objects.filter(**of_study)),
        has_releases=Exists(Release.objects.filter(**of_study)),
        **kinds,
    )
    names = ("has_runs", "has_answers", "has_batches", "has_people", "has_messages", "has_releases")
    has: dict[str, Any] = found.values("is_editor", *names, *KINDS).get()
    return has


def _tabs(study: Study, current: str, editing: bool, has: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Tabs with content; the one that is open is always there."""
    wanted = {
        "overview": True,
        "setup": editing or study.state == Study.DRAFT,
        "import": editing and study.state == Study.DRAFT,
        "grading": study.judges_outputs,
        "results": has["has_runs"] or has["has_answers"],
        "batches": has["has_batches"] or (editing and study.state != Study.CLOSED),
        "recruitment": editing and bool(study.definition["batches"]),
        "people": has["has_people"],
        "messages": has["has_messages"],
        "releases": has["has_releases"] or has["has_runs"],
        "log": True,
        "settings": True,
    }
    return [
        (name, LABELS.get(name, name.capitalize()))
        for name, shown in wanted.items()
        if shown or name == current
    ]


@page
def studies(request: HttpRequest) -> HttpResponse:
    archived = request.GET.get("show") == "archived"
    found = with_progress(studies_of(user_of(request)).filter(archived_at__isnull=not archived))
    listed = Paginator(found, STUDIES_A_PAGE).get_page(request.GET.get("page"))
    lines = [(study, next_step(study)) for study in listed]
    return render(request, "research/studies.html", {"lines": lines, "listed": listed, "archived": archived})


@page
def banner(request: HttpRequest) -> HttpResponse:
    return render(request, "research/_banner.html", {"worker_alive": workers.any_alive()})


@page
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    context = study_context(request, study, "overview")
    context |= {
        **watching_of(request, study, context["kinds"]),
        "join_address": request.build_absolute_uri(f"/join/{study.slug}/"),
        "reasons": why_not_open(study) if study.state == Study.DRAFT else [],
        "definition_yaml": to_yaml(study.definition),
        "days_kept": days_kept(study),
    }
    return render(request, "research/overview.html", context)


@page
def overview_numbers(request: HttpRequest, slug: str) -> HttpResponse:
    """The numbers of the overview alone, for the page that refreshes itself."""
    study = access_study(user_of(request), slug)
    return render(request, "research/_numbers.html", {"study": study, **watching_of(request, study)})


def watching_of(request: HttpRequest, study: Study, kinds: Kinds | None = None) -> dict[str, Any]:
    """The part of the overview that is asked for again and again. Six queries."""
    watch = Watch.objects.filter(study=study).first()
    return {
        "overview": overview_of(study, kinds),
        "flow": flow_of(watch),
        "alerts": list(Alert.objects.filter(study=study).shown_to(user_of(request))[:ALERTS_SHOWN]),
        "pay": pay_of(study, watch.seen.get("active_minutes") if watch else None),
    }


@page
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """Jobs and the banner alone, for pages that refresh themselves."""
    user = user_of(request)
    study = access_study(user, slug)
    context = {"study": study, "live": live_of(study), "may_edit": may_edit(user, study)}
    return render(request, "research/_live.html", context)
