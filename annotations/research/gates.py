"""What every view of the workbench goes through."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.accounts.models import User
from annotations.accounts.zones import shown_in
from annotations.core.errors import NotFound, Refusal

View = Callable[..., HttpResponseBase]


def user_of(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def page(view: View) -> View:
    """A page to read, for people who are logged in. What is not theirs is not there."""
    return require_safe(_own(view))


def form_page(view: View) -> View:
    """A page with a form of its own, shown again with what is wrong with it."""
    return require_http_methods(["GET", "HEAD", "POST"])(_own(view))


def _own(view: View) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            with shown_in(user_of(request)):
                return view(request, *args, **kwargs)
        except NotFound as missing:
            raise Http404 from missing

    return never_cache(login_required(wrapped))


def act(*, then: str) -> Callable[[Callable[..., HttpResponse | None]], View]:
    """An act by POST, then what it gives, or else the page `then` of the study.

    Where the act is refused that page says why.
    """

    def gate(view: Callable[..., HttpResponse | None]) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            given = None
            try:
                with shown_in(user_of(request)):
                    given = view(request, slug, *args, **kwargs)
            except NotFound as missing:
                raise Http404 from missing
            except Refusal as refusal:
                messages.error(request, str(refusal))
            return given or redirect(f"research:{then}", slug=slug)

        return require_POST(login_required(wrapped))

    return gate
