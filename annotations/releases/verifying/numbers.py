"""When two numbers, or two values with numbers in them, are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

# A step of the tenth digit may be one part in 10^9, and neither end of it is exact in binary.
RELATIVE = 1.001e-9
NEXT_TO_ZERO = 1e-12


def different(released: Any, found: Any) -> Any:
    """Where two arrays of numbers differ; nan is equal to nan."""
    released, found = np.asarray(released, dtype=float), np.asarray(found, dtype=float)
    with np.errstate(invalid="ignore"):
        gap = np.abs(released - found)
        near = gap <= RELATIVE * np.maximum(np.abs(released), np.abs(found))
        zero = (released == 0) | (found == 0)
    same = (released == found) | (near & np.isfinite(gap)) | (zero & (gap <= NEXT_TO_ZERO))
    return ~(same | (np.isnan(released) & np.isnan(found)))


def differences(released: Any, found: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Path, released and found value of whatever differs in two pieces of JSON."""
    if isinstance(released, dict) and isinstance(found, dict):
        for name in [*found, *(name for name in released if name not in found)]:
            yield from differences(released.get(name), found.get(name), f"{path}.{name}")
    elif isinstance(released, list) and isinstance(found, list) and len(released) == len(found):
        for at, (one, other) in enumerate(zip(released, found, strict=True), start=1):
            yield from differences(one, other, f"{path}[{at}]")
    elif is_number(released) and is_number(found):
        if different(released, found).any():
            yield path, released, found
    elif type(released) is not type(found) or released != found:
        yield path, released, found


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
