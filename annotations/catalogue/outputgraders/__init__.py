"""One file a grader of outputs; each registers itself when this package is imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from annotations.catalogue.outputgraders.registry import (
    OUTPUT_GRADERS,
    Given,
    Marked,
    Option,
    Options,
    OutputGrader,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["OUTPUT_GRADERS", "Given", "Marked", "Option", "Options", "OutputGrader"]
