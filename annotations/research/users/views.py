"""Users, for admins; one's own account; deleted studies, to be had back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from annotations.accounts.links import DAYS_GOOD, mail_link, password_link
from annotations.accounts.models import User
from annotations.accounts.services import change_account, change_role, disable_user, enable_user, invite_user
from annotations.core import mail
from annotations.core.errors import NotFound, Refusal
from annotations.research.access import access_deleted, access_user, deleted_of
from annotations.research.gates import View, form_page, page, user_of
from annotations.research.users.account import AccountForm
from annotations.studies.shelving import UNDO, restore_study

A_PAGE = 50
Act = Callable[..., HttpResponse | None]


def act_of(then: str) -> Callable[[Act], View]:
    """An act by POST that is about no study; where it is refused, the page `then` says why."""

    def gate(view: Act) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            given = None
            try:
                given = view(request, *args, **kwargs)
            except NotFound as missing:
                raise Http404 from missing
            except Refusal as refusal:
                messages.error(request, str(refusal))
            return given or redirect(then)

        return require_POST(login_required(wrapped))

    return gate


def admin_of(request: HttpRequest) -> User:
    """For everybody else the page is not there."""
    user = user_of(request)
    if not user.is_admin:
        raise NotFound("There is no such page.")
    return user


@page
def users(request: HttpRequest) -> HttpResponse:
    admin_of(request)
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = User.objects.annotate(n_studies=Count("memberships")).order_by("email")
    if wanted:
        found = found.filter(Q(email__icontains=wanted) | Q(name__icontains=wanted))
    listed = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {"area": "users", "listed": listed, "wanted": wanted, "mail_is_on": mail.is_on()}
    return render(request, "research/users/users.html", context)


@act_of("research:users")
def invite(request: HttpRequest) -> HttpResponse:
    admin, asked = admin_of(request), request.POST
    email, role = asked.get("email", ""), asked.get("role", "")
    user = invite_user(email=email, role=role, name=asked.get("name", ""), actor=admin.email)
    return _link_page(request, user, admin, invited=True)


@act_of("research:users")
def link(request: HttpRequest, pk: int) -> HttpResponse:
    admin = admin_of(request)
    user = access_user(admin, pk)
    if not user.is_active:
        raise Refusal(f"The account of {user.email} is switched off: switch it on first.")
    return _link_page(request, user, admin, invited=not user.has_usable_password())


def _link_page(request: HttpRequest, user: User, admin: User, *, invited: bool) -> HttpResponse:
    """The link goes by mail where there is one; else it is shown once, to be passed on."""
    made = password_link(user=user, base=request.build_absolute_uri("/"), actor=admin.email)
    mailed = mail_link(user=user, link=made, invited=invited)
    context = {"area": "users", "of": user, "link": "" if mailed else made, "days_good": DAYS_GOOD}
    response = render(request, "research/users/link.html", context)
    response["Cache-Control"] = "no-store"
    return response


@act_of("research:users")
def role(request: HttpRequest, pk: int) -> None:
    admin = admin_of(request)
    user = access_user(admin, pk)
    change_role(user=user, role=request.POST.get("role", ""), actor=admin)
    messages.success(request, f"The role of {user.email} is changed.")


@act_of("research:users")
def off(request: HttpRequest, pk: int) -> None:
    admin = admin_of(request)
    user = access_user(admin, pk)
    disable_user(user=user, actor=admin)
    messages.success(request, f"{user.email} is switched off and logged out.")


@act_of("research:users")
def on(request: HttpRequest, pk: int) -> None:
    admin = admin_of(request)
    user = access_user(admin, pk)
    enable_user(user=user, actor=admin)
    messages.success(request, f"{user.email} can log in again.")


@form_page
def account(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = AccountForm(request.POST or None, initial={"name": user.name, "time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        change_account(user=user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("research:account")
    return render(request, "research/users/account.html", {"form": form, "area": "account"})


@page
def deleted(request: HttpRequest) -> HttpResponse:
    listed = Paginator(deleted_of(user_of(request)), A_PAGE).get_page(request.GET.get("page"))
    lines = [(study, study.deleted_at + UNDO) for study in listed if study.deleted_at]
    return render(request, "research/users/deleted.html", {"lines": lines, "listed": listed})


@act_of("research:deleted")
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    study = access_deleted(user, slug)
    restore_study(study=study, actor=user.email)
    messages.success(request, "The study is back.")
    return redirect("research:overview", slug=slug)
