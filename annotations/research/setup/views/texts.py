"""How a text looks to participants, while it is written."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.research.gates import form_page
from annotations.research.setup.views.gate import study_for

# As the schema allows: what is longer is refused there.
LONGEST = 50_000


@form_page
def rendered(request: HttpRequest, slug: str) -> HttpResponse:
    study_for(request, slug)
    sent = [str(value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
    return render(request, "research/setup/_rendered.html", {"text": "\n\n".join(sent)[:LONGEST]})
