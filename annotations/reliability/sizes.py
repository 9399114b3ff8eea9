"""What is known of the systems' size and shaping, as figures tell them apart."""

from __future__ import annotations

import math
from typing import Any

from annotations.analysis.data import StudyData
from annotations.analysis.tables import plain

SIZES = {"parameters": "parameters", "flop": "training compute (FLOP)"}


def sizes_in(data: StudyData) -> dict[str, dict[str, Any]]:
    """By system: log10 of its sizes, None where unknown, and the line that it belongs to in a figure.

    Logarithms, for PostgreSQL gives large numbers in JSON back as whole ones.
    """
    columns = ("key", "family", "shaping", *SIZES)
    found = {}
    for key, family, shaping, *sizes in zip(*(data.systems[name] for name in columns), strict=True):
        series = f"{family or key}, {shaping}" if shaping else family or key
        known = {
            name: plain(math.log10(size)) if size > 0 else None
            for name, size in zip(SIZES, sizes, strict=True)
        }
        found[str(key)] = {"series": series, "shaping": shaping, **known}
    return found
