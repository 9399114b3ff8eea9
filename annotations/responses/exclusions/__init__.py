"""One file a rule of exclusion; each registers itself when this package is imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from annotations.responses.exclusions.registry import (
    RULES,
    Parameter,
    Rule,
    applicable_rules,
    rule_faults,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["RULES", "Parameter", "Rule", "applicable_rules", "rule_faults"]
