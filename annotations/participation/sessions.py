"""A browser's way back into its enrolment: a cookie a study, the database has its hash."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from annotations.people.enrolling import find_enrolment
from annotations.people.models import Enrolment

KEPT_FOR = 30 * 24 * 3600


def cookie_name(slug: str) -> str:
    return f"take_{slug}"


def open_session(response: HttpResponse, slug: str, token: str) -> None:
    response.set_cookie(
        cookie_name(slug), token, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=settings.HTTPS
    )


def session_enrolment(request: HttpRequest, slug: str) -> Enrolment | None:
    token = request.COOKIES.get(cookie_name(slug), "")
    return find_enrolment(slug, token) if token else None
