"""Pictures of items, each under an address that says nothing and leads nobody else to it."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.allocation.models import Assignment
from annotations.catalogue.models import Image, Item
from annotations.core import keys
from annotations.core.errors import NotFound
from annotations.people.models import Enrolment

KEPT_SECONDS = 3_600


def image_key(assignment: Assignment) -> str:
    """The opaque part of the address of the picture that goes with a unit."""
    return _key("unit", assignment.submission_key)


def practice_image_key(enrolment: Enrolment, item: Item) -> str:
    """The same, of an item that is practised on."""
    return _key("practice", enrolment.pk, item.image_id)


@require_safe
def image(request: HttpRequest, enrolment: Enrolment, key: str) -> HttpResponse:
    """Whose pages do not show it is told the same as if there were none. Raises NotFound."""
    for known, pk in _shown_to(enrolment):
        if constant_time_compare(known, key):
            return image_response(pk)
    raise NotFound(_("There is no such picture."))


def image_response(pk: int) -> HttpResponse:
    """The picture as it came, without its name."""
    content, media_type = Image.objects.values_list("content", "media_type").get(pk=pk)
    return HttpResponse(
        bytes(content),
        content_type=media_type,
        headers={
            "Cache-Control": f"private, max-age={KEPT_SECONDS}",
            "Content-Disposition": "inline",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _shown_to(enrolment: Enrolment) -> Iterator[tuple[str, int]]:
    """Keys and pictures: of the units handed out, and of those that the study practises on."""
    units = enrolment.assignments.filter(item__image__isnull=False).order_by()
    for submission_key, pk in units.values_list("submission_key", "item__image"):
        yield _key("unit", submission_key), pk
    steps = [step for step in enrolment.version.definition["steps"] if step["kind"] == "practice"]
    if not steps:
        return
    items = [name for step in steps for name in step["items"]]
    outputs = [name for step in steps for name in step["outputs"]]
    practised = Item.objects.of_loads(enrolment.version.loads).filter(
        Q(key__in=items) | Q(outputs__key__in=outputs), image__isnull=False
    )
    for pk in practised.values_list("image", flat=True).distinct():
        yield _key("practice", enrolment.pk, pk), pk


def _key(*parts: object) -> str:
    return keys.digest(settings.KEYS.pseudonym, "image", *parts).hex()[:32]
