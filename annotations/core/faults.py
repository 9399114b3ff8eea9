"""Pages for what went wrong before any view was reached, or in one.

Django's own handlers look for a CSRF token first, so they read the form whose reading failed, and fail.
"""

from __future__ import annotations

import codecs
import errno
import sys
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.utils import translation

# The workbench is in English whatever the browser asks for.
TRANSLATED = ("/join/", "/take/")
# Seconds.
RETRY_AFTER = 5
# PostgreSQL: read_only_sql_transaction (as of a standby), undefined_table.
READ_ONLY, NO_TABLE = "25006", "42P01"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django says so too where a session could not be stored, whatever kept it from that."""
    cause: BaseException | None = exception
    while cause is not None:
        if isinstance(cause, DatabaseError) and is_outage(cause):
            return _outage(request)
        cause = cause.__context__
    return _page(request, 400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403, "403_csrf.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is handled. What only the database failed in is no fault, and passes."""
    error = sys.exc_info()[1]
    if isinstance(error, UnreadablePostError):
        return _page(request, 400)  # who sent it went away, or stalled
    if is_outage(error):
        return _outage(request)
    return _page(request, 500)


def _outage(request: HttpRequest) -> HttpResponse:
    answer = _page(request, 503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def is_outage(error: BaseException | None) -> bool:
    """Whether the database is at fault: away, full, locked, not to be written to, or not migrated yet.

    So too the disk beside it, where no file can be written.
    """
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    state = getattr(error.__cause__, "sqlstate", None) if isinstance(error, DatabaseError) else None
    return isinstance(error, OperationalError | InterfaceError) or state in (READ_ONLY, NO_TABLE)


class OnlyUtf8:
    """Middleware: a request in another character set is a bad one.

    Django would decode it by whichever of Python's codecs it names, some of which take minutes for a form or
    raise errors of their own. Browsers send UTF-8, as the pages are.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            return _page(request, 400)
        return self.get_response(request)


def _page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    language = settings.LANGUAGE_CODE
    if request.path.startswith(TRANSLATED):
        language = translation.get_language_from_request(request)
    with translation.override(language):
        return HttpResponse(render_to_string(template or f"{status}.html"), status=status)
