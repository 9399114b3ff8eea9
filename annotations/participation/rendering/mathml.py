"""TeX as MathML of few elements. What cannot be shown whole is not shown as mathematics at all."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from html import escape, unescape
from xml.etree.ElementTree import Element

# How many parts an element needs to mean anything.
PARTS = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mroot": 2}
TAGS = frozenset({
    *PARTS, "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mtable", "mtr", "mtd",
})  # fmt: skip
# Shown as what is in them: their effect is one of looks, or would hide something.
BARE = frozenset({"mstyle", "mpadded", "mphantom"})
ATTRIBUTES = frozenset({
    "accent", "accentunder", "fence", "form", "largeop", "linethickness", "lspace", "mathvariant",
    "movablelimits", "rspace", "separator", "stretchy", "symmetric",
})  # fmt: skip
VALUE = re.compile(r"[a-z-]{1,20}|\d(\.\d{1,4})?(em|ex|px)?")

# Definitions could grow without bounds, a comment hides what follows, a link hides where it leads.
REFUSED = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|[gex]?def|let|href|url|style|class|unicode|require"
    # What sets signs aside, overprints them or gives them another kind: some of it would get lost.
    r"|[hv]?phantom|(?:math)?[rlc]lap|smash|math(?:rel|bin|op|ord|open|close|punct|inner))(?![A-Za-z])"
    r"|(?<!\\)(?:\\\\)*%"
)
ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}(?:\s*\{[lcr|\s]*\})?")
COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
# The converter knows these under other names.
ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|gathered|gather\*?)\}")


class Unshowable(Exception):
    """The source has to be shown as it is."""


def to_mathml(source: str, *, block: bool) -> str:
    """Raises Unshowable where any digit or letter of the source would get lost."""
    if REFUSED.search(source):
        raise Unshowable
    try:
        html = _element(_parsed(source, block))
    except RecursionError as error:
        raise Unshowable from error
    shown = unicodedata.normalize("NFKC", unescape(re.sub(r"<[^>]*>", "", html)))
    if _written(source) - Counter(shown):
        raise Unshowable
    display = ' display="block"' if block else ""
    return f"<math{display}>{html}</math>"


def _parsed(source: str, block: bool) -> Element:
    # Reading its table of symbols takes a moment: only where there is something to convert.
    from latex2mathml.converter import Converter

    try:
        converter = Converter(display="block" if block else "inline")
        return converter.convert_to_element(ALIGNED.sub(r"\\\1{align*}", source))[0]
    except Exception as error:
        raise Unshowable from error


def _element(element: Element) -> str:
    tag, attributes = element.tag, ""
    if tag == "menclose" and element.get("notation") == "box":
        tag, attributes = "mrow", ' class="boxed"'
    elif tag in BARE:
        tag = "mrow"
    elif tag not in TAGS:
        raise Unshowable
    if len(element) != PARTS.get(tag, len(element)):
        raise Unshowable
    text = unescape(element.text or "")
    if text.startswith("\\") and len(text) > 1:
        raise Unshowable
    for name, value in element.attrib.items():
        if (name in ATTRIBUTES or (tag, name) == ("mspace", "width")) and VALUE.fullmatch(value):
            attributes += f' {name}="{value}"'
    inner = escape(text, quote=False) + "".join(_element(child) for child in element)
    return f"<{tag}{attributes}>{inner}</{tag}>"


def _written(source: str) -> Counter[str]:
    """Digits and letters of the source that are no part of a command."""
    bare = COMMAND.sub(" ", ENVIRONMENT.sub(" ", source))
    return Counter(mark for mark in unicodedata.normalize("NFKC", bare) if mark.isalnum())
