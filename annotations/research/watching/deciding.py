"""Excluding and readmitting from a page: at once where it is little, else by a job that the page shows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from annotations.accounts.models import User
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import want_job
from annotations.responses.deciding import ACTS, decide
from annotations.responses.excluding import Decided, checked_reason
from annotations.responses.register import DECIDE
from annotations.studies.models import Study

# Done at once up to here; a person has some dozens of answers.
AT_ONCE = {"people": 50, "answers": 2_000}
MOST = 200_000


def decide_kindly(request: HttpRequest, study: Study, user: User, of: str, pks: list[int]) -> None:
    """As below; what is refused is said on the page that the form came from."""
    try:
        decide_from_page(request, study, user, of, pks)
    except Refusal as refusal:
        messages.error(request, str(refusal))


def decide_from_page(request: HttpRequest, study: Study, user: User, of: str, pks: list[int]) -> None:
    """What the form says is to become of these people or answers. Raises Refusal."""
    act = f"{request.POST.get('act', '')} {of}"
    if act not in ACTS:
        raise Refusal("Choose whether to exclude or to readmit.")
    reason = checked_reason(request.POST.get("reason", ""))
    if not pks:
        raise Refusal(f"Tick the {of} that are meant, or choose all that match.")
    if len(pks) > MOST:
        raise Refusal(f"These are more than {MOST:,} {of}: narrow the list down.")
    if len(pks) > AT_ONCE[of]:
        params = {"study": study.pk, "act": act, "pks": pks, "reason": reason}
        want_job(kind=DECIDE, subject=study.slug, params=params, wanted_by=user.email)
        messages.success(request, f"{len(pks):,} {of} are being looked through. You can leave this page.")
        return
    messages.success(request, said_of(act, decide(study, act, pks, reason, user.email)))


def said_of(act: str, done: Decided) -> str:
    verb = "excluded" if act.startswith("exclude") else "readmitted"
    if not done.people:
        return f"Nothing changed: what you chose was {verb} before."
    people = "1 person" if done.people == 1 else f"{done.people:,} people"
    answers = "1 answer" if done.answers == 1 else f"{done.answers:,} answers"
    return f"{answers} of {people} {verb}. Analyse again to see what it changes."
