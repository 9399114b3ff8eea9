from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations.management.base import BadInput, Failed, PlatformCommand


class Command(PlatformCommand):
    help = (
        "Compute everything in a release again from its folder alone, without the database, and compare:"
        " files, tables, definition, runs, figures and documents."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", type=Path, help="the folder of a release")

    def act(self, **options: Any) -> dict[str, Any]:
        # Here and not above: they load the libraries of the analyses.
        from annotations.releases.verifying.checking import summary, verify_release
        from annotations.releases.verifying.report import Unreadable

        with self.progress_bar("release", 1.0) as bar:

            def tell(share: float, what: str) -> None:
                bar.set_description(what)
                bar.update(share - bar.n)

            try:
                manifest, report = verify_release(options["dir"], tell)
            except Unreadable as bad:
                raise BadInput(bad.problems) from bad
        for warning in report.warnings:
            self.tell(f"warning: {warning}")
        result = summary(manifest, report)
        if report.errors:
            raise Failed(report.problems(), result)
        return result | {"dir": str(options["dir"])}

    def describe(self, result: dict[str, Any]) -> str:
        compared = ", ".join(f"{count:,} {what}" for what, count in result["compared"].items())
        resamples = ", ".join(f"{kind} {count:,}" for kind, count in result["resamples"].items())
        return f"{result['dir']} holds what it says. Compared: {compared}. Resamples: {resamples}."
