from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations.catalogue.bundle import BundleErrors
from annotations.management.base import BadInput, PlatformCommand
from annotations.releases.loading import load_bundle
from annotations.studies.definition import DefinitionErrors


class Command(PlatformCommand):
    help = "Load a study bundle: a folder, or a zip archive of one, with study.yaml and its tables."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the bundle's folder or zip archive")
        parser.add_argument(
            "--slug", default="", help="name in addresses (default: as the folder or archive)"
        )
        parser.add_argument("--open", action="store_true", help="open the study at once")

    def act(self, **options: Any) -> dict[str, Any]:
        with self.progress_bar("rows", unit="row") as bar:

            def tell(table: str, done: int) -> None:
                bar.set_description(table)
                bar.update(done - bar.n if done > bar.n else done)

            try:
                report = load_bundle(
                    folder=options["path"],
                    slug=options["slug"],
                    actor="command line",
                    open_now=options["open"],
                    tell=tell,
                )
            except BundleErrors as bad:
                raise BadInput(bad.problems) from bad
            except DefinitionErrors as bad:
                raise BadInput(bad.problems) from bad
        return {
            "study": report.study.slug,
            "state": report.study.state,
            "changed": report.changed,
            "rows": report.counts,
            "already_there": report.already,
            "warnings": [warning.as_dict() for warning in report.warnings],
        }

    def describe(self, result: dict[str, Any]) -> str:
        if not result["changed"]:
            return (
                f"The study {result['study']} is loaded already with the same content; nothing was changed."
            )
        rows = ", ".join(f"{count:,} {table}" for table, count in result["rows"].items())
        lines = [f"Loaded {result['study']} ({result['state']}): {rows}."]
        lines += [
            f"{table}: {count:,} were there already" for table, count in result["already_there"].items()
        ]
        lines += [f"warning: {warning['file']}: {warning['reason']}" for warning in result["warnings"]]
        return "\n".join(lines)
