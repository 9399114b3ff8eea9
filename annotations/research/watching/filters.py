"""What lists are narrowed and sorted by: read from an address, kept in the links and forms of the page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

LONGEST = 200


def read(given: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """What was chosen of these names. A null character would break the question to the database."""
    found = {name: str(given.get(name, "")).replace("\x00", "").strip()[:LONGEST] for name in names}
    return {name: value for name, value in found.items() if value}


def query_of(chosen: Mapping[str, str]) -> str:
    """For links to other pages of the same list: what comes before `page=`."""
    return f"{urlencode(chosen)}&" if chosen else ""


def number_in(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None
