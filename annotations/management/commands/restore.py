from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from annotations.core.errors import Refusal
from annotations.management import supervisor
from annotations.management.backups import NoBackup, restore
from annotations.management.base import BadInput, PlatformCommand


class Command(PlatformCommand):
    help = "Put a backup in the place of the database. Stop the platform first."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def act(self, **options: Any) -> dict[str, Any]:
        file: Path = options["file"]
        if not file.is_file():
            raise BadInput(f"There is no file {file}.")
        if not options["yes"] and not self.as_json and sys.stdin.isatty() and not _agreed():
            raise Refusal("Nothing was changed.")
        try:
            with supervisor.only_one(settings.VAR):
                return {"file": str(file), "rows": restore(file.absolute())}
        except NoBackup as error:
            raise BadInput(str(error)) from error

    def describe(self, result: dict[str, Any]) -> str:
        return f"Restored {sum(result['rows'].values()):,} rows from {result['file']}."


def _agreed() -> bool:
    answer = input("Everything in the database now gives way to the backup. Go on? [y/N] ")
    return answer.strip().lower() in ("y", "yes")
