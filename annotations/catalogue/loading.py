"""Storing a checked bundle's rows: in chunks, under a load that nobody reads until it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Collection as Keys
from itertools import islice
from typing import Any, TypeVar

from django.db import models, transaction

from annotations.catalogue.bundle import CheckedBundle
from annotations.catalogue.bundle.rows import GradeRow, ItemRow, OutputRow, SystemRow, TemplateRow
from annotations.catalogue.models import Collection, Grade, Item, Load, Output, System, Template
from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal

CHUNK = 1000
LOST = "The load gave no sign of life for so long that it was taken back. Nothing was changed: try again."
Tell = Callable[[str, int], None]
M = TypeVar("M", bound=models.Model)
T = TypeVar("T")

MODELS: dict[str, Any] = {"items": Item, "systems": System, "templates": Template, "outputs": Output}


class Loaded:
    """The rows a collection has already, as the check of a bundle asks for them."""

    def __init__(self, collection: Collection) -> None:
        self.digests: dict[str, dict[str, str]] = {
            table: dict(model.objects.filter(collection=collection).visible().values_list("key", "digest"))
            for table, model in MODELS.items()
        }

    def item_keys(self) -> Keys[str]:
        return self.digests["items"].keys()

    def system_names(self) -> Keys[str]:
        return self.digests["systems"].keys()

    def template_names(self) -> Keys[str]:
        return self.digests["templates"].keys()

    def output_keys(self) -> Keys[str]:
        return self.digests["outputs"].keys()

    def digest_of(self, kind: str, key: str) -> str | None:
        return self.digests[kind].get(key)


def chunks(rows: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def store(load: Load, rows: Iterable[M], tell: Tell, table: str) -> None:
    """Insert the rows chunk by chunk, each in a transaction of its own, with a sign of life."""
    done = 0
    for chunk in chunks(rows):
        with transaction.atomic():
            beat(load)
            type(chunk[0])._default_manager.bulk_create(chunk)
        done += len(chunk)
        tell(table, done)


def beat(load: Load, **changes: Any) -> None:
    """A sign of life. Raises Refusal if the load was taken for dead and is being taken back."""
    mine = Load.objects.filter(pk=load.pk, digest=load.digest, published_at__isnull=True)
    if not swap(mine, beat_at=clock.now(), **changes):
        raise Refusal(
            "The load was silent for so long that it was taken back. Nothing was changed: try again."
        )


def store_collection(load: Load, bundle: CheckedBundle, tell: Tell) -> None:
    """Items, systems, templates, outputs and grades that the collection does not have yet."""
    collection = load.collection
    store(load, (_item(load, row) for row in bundle.items()), tell, "items")
    store(load, (_system(load, row) for row in bundle.systems()), tell, "systems")
    store(load, (_template(load, row) for row in bundle.templates()), tell, "templates")
    items, systems, templates = (_pks(model, collection, load) for model in (Item, System, Template))
    outputs = (_output(load, row, items, systems, templates) for row in bundle.outputs())
    store(load, outputs, tell, "outputs")
    store(load, _grades(load, bundle, _pks(Output, collection, load)), tell, "grades")


def discard(load: Load) -> None:
    """Take back the rows of an unpublished load, in the order of their references, and then itself."""
    for model in (Grade, Output, Template, System, Item):
        rows: Any = model._default_manager.filter(load=load)
        while pks := list(rows.values_list("pk", flat=True)[:CHUNK]):
            with transaction.atomic():
                rows.filter(pk__in=pks).delete()
    Load.objects.filter(pk=load.pk, published_at__isnull=True).delete()


def rounded(value: float | None) -> float | None:
    """To the digits of a release, so that what is released and loaded again gives the same results."""
    return None if value is None else float(f"{value:.10g}")


def _pks(model: Any, collection: Collection, load: Load) -> dict[str, int]:
    rows = model.objects.filter(collection=collection)
    mine = rows.filter(models.Q(load=load) | models.Q(load__published_at__isnull=False))
    return dict(mine.values_list("key", "pk"))


def _item(load: Load, row: ItemRow) -> Item:
    return Item(
        collection=load.collection,
        load=load,
        digest=row.digest(),
        meta=row.meta,
        key=row.item_id,
        domain=row.domain,
        prompt=row.prompt,
        reference=list(row.reference),
        metric=rounded(row.metric),
        metrics={name: rounded(value) for name, value in row.metrics.items()},
        check_answer=row.check or "",
    )


def _system(load: Load, row: SystemRow) -> System:
    return System(
        collection=load.collection,
        load=load,
        digest=row.digest(),
        meta=row.meta,
        key=row.system,
        family=row.family or "",
        parameters=rounded(row.parameters),
        flop=rounded(row.flop),
        shaping=row.shaping or "",
        licence=row.licence or "",
    )


def _template(load: Load, row: TemplateRow) -> Template:
    return Template(
        collection=load.collection,
        load=load,
        digest=row.digest(),
        meta=row.meta,
        key=row.template,
        domain=row.domain or "",
        text=row.text or "",
        weight=rounded(row.weight),
    )


def _output(
    load: Load, row: OutputRow, items: dict[str, int], systems: dict[str, int], templates: dict[str, int]
) -> Output:
    return Output(
        collection=load.collection,
        load=load,
        digest=row.digest(),
        meta=row.meta,
        key=row.output_id,
        item_id=items[row.item_id],
        system_id=systems[row.system],
        template_id=templates[row.template] if row.template else None,
        text=row.text or "",
        trace=row.trace or "",
        severity=rounded(row.severity),
        check_answer=row.check or "",
    )


def _grades(load: Load, bundle: CheckedBundle, outputs: dict[str, int]) -> Iterator[Grade]:
    """Gradings in the order of their revisions; of each output the last one is current.

    The grade in the outputs table is revision 1. Gradings without a revision follow all others.
    Outputs that were loaded before keep the gradings they have.
    """
    later: dict[str, list[GradeRow]] = {}
    for row in bundle.grades():
        later.setdefault(row.output_id, []).append(row)
    for output in bundle.outputs():
        gradings: dict[int, OutputRow | GradeRow] = {1: output} if output.grade else {}
        own = later.get(output.output_id, [])
        gradings |= {row.revision: row for row in own if row.revision is not None}
        for row in own:
            if row.revision is None:
                gradings[max([1, *gradings]) + 1] = row
        for revision, grading in sorted(gradings.items()):
            yield Grade(
                load=load,
                output_id=outputs[output.output_id],
                revision=revision,
                grade=grading.grade or "",
                avoidance_kind=grading.avoidance_kind or "",
                grader=grading.grader or "",
                current=revision == max(gradings),
            )
