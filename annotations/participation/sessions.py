"""A browser's way back into its enrolment: a cookie a study, the database has its hash."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from annotations.people.enrolling import find_enrolment
from annotations.people.models import Enrolment

KEPT_FOR = 30 * 24 * 3600
MOST_SESSIONS = 200


def cookie_name(slug: str) -> str:
    return f"take_{slug}"


def other_sessions(request: HttpRequest, slug: str) -> list[str]:
    """Tokens by which the browser is known in other studies, as many as anybody takes part in."""
    mine, prefix = cookie_name(slug), cookie_name("")
    names = (name for name in request.COOKIES if name.startswith(prefix) and name != mine)
    return [request.COOKIES[name] for name in sorted(names)[:MOST_SESSIONS]]


def open_session(response: HttpResponse, slug: str, token: str) -> None:
    set_cookie(response, cookie_name(slug), token, max_age=KEPT_FOR)


def set_cookie(
    response: HttpResponse, name: str, value: str, *, max_age: int | None = None, path: str = "/"
) -> None:
    """As every cookie of participants' pages is set: no script reads it, no other site sends it along."""
    response.set_cookie(
        name, value, max_age=max_age, path=path, httponly=True, samesite="Lax", secure=settings.HTTPS
    )


def session_enrolment(request: HttpRequest, slug: str) -> Enrolment | None:
    token = request.COOKIES.get(cookie_name(slug), "")
    return find_enrolment(slug, token) if token else None
