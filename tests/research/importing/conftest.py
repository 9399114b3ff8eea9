"""A draft on a collection of its own, and a desk at which files are sent, mapped, checked and loaded."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotations.accounts.models import User
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.models import Collection
from annotations.studies.models import Study
from tests.research import rows


class Reader(HTMLParser):
    """The fields of the form that maps columns, with what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.inside = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name") or ""
        if tag == "form":
            self.inside = (has.get("action") or "").endswith("/map/")
        elif not self.inside or name == "csrfmiddlewaretoken":
            return
        elif tag == "select":
            self.select = name
            self.found[name] = ""
        elif tag == "option" and "selected" in has:
            self.found[self.select] = has["value"] or ""
        elif tag == "input" and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            self.found[name] = has.get("value") or ""


class Desk:
    def __init__(self, client: Client, study: Study) -> None:
        self.client = client
        self.study = study
        self.upload: Upload | None = None
        self.page = ""

    def address(self, name: str) -> str:
        pk = [] if name in ("import", "import-send") else [self.upload.pk]
        return reverse(f"research:{name}", args=[self.study.slug, *pk])

    def send(self, content: str | bytes = b"", name: str = "table.csv", **fields: str) -> Desk:
        data = dict(fields)
        if content:
            raw = content.encode() if isinstance(content, str) else content
            data["file"] = SimpleUploadedFile(name, raw)
        before = set(Upload.objects.values_list("pk", flat=True))
        self.page = self.client.post(self.address("import-send"), data, follow=True).content.decode()
        self.upload = Upload.objects.exclude(pk__in=before).first()
        return self

    def fields(self) -> dict[str, str]:
        """The mapping form as a browser would send it, unchanged."""
        html = self.client.get(self.address("import-file")).content.decode()
        reader = Reader()
        reader.feed(html)
        return reader.found

    def map(self, then: str = "look", **changes: str) -> Desk:
        data = {name.replace("_", "-", 1) if name.startswith(("from_", "constant_", "value_")) else name: value
                for name, value in changes.items()}  # fmt: skip
        sent = self.fields() | data | {"then": then}
        self.page = self.client.post(self.address("import-map"), sent, follow=True).content.decode()
        self.upload.refresh_from_db()
        return self

    def check(self, **changes: str) -> Desk:
        return self.map(then="check", **changes)

    def load(self) -> Desk:
        self.page = self.client.post(self.address("import-load"), follow=True).content.decode()
        self.upload.refresh_from_db()
        return self

    @property
    def report(self) -> dict:
        return self.upload.report

    @property
    def reasons(self) -> list[str]:
        return [one["reason"] for one in self.report["listed"]]


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def empty(alice: User, bob: User) -> Study:
    """A draft whose collection holds nothing yet, and that declares no domain."""
    collection = Collection.objects.create(name="mine")
    rows.published_load(collection)
    study = rows.make_study("mine", alice, collection=collection)
    study.definition["domains"] = []
    study.save(update_fields=["definition"])
    rows.add_viewer(study, bob)
    return study


@pytest.fixture
def desk(empty: Study, alice: User, as_user: Callable[[User], Client]) -> Desk:
    return Desk(as_user(alice), empty)
