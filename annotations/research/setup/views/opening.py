"""What to look at before a study opens, and its opening."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from annotations.research.gates import page, user_of
from annotations.research.setup.sections import section_with
from annotations.research.setup.views.gate import setup_context
from annotations.studies.access import access_study
from annotations.studies.checklist import ADVISED, NEEDED, Line, checklist, may_open
from annotations.studies.models import Study
from annotations.studies.registering import latest_registration

MARKS = {NEEDED: "missing", ADVISED: "advised"}


@dataclass(frozen=True)
class Shown:
    line: Line
    address: str

    @property
    def mark(self) -> str:
        return MARKS.get(self.line.state, "done")


@page
def look(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    if study.state != Study.DRAFT:
        return redirect("research:overview", slug=study.slug)
    lines = checklist(study)
    context = {
        "lines": [Shown(line, _address(study, line)) for line in lines],
        "ready": may_open(lines),
        "advised": [line for line in lines if line.state == ADVISED],
        "registration": latest_registration(study),
    }
    context |= setup_context(request, study, "checklist")
    return render(request, "research/setup/checklist.html", context)


def _address(study: Study, line: Line) -> str:
    """Where it is mended."""
    if line.page.startswith("/"):
        return line.page
    if line.page:
        return reverse("research:overview", args=[study.slug]) + line.page
    if not line.path:
        return ""
    address = reverse("research:setup-section", args=[study.slug, section_with(line.path)])
    parts = line.path.split(".")
    opened = ".".join(parts[:2]) if len(parts) > 1 and parts[1].isdecimal() else ""
    return f"{address}?open={opened}#{opened.replace('.', '-')}" if opened else address
