"""Earlier studies and batches whose people a batch leaves out: from names to rows."""

from __future__ import annotations

from collections.abc import Iterable

from annotations.studies.models import Batch, Study

# A study, and a batch of it or None for all of it.
Source = tuple[int, int | None]


def find_sources(study: Study, names: Iterable[str]) -> dict[str, Source]:
    """Those of the names that there are. Whoever wrote them down was asked by `naming`. Two queries."""
    wanted = {name: name.split("/") for name in names}
    slugs = {parts[0] for parts in wanted.values()} - {study.slug}
    if not slugs:
        return {}
    studies = Study.objects.visible().filter(slug__in=slugs)
    by_slug: dict[str, int] = dict(studies.values_list("slug", "pk"))
    batches = Batch.objects.released().filter(study__in=by_slug.values())
    by_name = {(of, name): pk for of, name, pk in batches.values_list("study_id", "name", "pk")}
    found: dict[str, Source] = {}
    for name, (slug, *batch) in wanted.items():
        of = by_slug.get(slug)
        if of is not None and not batch:
            found[name] = (of, None)
        elif of is not None and (of, batch[0]) in by_name:
            found[name] = (of, by_name[of, batch[0]])
    return found


def unknown_sources(study: Study, names: list[str]) -> list[str]:
    """Names of nothing. The study's own batches may be named: nobody comes into one study twice."""
    found = find_sources(study, names)
    return [name for name in names if name not in found and name.split("/")[0] != study.slug]
