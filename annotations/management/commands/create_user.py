"""Makes a user who can log in."""

from __future__ import annotations

import getpass
import secrets
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from annotations.accounts.models import User
from annotations.core import audit
from annotations.management.base import BadInput, PlatformCommand


class Command(PlatformCommand):
    help = (
        "Make a user. The password is asked for on a terminal, read from standard input with"
        " --password-stdin, and otherwise made up and printed once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the e-mail address to log in with")
        parser.add_argument("--role", choices=[User.ADMIN, User.RESEARCHER], required=True)
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of stdin"
        )

    def act(self, **options: Any) -> dict[str, Any]:
        email = _checked_email(options["email"])
        password, made_up = self._password(options["password_stdin"])
        user = User(email=email, role=options["role"])
        if not made_up:
            _check_password(password, user)
        with transaction.atomic():
            try:
                user = User.objects.create_user(email, password, role=options["role"])
            except (ValidationError, IntegrityError) as error:
                raise BadInput(_exists(email)) from error
            audit.record(actor=audit.SYSTEM, action="user created", subject=f"user:{user.pk}", role=user.role)
        result = {"email": user.email, "role": user.role}
        return {**result, "password": password} if made_up else result

    def describe(self, result: dict[str, Any]) -> str:
        article = "an" if result["role"] == User.ADMIN else "a"
        lines = [f"{result['email']} can log in as {article} {result['role']}."]
        if "password" in result:
            lines.append(f"Password (shown this once): {result['password']}")
        return "\n".join(lines)

    def _password(self, from_stdin: bool) -> tuple[str, bool]:
        """The password, and whether it was made up here."""
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n"), False
        if not sys.stdin.isatty() or self.as_json:
            return secrets.token_urlsafe(12), True
        password = getpass.getpass("Password (empty: make one up): ")
        if not password:
            return secrets.token_urlsafe(12), True
        if password != getpass.getpass("Once more: "):
            raise BadInput("The two passwords differ; no user was made.")
        return password, False


def _checked_email(text: str) -> str:
    email = text.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInput(f"“{text}” is not an e-mail address; no user was made.") from error
    if User.objects.filter(email__iexact=email).exists():
        raise BadInput(_exists(email))
    return email


def _exists(email: str) -> str:
    return f"There is already a user with the e-mail address {email}; nothing was changed."


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(" ".join(["No user was made.", *error.messages])) from error
