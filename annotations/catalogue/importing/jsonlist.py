"""A list of JSON objects as JSON Lines: cut apart where its elements end, without building any of it."""

from __future__ import annotations

from pathlib import Path

from annotations.catalogue.readers.shape import TOKENS
from annotations.core.errors import Refusal

LARGEST = 50_000_000


def write_lines(path: Path) -> None:
    """Each element of the list in the file on a line of its own, in the place of the list."""
    if path.stat().st_size > LARGEST:
        raise Refusal(
            f"A JSON list of more than {LARGEST // 1_000_000} MB is not taken apart here:"
            " write one object a line (JSON Lines)."
        )
    text = path.read_text(encoding="utf-8-sig")
    draft = path.with_suffix(".lines")
    with draft.open("x", encoding="utf-8") as out:
        depth, start, closed = 0, 0, False
        for token in TOKENS.finditer(text):
            mark = token[0]
            if mark in ("[", "{"):
                depth += 1
                if depth == 1:
                    start = token.end()
            elif mark in ("]", "}"):
                depth -= 1
            if closed:
                break
            if depth == 0 or (depth == 1 and mark == ","):
                if element := text[start : token.start()].strip():
                    # In sound JSON what breaks a line is white space: inside a string it is escaped.
                    out.write(element.replace("\r", " ").replace("\n", " ") + "\n")
                start = token.end()
                closed = depth == 0
    if not closed or text[start:].strip():
        draft.unlink()
        raise Refusal("The file begins as a JSON list and does not end as one: is it cut off?")
    draft.replace(path)
