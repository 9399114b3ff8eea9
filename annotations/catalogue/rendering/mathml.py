"""TeX as MathML of few elements. What cannot be shown whole is not shown as mathematics at all."""

from __future__ import annotations

import re
from html import escape, unescape
from xml.etree.ElementTree import Element

from annotations.catalogue.rendering import tex

# How many parts an element needs to mean anything.
PARTS = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mroot": 2}
TAGS = frozenset({
    *PARTS, "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mtable", "mtr", "mtd",
})  # fmt: skip
# Browsers show text in these only, and nothing else that is in them.
TOKENS = frozenset({"mi", "mn", "mo", "mtext", "mspace"})
ATTRIBUTES = frozenset({
    "accent", "accentunder", "fence", "form", "largeop", "linethickness", "lspace", "mathvariant",
    "movablelimits", "rspace", "separator", "stretchy", "symmetric",
})  # fmt: skip
VALUE = re.compile(r"[a-z-]{1,20}|\d(\.\d{1,4})?(em|ex|px)?")

# The converter knows these under other names, or would number their lines.
ALIGNED = re.compile(r"\\(begin|end)\{(?:align|aligned|gathered|gather\*?)\}")


class Unshowable(Exception):
    """The source has to be shown as it is."""


def to_mathml(source: str, *, block: bool) -> str:
    """Raises Unshowable where a mark of the source would get lost, or where one would be made up."""
    if tex.hides(source):
        raise Unshowable
    try:
        html = _element(_parsed(source, block))
    except RecursionError as error:
        raise Unshowable from error
    if not tex.says_all(source, unescape(re.sub(r"<[^>]*>", "", html))):
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
    elif tag == "mstyle":
        tag = "mrow"
    elif tag not in TAGS:
        raise Unshowable
    if len(element) != PARTS.get(tag, len(element)):
        raise Unshowable
    text = unescape(element.text or "")
    if (text.startswith("\\") and len(text) > 1) or (len(element) if tag in TOKENS else text.strip()):
        raise Unshowable
    for name, value in element.attrib.items():
        if (name in ATTRIBUTES or (tag, name) == ("mspace", "width")) and VALUE.fullmatch(value):
            attributes += f' {name}="{value}"'
    inner = escape(text, quote=False) + "".join(_element(child) for child in element)
    return f"<{tag}{attributes}>{inner}</{tag}>"
