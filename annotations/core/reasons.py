"""Why something cannot be, as a sentence that knows which setting it is about."""

from __future__ import annotations


class Reason(str):
    """`path`: of the setting, as in `asking.revise` or `conditions.1`; blank where it is about none.

    `unfinished`: something is still missing. A draft may be saved so, though it cannot open; what is not
    unfinished contradicts something else, and is refused where it is written.
    """

    path: str
    unfinished: bool

    __slots__ = ("path", "unfinished")

    def __new__(cls, sentence: str, path: str = "", *, unfinished: bool = False) -> Reason:
        made = super().__new__(cls, sentence)
        made.path, made.unfinished = path, unfinished
        return made
