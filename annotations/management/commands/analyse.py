from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from annotations.analysis.models import Run
from annotations.analysis.pipeline import MOST_RESAMPLES, known_analyses, want_analysis
from annotations.core.errors import Refusal
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.management.base import BadInput, PlatformCommand
from annotations.studies.definition.values import LARGEST_WHOLE
from annotations.studies.models import Study


class Command(PlatformCommand):
    help = "Run a study's analyses and wait for them, with or without a worker running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--only", default="", help="analyses, with commas: calibration,supervision")
        parser.add_argument("--resamples", type=int, help="default: the definition's")
        parser.add_argument("--seed", type=int, help="default: the definition's")

    def act(self, **options: Any) -> dict[str, Any]:
        study = Study.objects.visible().select_related("version").filter(slug=options["slug"]).first()
        if study is None:
            raise BadInput(f"There is no study {options['slug']!r}.")
        only = tuple(name.strip() for name in options["only"].split(",") if name.strip())
        if unknown := sorted(set(only) - set(known_analyses())):
            raise BadInput(f"--only knows {', '.join(known_analyses())}, not {', '.join(unknown)}.")
        for name, most in (("resamples", MOST_RESAMPLES), ("seed", LARGEST_WHOLE)):
            if options[name] is not None and not 0 <= options[name] <= most:
                raise BadInput(f"--{name} is a whole number from 0 to {most}.")
        job = want_analysis(
            study=study,
            wanted_by="command line",
            only=only,
            resamples=options["resamples"],
            seed=options["seed"],
        )
        with self.progress_bar("analyses", 1.0) as bar:

            def tell(job: Job) -> None:
                parts = list(job.parts.values_list("progress", flat=True))
                bar.update(sum(parts) / max(len(parts), 1) - bar.n)

            job = drive(job, tell=tell)
        if job.state != Job.DONE:
            raise Refusal(f"The analysis of {study.slug} is {job.state}: {job.error}")
        runs = Run.objects.filter(pk__in=[pk for pk in job.result["runs"].values() if pk])
        return {
            "study": study.slug,
            "job": str(job.pk),
            "runs": [
                {"kind": run.kind, "run": run.pk, "fingerprint": run.fingerprint, "warnings": run.warnings}
                for run in runs.order_by("pk")
            ],
        }

    def describe(self, result: dict[str, Any]) -> str:
        lines = [f"Analysed {result['study']}."]
        for run in result["runs"]:
            lines.append(f"{run['kind']}: run {run['run']}, data {run['fingerprint'][:12]}")
            lines += [f"  warning: {warning}" for warning in run["warnings"]]
        return "\n".join(lines)
