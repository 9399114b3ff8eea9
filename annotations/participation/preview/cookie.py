"""Where a researcher is in a preview: in a signed cookie, for nothing is stored."""

from __future__ import annotations

from dataclasses import asdict

from django.core import signing
from django.http import HttpRequest, HttpResponse

from annotations.participation.gates import see_other
from annotations.participation.preview.passage import PreviewPassage, State, definition_of
from annotations.participation.sessions import set_cookie
from annotations.studies.models import Study

SALT = "preview"


def read_state(request: HttpRequest, study: Study) -> State:
    definition = definition_of(study)
    try:
        state = State(**signing.loads(request.COOKIES.get(cookie_of(study), ""), salt=SALT))
    except (signing.BadSignature, TypeError):
        state = State("", "")
    if state.step not in {spec["name"] for spec in definition["steps"]}:
        arms = definition["conditions"]
        first = definition["steps"][0]["name"]
        state = State(first, definition["locales"][0], arms[0]["name"] if arms else "")
    return state


def go_on(request: HttpRequest, passage: PreviewPassage) -> HttpResponse:
    response = see_other(request.path)
    value = signing.dumps(asdict(passage.state), salt=SALT, compress=True)
    set_cookie(response, cookie_of(passage.study), value, path=request.path)
    return response


def cookie_of(study: Study) -> str:
    return f"preview_{study.slug}"
