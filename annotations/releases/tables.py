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
from annotations.releases.dictionary import METRIC, columns_of
from annotations.releases.formats import Table
from annotations.releases.formats.registry import Cells
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

# Columns of items, and the fields that they come from.
IMAGE = {"image": "image__key", "image_alt": "image_alt"}
# Texts may be long: few rows are held at a time.
CHUNK = 500


def collection_tables(study: Study) -> Iterator[Table]:
    """Items; and templates, systems, outputs and later grades where the study judges outputs."""
    yield _items(_own(study, Item))
    if not study.judges_outputs:
        return
    outputs = _own(study, Output)
    gradings = Grade.objects.filter(output__in=outputs).filter(
        Q(load__isnull=True) | Q(load__published_at__isnull=False)
    )
    yield _plain("systems", _own(study, System), "key", "family", "parameters", "flop", "shaping", "licence")
    yield _plain("templates", _own(study, Template), "key", "domain", "text", "weight")
    yield _outputs(outputs, gradings.filter(revision=1))
    yield _grades(gradings.filter(revision__gt=1))


def meta_names(metas: Iterable[dict[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({name for meta in metas for name in meta}))


def meta_cells(meta: dict[str, str], names: tuple[str, ...]) -> Cells:
    return tuple(meta.get(name) for name in names)


def _own(study: Study, model: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(collection=study.collection_id, load__in=loads_of(study))
    return rows


def _by_key(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """Primary keys in chunks, sorted as Python sorts text: a database's order hangs on its collation."""
    pks = [pk for _, pk in sorted(rows.values_list("key", "pk"))]
    for start in range(0, len(pks), CHUNK):
        yield pks[start : start + CHUNK]


def _found(model: Any, pks: list[int], *fields: str) -> Iterator[tuple[int, list[Any]]]:
    found = {pk: cells for pk, *cells in model.objects.filter(pk__in=pks).values_list("pk", *fields)}
    yield from ((pk, found[pk]) for pk in pks)


def _metas(rows: QuerySet[Any]) -> tuple[str, ...]:
    return meta_names(rows.exclude(meta={}).values_list("meta", flat=True).iterator(chunk_size=CHUNK))


def _items(rows: QuerySet[Item]) -> Table:
    metas = _metas(rows)
    found = rows.exclude(metrics={}).values_list("metrics", flat=True)
    metrics = meta_names(found.iterator(chunk_size=CHUNK))
    # Blank columns of pictures would be in the way of studies without any.
    pictured = IMAGE if rows.exclude(image=None).exists() else {}
    fields = (
        "key",
        "domain",
        "prompt",
        "reference",
        "metric",
        "metrics",
        "check_answer",
        "meta",
        *pictured.values(),
    )

    def cells() -> Iterator[Cells]:
        for pks in _by_key(rows):
            for _, (key, domain, prompt, reference, metric, others, check, meta, *image) in _found(
                Item, pks, *fields
            ):
                yield (
                    key, domain, prompt, written_references(reference), metric,
                    *meta_cells(others, metrics), check, *image, *meta_cells(meta, metas),
                )  # fmt: skip

    names = ("item_id", "domain", "prompt", "reference", "metric", *(METRIC + name for name in metrics))
    return Table("items", columns_of("items", (*names, "check", *pictured, *metas)), cells())


def _plain(name: str, rows: QuerySet[Any], key: str, *fields: str) -> Table:
    """A table whose columns are named as the model's fields, its key as the table."""
    metas = _metas(rows)

    def cells() -> Iterator[Cells]:
        for pks in _by_key(rows):
            for _, (*own, meta) in _found(rows.model, pks, key, *fields, "meta"):
                yield (*own, *meta_cells(meta, metas))

    return Table(name, columns_of(name, (name.removesuffix("s"), *fields, *metas)), cells())


def _outputs(rows: QuerySet[Output], first: QuerySet[Grade]) -> Table:
    """With their first grades; later ones stand in `grades`."""
    metas = _metas(rows)
    fields = ("key", "item__key", "system__key", "template__key", "text", "trace")

    def cells() -> Iterator[Cells]:
        for pks in _by_key(rows):
            grades = first.filter(output__in=pks)
            graded = {
                pk: gr for pk, *gr in grades.values_list("output_id", "grade", "avoidance_kind", "grader")
            }
            for pk, (*own, severity, check, meta) in _found(
                Output, pks, *fields, "severity", "check_answer", "meta"
            ):
                yield *own, *graded.get(pk, NOT_GRADED), severity, check, *meta_cells(meta, metas)

    names = ("output_id", "item_id", "system", "template", "text", "trace", "grade", "avoidance_kind")
    return Table("outputs", columns_of("outputs", (*names, "grader", "severity", "check", *metas)), cells())


NOT_GRADED = (None, None, None)


def _grades(later: QuerySet[Grade]) -> Table:
    rows = later.values_list("output__key", "revision", "grade", "grader", "avoidance_kind")
    return Table(
        "grades",
        columns_of("grades", ("output_id", "grade", "grader", "revision", "avoidance_kind")),
        ((key, grade, grader, revision, kind) for key, revision, grade, grader, kind in sorted(rows)),
    )
