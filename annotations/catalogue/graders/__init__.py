"""One file a grader; each registers itself when this package is imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from annotations.catalogue.graders.registry import GRADERS, grade_answer, meets

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["GRADERS", "grade_answer", "meets"]
