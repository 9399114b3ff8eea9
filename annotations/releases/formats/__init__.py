"""One file a format; each registers itself, by the suffix of its files, when this package is imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from annotations.releases.formats.registry import FORMATS, Column, Kind, Table, Writer

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["FORMATS", "Column", "Kind", "Table", "Writer"]
