"""Storing a checked bundle's rows: in chunks, under a load that nobody reads until it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Collection as Keys
from functools import cached_property
from typing import Any

from django.db import models, transaction

from annotations.catalogue.bundle import CheckedBundle
from annotations.catalogue.bundle.index import Index
from annotations.catalogue.bundle.rows import ItemRow, OutputRow, SystemRow, TemplateRow
from annotations.catalogue.grading import LaterGradings, in_order
from annotations.catalogue.inserting import Found, as_json, characters, insert, moment
from annotations.catalogue.models import Collection, Grade, Image, Item, Load, Output, System, Template
from annotations.catalogue.pacing import Pace
from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal

LOST = "The load gave no sign of life for so long that it was taken back. Nothing was changed: try again."
Tell = Callable[[str, int], None]
Names = Sequence[str]
Values = tuple[Any, ...]

SHARED = ("collection", "load", "digest", "meta", "key")
ITEM = (*SHARED, "domain", "prompt", "reference", "metric", "metrics", "check_answer", "image", "image_alt")
IMAGE = ("collection", "load", "digest", "meta", "key", "media_type", "content")
SYSTEM = (*SHARED, "family", "parameters", "flop", "shaping", "licence")
TEMPLATE = (*SHARED, "domain", "text", "weight")
OUTPUT = (*SHARED, "text", "trace", "severity", "check_answer", "item", "system", "template")
GRADE = ("load", "created_at", "output", "revision", "grade", "avoidance_kind", "grader", "current")

MODELS: dict[str, Any] = {"items": Item, "systems": System, "templates": Template, "outputs": Output}


class Loaded:
    """The rows a collection has already, as the check of a bundle asks for them."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.digests = {table: self._index(model, "digest") for table, model in MODELS.items()}

    def _index(self, model: Any, field: str) -> Index[tuple[str]]:
        index: Index[tuple[str]] = Index()
        rows = model.objects.filter(collection=self.collection).visible().values_list("key", field)
        for key, value in rows.iterator():
            index.setdefault(key, (value,))
        return index

    def item_keys(self) -> Keys[str]:
        return self.digests["items"]

    def system_names(self) -> Keys[str]:
        return self.digests["systems"]

    def template_names(self) -> Keys[str]:
        return self.digests["templates"]

    def output_keys(self) -> Keys[str]:
        return self.digests["outputs"]

    def digest_of(self, kind: str, key: str) -> str | None:
        found = self.digests[kind].get(key)
        return found and found[0]

    @cached_property
    def item_of_output(self) -> Index[tuple[str]]:
        return self._index(Output, "item__key")

    @cached_property
    def images(self) -> dict[str, str]:
        rows = Image.objects.filter(collection=self.collection).visible()
        return dict(rows.values_list("key", "digest"))

    def image_digest(self, name: str) -> str | None:
        return self.images.get(name)

    def item_of(self, output: str) -> str | None:
        found = self.item_of_output.get(output)
        return found and found[0]


def store(
    load: Load, pace: Pace, model: type[models.Model], names: Names, rows: Iterable[Values], tell: Tell
) -> None:
    """Insert the rows chunk by chunk, each in a transaction of its own, with a sign of life."""
    done = 0
    for chunk in pace.chunks(rows, lambda values: characters(*values)):
        with pace.turn(len(chunk)):
            beat(load)
            insert(model, names, chunk)
        done += len(chunk)
        tell(f"{model._meta.model_name}s", done)


def beat(load: Load, **changes: Any) -> None:
    """A sign of life. Raises Refusal if the load was taken for dead and is being taken back."""
    mine = Load.objects.filter(pk=load.pk, digest=load.digest, published_at__isnull=True)
    if not swap(mine, beat_at=clock.now(), **changes):
        raise Refusal(
            "The load was silent for so long that it was taken back. Nothing was changed: try again."
        )


def store_collection(load: Load, bundle: CheckedBundle, tell: Tell) -> None:
    """Items, systems, templates, outputs and grades that the collection does not have yet."""
    pace = Pace()
    store(load, pace, Image, IMAGE, _images(load, bundle), tell)
    images = Found(Image.objects.filter(collection=load.collection), "pk")
    images.of(bundle.shown)
    store(load, pace, Item, ITEM, (_item(load, row, images) for row in bundle.items()), tell)
    store(load, pace, System, SYSTEM, (_system(load, row) for row in bundle.systems()), tell)
    store(load, pace, Template, TEMPLATE, (_template(load, row) for row in bundle.templates()), tell)
    _store_outputs(load, pace, bundle, tell)


