"""Small helpers by which the settings read the environment.

What cannot be used ends the process with one sentence, before any command runs: who starts the platform
can mend it, and needs no traceback for that.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import dj_database_url

from annotations.core import keys
from annotations.core.errors import Refusal
from annotations.core.problems import Problem, shown

MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    return default if not value else value in ("1", "true", "yes", "on")


def listed(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def folder(path: Path) -> Path:
    """The folder, made for this user's eyes only if it is not there."""
    try:
        path = path.resolve()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:  # the latter of links that lead to each other
        reason = getattr(error, "strerror", None) or "its links lead nowhere"
        end(f"The folder {path} cannot be made or used: {reason}. Mend it, or set STUDYPLATFORM_VAR.")
    return path


def keys_in(path: Path) -> keys.Keys:
    try:
        return keys.load(path)
    except Refusal as refusal:
        end(str(refusal))


def database(name: str, default: str) -> dict[str, Any]:
    # Sentences do not repeat the address: it holds a password.
    try:
        address = dj_database_url.parse(text(name, default), conn_max_age=60, conn_health_checks=True)
        found: dict[str, Any] = {**address}
    except ValueError:
        found = {}
    if found.get("ENGINE") not in ENGINES or not found.get("NAME"):
        end(
            f"{name} is no address of a database: write postgres://user:password@host/name or sqlite:///path."
        )
    return found


def zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        end(f"{name} is {shown(value)}, which is no time zone: write one such as Europe/Berlin or UTC.")
    return value


@dataclass(frozen=True)
class MailServer:
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False

    @property
    def backend(self) -> str:
        return f"django.core.mail.backends.{'smtp' if self.host else 'dummy'}.EmailBackend"


def mail(name: str) -> MailServer:
    """STARTTLS for smtp://, TLS from the start for smtps://; no host where none is set."""
    address = text(name)
    if not address:
        return MailServer()
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or MAIL_PORTS[parts.scheme]
    except (KeyError, ValueError):
        host, port = "", 0
    if not host or parts.scheme not in MAIL_PORTS:
        # The sentence does not repeat the address: it holds a password.
        end(
            f"{name} is no address of a mail server: write smtp://user:password@host:587, smtps:// for TLS"
            " from the start, or smtp+plain:// for a server on this machine."
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(host, port, user, password, parts.scheme == "smtp", parts.scheme == "smtps")


def whole(name: str, default: int, *, least: int = 1) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 10) or int(value) < least:
        end(f"{name} is {shown(value)}: write a whole number, {least} or more.")
    return int(value)


def log_level(name: str, default: str) -> str:
    value = text(name, default)
    if value.upper() not in logging.getLevelNamesMapping():
        end(f"{name} is {shown(value)}: write DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return value.upper()


def end(sentence: str) -> NoReturn:
    """Exit code 1 with the sentence; for a command that was asked for JSON, as its one object."""
    if Path(sys.argv[0]).name != "manage.py" or "--json" not in sys.argv:
        sys.exit(sentence)
    errors = [Problem("", None, None, sentence).as_dict()]
    print(json.dumps({"ok": False, "result": None, "errors": errors}, indent=2))
    sys.exit(1)
