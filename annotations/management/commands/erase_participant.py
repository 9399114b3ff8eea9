from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from annotations.core.errors import NotFound, Refusal
from annotations.core.problems import listing
from annotations.management.base import BadInput, PlatformCommand
from annotations.people.models import Participant
from annotations.releases.models import Release
from annotations.responses.erasure import erase_participant, find_participant


class Command(PlatformCommand):
    help = "Delete a participant with all answers; close the releases that hold them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="withdrawal code, or the pseudonym that researchers see")
        parser.add_argument("--study", default="", help="where a pseudonym stands in several studies")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def act(self, **options: Any) -> dict[str, Any]:
        participant = _find(options["code"], options["study"])
        study, key = participant.study, participant.key
        if not options["yes"] and not self.as_json and sys.stdin.isatty() and not _agreed(key, study.slug):
            raise Refusal("Nothing was deleted.")
        holding = Release.objects.filter(people__participant=participant, closed_at__isnull=True)
        closed = sorted(holding.values_list("number", flat=True))
        answers = erase_participant(participant=participant, actor="command line")
        return {"study": study.slug, "participant": key, "answers": answers, "closed_releases": closed}

    def describe(self, result: dict[str, Any]) -> str:
        text = f"Deleted {result['participant']} of {result['study']} with {result['answers']:,} answers."
        if numbers := ", ".join(map(str, result["closed_releases"])):
            text += (
                f" Release {numbers} can no longer be downloaded: run `analyse {result['study']}` and"
                f" `release {result['study']}` for a new one."
            )
        return text


def _find(code: str, slug: str) -> Participant:
    keyed = list(Participant.objects.filter(key=code.strip()).select_related("study"))
    if slug:
        keyed = [one for one in keyed if one.study.slug == slug]
    if len(keyed) == 1:
        return keyed[0]
    if keyed:
        studies = listing(one.study.slug for one in keyed)
        raise BadInput(f"{code} takes part in several studies ({studies}): name one by --study.")
    try:
        found = find_participant(code, by_key=False)
    except NotFound as error:
        raise BadInput(str(error)) from error
    if slug and found.study.slug != slug:
        raise BadInput(f"The code belongs to {found.study.slug}, not to {slug}.")
    return found


def _agreed(key: str, slug: str) -> bool:
    return input(f"Delete {key} of {slug} with all answers, for good? [y/N] ").strip().lower() in ("y", "yes")
