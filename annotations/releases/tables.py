"""The tables of a release that show what was judged: a study's own rows of its collection.

Rows are sorted by their keys, never by ids or times, and hold what a bundle holds: read back, they
have the same digests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet

from annotations.catalogue.bundle import written_references
from annotations.catalogue.models import Grade, Item, Output, System, Template
from annotations.releases.formats import Table
from annotations.releases.formats.registry import Cells
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

CHUNK = 2000
METRIC = "metric_"


def collection_tables(study: Study) -> Iterator[Table]:
    """Items; and templates, systems, outputs and later grades where the study judges outputs."""
    yield _items(_own(study, Item))
    if not study.judges_outputs:
        return
    outputs = _own(study, Output)
    gradings = Grade.objects.filter(output__in=outputs).filter(
        Q(load__isnull=True) | Q(load__published_at__isnull=False)
    )
    yield _systems(_own(study, System))
    yield _templates(_own(study, Template))
    yield _outputs(outputs, gradings.filter(revision=1))
    yield _grades(gradings.filter(revision__gt=1))


def grade_revision(study: Study) -> int:
    """The highest revision of the grades that the release holds; 0 where nothing is graded."""
    if not study.judges_outputs:
        return 0
    gradings = Grade.objects.filter(output__in=_own(study, Output), current=True)
    return max(gradings.values_list("revision", flat=True).distinct(), default=0)


def _own(study: Study, model: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(collection=study.collection_id, load__in=loads_of(study))
    return rows


def _by_key(rows: QuerySet[Any], *fields: str) -> Iterator[Any]:
    """Sorted as Python sorts text: the order of a database hangs on its collation."""
    pks = [pk for _, pk in sorted(rows.values_list("key", "pk"))]
    for start in range(0, len(pks), CHUNK):
        found = rows.model.objects.select_related(*fields).in_bulk(pks[start : start + CHUNK])
        yield from (found[pk] for pk in pks[start : start + CHUNK])


def meta_names(metas: Iterable[dict[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({name for meta in metas for name in meta}))


def meta_cells(meta: dict[str, str], names: tuple[str, ...]) -> Cells:
    return tuple(meta.get(name) for name in names)


def _metas(rows: QuerySet[Any]) -> tuple[str, ...]:
    return meta_names(rows.exclude(meta={}).values_list("meta", flat=True).iterator(chunk_size=CHUNK))


def _items(rows: QuerySet[Item]) -> Table:
    metas = _metas(rows)
    found = rows.exclude(metrics={}).values_list("metrics", flat=True)
    metrics = tuple(sorted({name for metrics in found.iterator(chunk_size=CHUNK) for name in metrics}))
    columns = ("item_id", "domain", "prompt", "reference", "metric")
    return Table(
        "items",
        (*columns, *(METRIC + name for name in metrics), "check", *metas),
        (
            (
                item.key, item.domain, item.prompt, written_references(item.reference), item.metric,
                *(item.metrics.get(name) for name in metrics), item.check_answer,
                *meta_cells(item.meta, metas),
            )
            for item in _by_key(rows)
        ),
    )  # fmt: skip


def _systems(rows: QuerySet[System]) -> Table:
    metas = _metas(rows)
    return Table(
        "systems",
        ("system", "family", "parameters", "flop", "shaping", "licence", *metas),
        (
            (
                one.key, one.family, one.parameters, one.flop, one.shaping, one.licence,
                *meta_cells(one.meta, metas),
            )
            for one in _by_key(rows)
        ),
    )  # fmt: skip


def _templates(rows: QuerySet[Template]) -> Table:
    metas = _metas(rows)
    return Table(
        "templates",
        ("template", "domain", "text", "weight", *metas),
        ((one.key, one.domain, one.text, one.weight, *meta_cells(one.meta, metas)) for one in _by_key(rows)),
    )


def _outputs(rows: QuerySet[Output], first: QuerySet[Grade]) -> Table:
    """With their first grades; later ones stand in `grades`."""
    metas = _metas(rows)
    graded = {pk: cells for pk, *cells in first.values_list("output_id", "grade", "avoidance_kind", "grader")}
    columns = ("output_id", "item_id", "system", "template", "text", "trace")
    return Table(
        "outputs",
        (*columns, "grade", "avoidance_kind", "grader", "severity", "check", *metas),
        (
            (
                one.key, one.item.key, one.system.key, one.template.key if one.template else None, one.text,
                one.trace, *graded.get(one.pk, (None, None, None)), one.severity, one.check_answer,
                *meta_cells(one.meta, metas),
            )
            for one in _by_key(rows, "item", "system", "template")
        ),
    )  # fmt: skip


def _grades(later: QuerySet[Grade]) -> Table:
    rows = later.values_list("output__key", "revision", "grade", "grader", "avoidance_kind")
    return Table(
        "grades",
        ("output_id", "grade", "grader", "revision", "avoidance_kind"),
        ((key, grade, grader, revision, kind) for key, revision, grade, grader, kind in sorted(rows)),
    )
