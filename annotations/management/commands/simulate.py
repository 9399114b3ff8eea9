from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from annotations.management.base import BadInput, PlatformCommand
from annotations.participation.simulation import simulate
from annotations.studies.models import Study


class Command(PlatformCommand):
    help = "Send simulated people through an open study. Refused where humans have answered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--participants", type=int, required=True)
        parser.add_argument("--seed", type=int, required=True)

    def act(self, **options: Any) -> dict[str, Any]:
        study = Study.objects.visible().select_related("version").filter(slug=options["slug"]).first()
        if study is None:
            raise BadInput(f"There is no study {options['slug']!r}.")
        if options["participants"] < 1 or options["seed"] < 0:
            raise BadInput("--participants is 1 or more, --seed is 0 or more.")
        with self.progress_bar("simulated people", options["participants"]) as bar:

            def tell(done: int) -> None:
                bar.update(1)

            done = simulate(
                study=study,
                participants=options["participants"],
                seed=options["seed"],
                tell=tell,
            )
        return {"study": study.slug, "participants": done.participants, "answers": done.answers}

    def describe(self, result: dict[str, Any]) -> str:
        people, answers = result["participants"], result["answers"]
        return f"{people} simulated people gave {answers:,} answers in {result['study']}."
