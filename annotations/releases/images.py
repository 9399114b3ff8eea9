"""The pictures that a study's items show, as they came."""

from __future__ import annotations

from pathlib import Path

from annotations.catalogue.bundle.images import FOLDER
from annotations.catalogue.models import Image, Item
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study


def write_images(folder: Path, study: Study) -> None:
    """One at a time into the folder's own folder of them; no folder where there are none."""
    items = Item.objects.filter(collection=study.collection_id).of_loads(loads_of(study))
    found = Image.objects.filter(pk__in=items.exclude(image=None).values("image")).order_by("pk")
    for name, content in found.values_list("key", "content").iterator(chunk_size=1):
        (folder / FOLDER).mkdir(exist_ok=True)
        (folder / FOLDER / name).write_bytes(content)
