"""A participant's page as a script reads it: standard library only, so that client processes start fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

CODES = ("completion-code", "withdrawal-code")


@dataclass
class Field:
    """An input or a button of a form."""

    name: str
    kind: str
    value: str
    checked: bool
    attributes: dict[str, str]


@dataclass
class Form:
    method: str
    action: str
    in_main: bool
    fields: list[Field] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.fields if one.name}

    def field(self, name: str) -> Field:
        (found,) = [one for one in self.fields if one.name == name]
        return found

    def filled(self, **values: object) -> dict[str, str]:
        """What a browser would send: what the form holds, and over it `values`; None leaves one out."""
        sent = {}
        for one in self.fields:
            if (one.name and one.kind not in ("submit", "radio", "checkbox")) or (one.name and one.checked):
                sent[one.name] = one.value
        sent |= {name: str(value) for name, value in values.items() if value is not None}
        return {name: value for name, value in sent.items() if values.get(name, "") is not None}


class Page(HTMLParser):
    """The step, the opaque key of the unit, the forms, the codes and the words of a page."""

    def __init__(self, text: str, *, status: int = 200) -> None:
        super().__init__()
        self.html, self.status = text, status
        self.step = self.unit = ""
        self.forms: list[Form] = []
        self.codes: dict[str, str] = {}
        self.links: list[str] = []
        self.alerts: list[str] = []
        self.words = ""
        self._in_main = False
        self._form: Form | None = None
        self._code = ""
        self._alert = 0
        self.feed(text)

    @property
    def form(self) -> Form:
        """The one form in <main>."""
        (form,) = [one for one in self.forms if one.in_main]
        return form

    @property
    def completion_code(self) -> str:
        return self.codes["completion-code"]

    @property
    def withdrawal_code(self) -> str:
        return self.codes["withdrawal-code"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.words += " "
        if tag == "main":
            self._in_main = True
            self.step, self.unit = values.get("data-step", ""), values.get("data-unit", "")
        elif tag == "form":
            self._form = Form(values.get("method", "get"), values.get("action", ""), self._in_main)
            self.forms.append(self._form)
        elif tag in ("input", "button", "textarea", "select") and self._form:
            kind = values.get("type", "submit" if tag == "button" else tag)
            self._form.fields.append(
                Field(values.get("name", ""), kind, values.get("value", ""), "checked" in values, values)
            )
        elif tag == "a":
            self.links.append(values.get("href", ""))
        if values.get("id") in CODES:
            self._code = values["id"]
            self.codes[self._code] = ""
        if values.get("id", "").endswith("-error"):
            self.alerts.append(values["id"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._in_main = False
        elif tag == "form":
            self._form = None
        elif tag == "code":
            self._code = ""

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._code:
            self.codes[self._code] += data
