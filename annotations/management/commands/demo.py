from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser

from annotations.accounts.models import User
from annotations.analysis.pipeline import want_analysis
from annotations.analysis.runs import is_stale, latest_run
from annotations.core.errors import Refusal
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.management import listening, supervisor
from annotations.management.base import PlatformCommand
from annotations.participation.simulation import simulate
from annotations.people.models import Participant
from annotations.releases.loading import load_bundle
from annotations.studies.models import Study
from annotations.studies.services import open_study

# Ten places of each study stay free, for whoever wants to try it.
EXAMPLES = (
    ("gsm8k-difficulty", 50),
    ("gsm8k-supervision", 50),
    ("arithmetic-difficulty", 30),
    ("arithmetic-supervision", 30),
)
SEED = 20240925
EMAIL = "demo@example.org"


class Command(PlatformCommand):
    help = "Load the example studies, fill them with simulated people, analyse them, and serve them."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--headless", action="store_true", help="print the result and do not serve")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def act(self, **options: Any) -> dict[str, Any]:
        if not options["headless"]:
            listening.listen(options["host"], options["port"]).close()
        supervisor.prepare_database(self.tell)
        user, password = self._user()
        for slug, people in EXAMPLES:
            self._fill(slug, people, user)
        result: dict[str, Any] = {
            "simulated": True,
            "people": _people(),
            "calibration": [row for slug, _ in EXAMPLES for row in _calibration(slug)],
            "slips": [row for slug, _ in EXAMPLES for row in _slips(slug)],
        }
        if options["headless"]:
            return result
        self.stdout.write(self.describe(result))
        self.stdout.write(self._welcome(options["port"], password))
        self.stdout.flush()
        call_command("up", host=options["host"], port=options["port"])
        return {}

    def describe(self, result: dict[str, Any]) -> str:
        if not result:
            return ""
        lines = [
            "",
            f"Difficulty calibration, from {result['people']} (location and slope with 95 % intervals):",
            *(_calibration_line(row) for row in result["calibration"]),
            "",
            f"Slips by difficulty bin, from {result['people']} (incorrect outputs judged correct):",
        ]
        study = None
        for row in result["slips"]:
            if row["study"] != study:
                study = row["study"]
                lines.append(f"  {study}")
            lines.append(_slip_line(row))
        return "\n".join(lines)

    def _user(self) -> tuple[User, str]:
        """The demo's log-in, with a new password each time: nothing stands in the code."""
        password = secrets.token_urlsafe(9)
        user = User.objects.filter(email=EMAIL).first()
        if user is None:
            return User.objects.create_superuser(EMAIL, password, name="Demo"), password
        user.set_password(password)
        user.save(update_fields=["password"])
        return user, password

    def _fill(self, slug: str, people: int, user: User) -> None:
        self.tell(f"{slug}: loading")
        report = load_bundle(folder=settings.EXAMPLES / slug, owner=user, actor="demo", tell=lambda *_: None)
        study = report.study
        if study.state == Study.DRAFT:
            study = open_study(study=study, actor="demo")
        if Participant.objects.filter(study=study, kind=Participant.HUMAN).exists():
            self.tell(f"{slug}: people have answered, so no simulated ones are added")
        elif study.state == Study.OPEN:
            with self.progress_bar(f"{slug}: simulated people", people) as bar:

                def told(done: int) -> None:
                    bar.update(1)

                simulate(study=study, participants=people, seed=SEED, tell=told)
        self._analyse(study)

    def _analyse(self, study: Study) -> None:
        kind = "supervision" if study.judges_outputs else "calibration"
        run = latest_run(study, kind)
        if run is not None and not is_stale(run):
            return
        self.tell(f"{study.slug}: analysing")
        job = drive(want_analysis(study=study, wanted_by="demo"))
        if job.state != Job.DONE:
            raise Refusal(f"The analysis of {study.slug} is {job.state}: {job.error}")

    def _welcome(self, port: int, password: str) -> str:
        address = f"http://localhost:{port}"
        lines = [
            "",
            f"  research   {address}/research/",
            f"             log in as {EMAIL} with the password {password}",
            *(f"  take part  {address}/join/{slug}/" for slug, _ in EXAMPLES),
            "",
        ]
        return "\n".join(lines)


def _people() -> str:
    """Who the numbers come from, in words."""
    took_part = Participant.objects.filter(
        study__slug__in=[slug for slug, _ in EXAMPLES], responses__isnull=False
    ).distinct()
    simulated = took_part.filter(kind=Participant.SIMULATED).count()
    others = took_part.count() - simulated
    return f"{simulated} simulated and {others} other people" if others else "simulated people"


def _calibration(slug: str) -> list[dict[str, Any]]:
    rows = _rows(slug, "calibration")
    return [row for row in rows if row["population"] == "all"]


def _slips(slug: str) -> list[dict[str, Any]]:
    return [
        row
        for row in _rows(slug, "supervision")
        if row["group"] == "all" and (row["grade"], row["verdict"]) == ("incorrect", "correct")
    ]


def _rows(slug: str, kind: str) -> list[dict[str, Any]]:
    """The table of the study's latest run; none where it has no such run."""
    study = Study.objects.get(slug=slug)
    if (kind == "supervision") != study.judges_outputs:
        return []  # the calibration of a study of verdicts is borrowed
    run = latest_run(study, kind)
    return [{"study": slug, **row} for row in run.rows(kind)] if run else []


def _calibration_line(row: dict[str, Any]) -> str:
    return (
        f"  {row['domain']:<10} {row['target']:<8} {row['method']:<14}"
        f" location {_interval(row, 'location')}  slope {_interval(row, 'slope')}"
    )


def _slip_line(row: dict[str, Any]) -> str:
    name = {None: "all", "missing": "missing"}.get(row["bin"], f"bin {row['bin']}")
    span = "" if row["difficulty_low"] is None else _span(row)
    rate = "no judgement" if row["rate"] is None else f"{row['rate']:.3f}  {_bounds(row)}"
    return f"    {name:<8} {span:<14} {row['n']:>4} of {row['total']:>4}  {rate}"


def _interval(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return "not found"
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{row[name]:.3f}" + ("" if low is None else f" [{low:.3f}, {high:.3f}]")


def _span(row: dict[str, Any]) -> str:
    return f"{row['difficulty_low']:.1f}-{row['difficulty_high']:.1f}"


def _bounds(row: dict[str, Any]) -> str:
    return "" if row["low"] is None else f"[{row['low']:.3f}, {row['high']:.3f}]"
