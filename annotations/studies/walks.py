"""Walks through the preview, remembered until what participants see changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.core import clock
from annotations.studies.definition import as_served
from annotations.studies.definition.canonical import canonical_hash
from annotations.studies.drafts import working_definition
from annotations.studies.history import PreviewWalk
from annotations.studies.models import Study

# What nobody who takes part can see.
UNSEEN = frozenset({
    "seed", "collection", "domains", "batches", "recruitment", "exclusions", "analysis", "retention",
})  # fmt: skip


def shown_digest(definition: Mapping[str, Any]) -> str:
    served = as_served(definition)
    return canonical_hash({key: value for key, value in served.items() if key not in UNSEEN})


def remember_walk(*, study: Study, locale: str, condition: str, actor: str) -> None:
    """Somebody went through the preview from the first step to the last, in this language and arm."""
    PreviewWalk.objects.update_or_create(
        study=study,
        shown_digest=shown_digest(working_definition(study)),
        locale=locale,
        condition=condition,
        defaults={"walked_by": actor, "walked_at": clock.now(), "revision": study.revision},
    )


def walked(study: Study) -> list[PreviewWalk]:
    """Walks through what participants would see now. One query."""
    digest = shown_digest(working_definition(study))
    return list(PreviewWalk.objects.filter(study=study, shown_digest=digest))
