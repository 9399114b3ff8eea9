"""Whether the process is up (`/healthz`) and whether it can serve (`/readyz`)."""

from __future__ import annotations

import threading
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

DATABASE_SECONDS = 3.0
PLAIN = "text/plain; charset=utf-8"
_looking = threading.Lock()


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type=PLAIN)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    reason = why_not_ready()
    return HttpResponse(f"{reason or 'ready'}\n", content_type=PLAIN, status=503 if reason else 200)


def why_not_ready() -> str:
    """The reason in words, empty if there is none.

    A thread asks, since a database behind a dead network may not answer for minutes; while it waits no
    other is sent after it.
    """
    if not _looking.acquire(timeout=DATABASE_SECONDS):
        return "the database has not answered an earlier question yet"
    answer: list[str] = []
    thread = threading.Thread(target=_ask, args=[answer], daemon=True, name="readyz")
    thread.start()
    thread.join(DATABASE_SECONDS)
    return answer[0] if answer else f"the database did not answer within {DATABASE_SECONDS:.0f} seconds"


def _ask(answer: list[str]) -> None:
    try:
        missing = sorted(migrations_on_disk() - set(MigrationRecorder(connection).applied_migrations()))
        if not missing and _is_read_only():
            answer.append("the database takes no writes")
            return
        names = ", ".join(".".join(one) for one in missing[:5])
        answer.append(f"{len(missing)} migrations are not applied ({names})" if missing else "")
    except Exception as error:
        # Whatever it is, and each driver has its own: the database is of no use now.
        answer.append(f"the database cannot be used: {type(error).__name__}")
    finally:
        connection.close()
        _looking.release()


def _is_read_only() -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        return bool(cursor.fetchone()[0] == "on")


@cache
def migrations_on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
