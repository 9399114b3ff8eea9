"""A study's settings: who works on it, archiving and deleting. Members look, owners act."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.core.errors import Refusal
from annotations.research.access import access_member
from annotations.research.gates import act, page, user_of
from annotations.research.settings.inviting import invite_member
from annotations.research.views.studies import study_context
from annotations.studies.access import MANAGE, access_study, may_manage
from annotations.studies.members import ROLES, change_member, hand_over, remove_member
from annotations.studies.models import Member, Study
from annotations.studies.shelving import UNDO, archive_study, delete_study, unarchive_study

A_PAGE = 50
DIGITS = re.compile(r"[0-9]{1,18}")


@page
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    study = access_study(user, slug)
    members = study.members.select_related("user").order_by("role", "user__email")
    listed = Paginator(members, A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "settings") | {
        "listed": listed,
        "members": list(listed),
        "roles": ROLES,
        "managing": may_manage(user, study),
        "is_member": members.filter(user=user).exists(),
        "quiet": study.state in (Study.DRAFT, Study.CLOSED),
        "undo_days": UNDO.days,
    }
    return render(request, "research/settings/settings.html", context)


@act(then="settings")
def add(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=MANAGE)
    email, role = request.POST.get("email", ""), request.POST.get("role", "")
    base = request.build_absolute_uri("/")
    messages.success(request, invite_member(study=study, email=email, role=role, inviter=user, base=base))


@act(then="settings")
def change(request: HttpRequest, slug: str, pk: int) -> HttpResponse | None:
    user = user_of(request)
    study = access_study(user, slug, roles=MANAGE)
    member = access_member(study, pk)
    member = change_member(study=study, member=member, role=request.POST.get("role", ""), actor=user.email)
    messages.success(request, f"{member.user.email} is {_a(member.role)} now.")
    return None


@act(then="settings")
def remove(request: HttpRequest, slug: str, pk: int) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=MANAGE)
    member = access_member(study, pk)
    remove_member(study=study, member=member, actor=user.email)
    messages.success(request, f"{member.user.email} is no member of this study any more.")


@act(then="settings")
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    study = access_study(user, slug)
    mine = study.members.select_related("user").filter(user=user).first()
    if mine is None:
        raise Refusal("You are no member of this study.")
    remove_member(study=study, member=mine, actor=user.email)
    messages.success(request, f"You have left “{study.title}”.")
    return redirect("research:studies")


@act(then="settings")
def give(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=MANAGE)
    pk = request.POST.get("member", "")
    if not DIGITS.fullmatch(pk):
        raise Refusal("Choose the member to whom you hand the study over.")
    member = access_member(study, int(pk))
    hand_over(study=study, to=member, giver=user)
    messages.success(request, f"{member.user.email} owns the study now.")


@act(then="settings")
def archive(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    archive_study(study=access_study(user, slug, roles=MANAGE), actor=user.email)
    messages.success(request, "The study is in the archive: it can be taken out again at any time.")


@act(then="settings")
def unarchive(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    unarchive_study(study=access_study(user, slug, roles=MANAGE), actor=user.email)
    messages.success(request, "The study is among the others again.")


@act(then="settings")
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    study = access_study(user, slug, roles=MANAGE)
    delete_study(study=study, confirmation=request.POST.get("confirmation", ""), actor=user.email)
    messages.success(request, f"“{study.title}” is deleted. For {UNDO.days} days it can be had back here.")
    return redirect("research:deleted")


def _a(role: str) -> str:
    return f"an {role}" if role in (Member.OWNER, Member.EDITOR) else f"a {role}"
