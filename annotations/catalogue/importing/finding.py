"""Outputs that are here, found by what most tables say of them: item, system, and perhaps template."""

from __future__ import annotations

import json

from annotations.catalogue.bundle.index import Index
from annotations.catalogue.models import Collection, Output
from annotations.core.problems import shown

Names = tuple[str, ...]


class Outputs:
    """By the names of item and system, and by those with the template's; all are read once."""

    def __init__(self, collection: Collection) -> None:
        self.keys: Index[tuple[str]] = Index()
        self.several: Index[tuple[int]] = Index()
        rows = Output.objects.filter(collection=collection).visible().order_by("pk")
        names = ("key", "item__key", "system__key", "template__key")
        for key, item, system, template in rows.values_list(*names).iterator():
            self._add((item, system), key)
            self._add((item, system, template or ""), key)

    def _add(self, names: Names, key: str) -> None:
        written = json.dumps(names)
        if self.keys.setdefault(written, (key,)) != (key,):
            self.several.setdefault(written, (1,))

    def find(self, item: str, system: str, template: str) -> str:
        """The id. Raises ValueError with what to do where there is none, or more than one."""
        names: Names = (item, system, template) if template else (item, system)
        written = json.dumps(names)
        of = f"of the item {shown(item)} by the system {shown(system)}" + (
            f" under the template {shown(template)}" if template else ""
        )
        found = self.keys.get(written)
        if found is None:
            raise ValueError(f"no output {of} is here: import it first, or mend the names")
        if written in self.several:
            more = "the output's id" if template else "its template, or the output's id"
            raise ValueError(f"more than one output {of} is here: give {more}")
        return found[0]
