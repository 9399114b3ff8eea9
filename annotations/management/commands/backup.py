from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations.management.backups import back_up
from annotations.management.base import BadInput, PlatformCommand


class Command(PlatformCommand):
    help = "Write a backup of the database to FILE, while the platform runs. Back up var/keys apart."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def act(self, **options: Any) -> dict[str, Any]:
        file: Path = options["file"]
        if file.exists():
            raise BadInput(f"{file} exists already: give the backup another name.")
        if not file.absolute().parent.is_dir():
            raise BadInput(f"There is no folder {file.parent}: make it first.")
        return {"file": str(file), "rows": back_up(file.absolute())}

    def describe(self, result: dict[str, Any]) -> str:
        return f"Backed up {sum(result['rows'].values()):,} rows to {result['file']}. Back up var/keys apart."
