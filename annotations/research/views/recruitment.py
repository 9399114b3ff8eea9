"""Where people come from, and what is handed in there: for editors and owners."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.core import audit
from annotations.core.errors import Refusal
from annotations.people.identities import erase_identity
from annotations.people.invitations import make_invitations
from annotations.people.models import Invitation, Participant
from annotations.research.gates import act, page, user_of
from annotations.research.recruitment import batch_codes, codes_of, guide_of, provider_of
from annotations.research.recruits import OF_PROVIDER, REJECT, counts_of, make_list, rejectable, rule_of
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT, access_study
from annotations.studies.models import Study

A_PAGE = 50
# What is taken for a number of invitations: int() refuses thousands of digits, and takes other scripts'.
DIGITS = re.compile(r"[0-9]{1,9}")


@page
def recruitment(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug, roles=EDIT)
    provider, guide = provider_of(study), guide_of(study)
    context = study_context(request, study, "recruitment") | {
        "provider": provider,
        "guide": guide,
        "entry_address": _join_address(request, study) + guide.entry,
        "codes": codes_of(study),
        "batch_codes": batch_codes(study),
        "counts": counts_of(study),
        "lists": OF_PROVIDER.get(provider, ()),
    }
    if provider == "prolific":
        context["hook_address"] = request.build_absolute_uri("/hooks/prolific/")
        context["hook_is_open"] = bool(settings.PROLIFIC_WEBHOOK_SECRETS)
    if provider == "invitation":
        invitations = Invitation.objects.filter(study=study)
        context["invitations"] = invitations.count()
        context["invitations_used"] = invitations.filter(used_at__isnull=False).count()
    if REJECT in context["lists"]:
        rule = rule_of(study, context["counts"])
        listed = Paginator(rejectable(study, rule), A_PAGE).get_page(request.GET.get("page"))
        context |= {"rule": rule, "listed": listed, "candidates": list(listed)}
    return render(request, "research/recruitment.html", context)


@act(then="recruitment")
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """New links, on a page or as a file. They cannot be read again."""
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    if provider_of(study) != "invitation":
        raise Refusal("This study does not recruit by invitation: nobody could come in by such a link.")
    count = request.POST.get("count", "")
    made = make_invitations(study=study, count=int(count) if DIGITS.fullmatch(count) else 0, actor=user.email)
    links = [f"{_join_address(request, study)}?invitation={token}" for token in made]
    if request.POST.get("as") == "file":
        return _file("".join(f"{link}\n" for link in links), f"{slug}-invitations.txt")
    context = study_context(request, study, "recruitment") | {"links": links}
    return render(request, "research/recruitment_invitations.html", context)


@act(then="recruitment")
def download(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """A list with the provider's ids. That it was made is put on record, and none of the ids."""
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    ticked = request.POST.getlist("person")
    made = make_list(study, name, bonus=request.POST.get("bonus", ""), ticked=ticked)
    audit.record(
        actor=user.email, action="identities opened", subject=study.slug, list=name, people=made.count
    )
    return _file(made.text, f"{slug}-{name}.{made.ending}")


@act(then="recruitment")
def forget(request: HttpRequest, slug: str) -> None:
    """Erase who somebody is and keep what they answered."""
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    key = request.POST.get("participant", "").strip()
    # PostgreSQL would not even compare a key with a null character.
    participant = None if "\x00" in key else Participant.objects.filter(study=study, key=key).first()
    if participant is None or not erase_identity(participant=participant, actor=user.email):
        raise Refusal("Nobody of this pseudonym is known by an identity in this study.")
    messages.success(request, f"Who {key} is has been erased. Their answers stay.")


def _join_address(request: HttpRequest, study: Study) -> str:
    return request.build_absolute_uri(f"/join/{study.slug}/")


def _file(text: str, name: str) -> HttpResponse:
    kind = "text/csv" if name.endswith(".csv") else "text/plain"
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
