"""Other studies that a definition names: whoever writes a name down, or acts by it, must be at work there.

That somebody else on this study is at work on it does not count, else one could bring in a colleague and read
by way of them. What is not the writer's reads as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.accounts.models import User
from annotations.core.errors import Refusal
from annotations.core.problems import listing
from annotations.core.reasons import Reason
from annotations.studies.access import studies_of
from annotations.studies.definition.batches import setting_of

# Where a definition names them: the path of the setting, and what it names.
Named = tuple[str, str]


def strange_names(
    definition: dict[str, Any], *, slug: str, actor: str, before: dict[str, Any] | None = None
) -> list[Reason]:
    """Why the actor may not let a study `slug` name what it does. `before`: what it says already, and may.

    An actor who is no user acts at the machine itself, and may name anything. Two queries.
    """
    said = {(_kind(path), name) for path, name in _named(before)} if before else set()
    named = [
        (path, name)
        for path, name in _named(definition)
        if (_kind(path), name) not in said and _study(name) != slug
    ]
    user = User.objects.filter(email=actor).first() if named else None
    if user is None:
        return []
    slugs = {_study(name) for _, name in named}
    mine = set(studies_of(user).filter(slug__in=slugs).values_list("slug", flat=True))
    strange: dict[str, list[str]] = {}
    for path, name in named:
        if _study(name) not in mine:
            strange.setdefault(path, []).append(name)
    return [Reason(_sentence(path, names), path) for path, names in strange.items()]


def check_names(
    definition: dict[str, Any], *, slug: str, actor: str, before: dict[str, Any] | None = None
) -> None:
    """Raises Refusal with the reasons."""
    if reasons := strange_names(definition, slug=slug, actor=actor, before=before):
        raise Refusal(" ".join(reasons))


def _named(definition: dict[str, Any]) -> Iterator[Named]:
    if lender := definition["analysis"]["difficulty_from"]:
        yield "analysis.difficulty_from", lender
    for place, batch in enumerate(definition["batches"]):
        for name in setting_of(batch, "leave_out"):
            yield f"batches.{place}.leave_out", name


def _study(name: str) -> str:
    return name.split("/")[0]


def _kind(path: str) -> str:
    return path.split(".")[0]


def _sentence(path: str, names: list[str]) -> str:
    axis = _kind(path) == "analysis"
    what = "The difficulty axis is to come from" if axis else "People are to be left out who took part in"
    return f"{what} {listing(names)}, and there is no such study among yours."
