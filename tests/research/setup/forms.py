"""A form of the set-up as a browser without JavaScript would send it."""

from __future__ import annotations

from html.parser import HTMLParser

from django.urls import reverse


class SetupForm(HTMLParser):
    """What `#setup-form`, or the only form in <main>, holds: values by name, in lists."""

    def __init__(self, html):
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.errors: dict[str, str] = {}
        self._inside = False
        self._text = self._select = self._error = ""
        self._chosen = None
        self.acts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        name = values.get("name", "")
        if tag == "div" and values.get("class") == "error":
            self._error = values.get("id", "")
        if tag == "form":
            self._inside = values.get("id") == "setup-form"
        if not self._inside:
            return
        if tag == "button" and name == "act":
            self.acts.append(values["value"])
        if tag == "input" and name and (values.get("type") != "checkbox" or "checked" in values):
            self.values.setdefault(name, []).append(values.get("value", ""))
        if tag == "textarea":
            self._text = name
            self.values[name] = [""]
        if tag == "select":
            self._select, self._chosen = name, None
        if tag == "option" and self._select and (self._chosen is None or "selected" in values):
            self._chosen = values.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._text = ""
        if tag == "select" and self._select:
            self.values[self._select] = [self._chosen or ""]
            self._select = ""
        if tag == "div":
            self._error = ""

    def handle_data(self, data):
        if self._text:
            self.values[self._text][0] += data
        if self._error and data.strip():
            self.errors[self._error] = self.errors.get(self._error, "") + data.strip()


class Setup:
    """One person at one page of the set-up."""

    def __init__(self, client, study, section):
        self.client = client
        self.address = reverse("research:setup-section", args=[study.slug, section])
        self.response = None
        self.form = None
        self.open()

    def open(self):
        return self._read(self.client.get(self.address))

    def send(self, *, htmx=False, without=(), **values):
        """Send the form as it stands, with these values over it (`__` stands for a dot)."""
        data = dict(self.form.values)
        for name, value in values.items():
            data[name.replace("__", ".")] = value if isinstance(value, list) else [value]
        data = {name: value for name, value in data.items() if name not in without}
        headers = {"HX-Request": "true"} if htmx else {}
        response = self.client.post(self.address, data, headers=headers)
        if htmx:
            self.response = response
            return response
        while response.status_code == 302:
            response = self.client.get(response["Location"])
        return self._read(response)

    def _read(self, response):
        self.response = response
        self.form = SetupForm(response.content.decode())
        return response

    @property
    def words(self):
        return self.response.content.decode()