def _store_outputs(load: Load, pace: Pace, bundle: CheckedBundle, tell: Tell) -> None:
    """Outputs, chunk by chunk, each with its gradings."""
    items, systems, templates, outputs = (
        Found(model.objects.filter(collection=load.collection), "pk")
        for model in (Item, System, Template, Output)
    )
    later = LaterGradings(bundle)
    done = 0
    for chunk in pace.chunks(bundle.outputs(), lambda row: characters(row.text, row.trace)):
        item = items.of(row.item_id for row in chunk)
        system = systems.of(row.system for row in chunk)
        template = templates.of(row.template for row in chunk if row.template)
        rows = [
            (*_output(load, row), item[row.item_id][0], system[row.system][0],
             template[row.template][0] if row.template else None)
            for row in chunk
        ]  # fmt: skip
        with pace.turn(len(chunk)):
            beat(load)
            insert(Output, OUTPUT, rows)
        output = outputs.of(row.output_id for row in chunk)
        regraded = later.of([row.output_id for row in chunk])
        now = moment(clock.now())
        gradings = [
            (load.pk, now, output[row.output_id][0], *grading)
            for row in chunk
            for grading in in_order(row, regraded.get(row.output_id, ()))
        ]
        with pace.turn(len(gradings)):
            beat(load)
            insert(Grade, GRADE, gradings)
        done += len(chunk)
        tell("outputs", done)


def discard(load: Load) -> None:
    """Take back the rows of an unpublished load, in the order of their references, and then itself."""
    pace = Pace()
    for model in (Grade, Output, Template, System, Item, Image):
        # What a row holds is not read to delete it.
        delete(model._default_manager.filter(load=load).only("pk"), pace)
    # Together: without its load, nobody would come back for the collection.
    with transaction.atomic():
        Load.objects.filter(pk=load.pk, published_at__isnull=True).delete()
        # Somebody may be loading into the same collection just now.
        Collection.objects.filter(pk=load.collection_id, loads__isnull=True, studies__isnull=True).delete()


def delete(rows: models.QuerySet[Any], pace: Pace) -> None:
    """Delete the rows chunk by chunk, the last ones first."""
    while pks := list(rows.order_by("-pk").values_list("pk", flat=True)[: pace.rows]):
        with pace.turn(len(pks)):
            rows.filter(pk__in=pks).delete()


def rounded(value: float | None) -> float | None:
    """To the digits of a release, so that what is released and loaded again gives the same results."""
    return None if value is None else float(f"{value:.10g}")


def _shared(load: Load, row: ItemRow | SystemRow | TemplateRow | OutputRow) -> Values:
    return load.collection_id, load.pk, row.digest(), as_json(row.meta)


def _images(load: Load, bundle: CheckedBundle) -> Iterator[Values]:
    for image, content in bundle.new_images():
        yield load.collection_id, load.pk, image.digest, "{}", image.name, image.media_type, content


def _item(load: Load, row: ItemRow, images: Found) -> Values:
    return (
        *_shared(load, row),
        row.item_id,
        row.domain,
        row.prompt,
        as_json(row.reference),
        rounded(row.metric),
        as_json({name: rounded(value) for name, value in row.metrics.items()}),
        row.check or "",
        images.of([row.image])[row.image][0] if row.image else None,
        row.image_alt or "",
    )


def _system(load: Load, row: SystemRow) -> Values:
    return (
        *_shared(load, row),
        row.system,
        row.family or "",
        rounded(row.parameters),
        rounded(row.flop),
        row.shaping or "",
        row.licence or "",
    )


def _template(load: Load, row: TemplateRow) -> Values:
    return (*_shared(load, row), row.template, row.domain or "", row.text or "", rounded(row.weight))


def _output(load: Load, row: OutputRow) -> Values:
    return (
        *_shared(load, row),
        row.output_id,
        row.text or "",
        row.trace or "",
        rounded(row.severity),
        row.check or "",
    )
