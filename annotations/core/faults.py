"""Pages for what went wrong before any view was reached, or in one.

Django's own handlers look for a CSRF token first, so they read the form whose reading failed, and fail.
"""

from __future__ import annotations

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

# The workbench is in English whatever the browser asks for.
TRANSLATED = ("/join/", "/take/")
# Seconds.
RETRY_AFTER = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403, "403_csrf.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is handled. What only the database failed in is no fault, and passes."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        answer = _page(request, 503)
        answer["Retry-After"] = str(RETRY_AFTER)
        return answer
    return _page(request, 500)


def _page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    language = settings.LANGUAGE_CODE
    if request.path.startswith(TRANSLATED):
        language = translation.get_language_from_request(request)
    with translation.override(language):
        return HttpResponse(render_to_string(template or f"{status}.html"), status=status)
