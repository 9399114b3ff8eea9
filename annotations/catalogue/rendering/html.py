"""Tokens of Markdown as HTML of few elements: the first wall writes no others, the second takes them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import nh3
from markdown_it.token import Token

from annotations.catalogue.rendering import mathml

TAGS = mathml.TAGS | {
    "p", "br", "hr", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "div", "span",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "div": {"dir"},
    "pre": {"dir"},
    "li": {"value"},
    "math": {"display"},
    **{tag: set(mathml.ATTRIBUTES) for tag in mathml.TAGS - {"math", "mspace"}},
    "mspace": {"width"},
}
CLASSES = {"div": {"md", "plain", "maths"}, "ol": {"paren"}, "mrow": {"boxed"}}

SAME = frozenset({
    "em", "strong", "ul", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "p", "hr", "br",
})  # fmt: skip


def wall(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes=set(),
        link_rel=None,
    )


def to_html(tokens: Sequence[Token]) -> str:
    return "".join(_token(token) for token in tokens)


def _token(token: Token) -> str:
    if token.type == "inline":
        return to_html(token.children or [])
    if token.hidden:
        return ""
    if write := WRITERS.get(token.type):
        return write(token)
    if token.tag not in SAME:
        return escape(token.content, quote=False)
    return f"</{token.tag}>" if token.nesting < 0 else f"<{token.tag}>"


def _heading(token: Token) -> str:
    # The page itself has the levels above.
    level = min(6, int(token.tag[1]) + 2)
    return f"</h{level}>" if token.nesting < 0 else f"<h{level}>"


def _numbered(token: Token) -> str:
    return '<ol class="paren">' if token.markup == ")" else "<ol>"


def _list_item(token: Token) -> str:
    return f'<li value="{int(token.info)}">' if token.info else "<li>"


def _code(token: Token) -> str:
    return f"<code>{escape(token.content, quote=False)}</code>"


def _fence(token: Token) -> str:
    name = f"<p>{escape(token.info.strip(), quote=False)}</p>" if token.info.strip() else ""
    # A line break right after the tag belongs to the tag.
    return f'{name}<pre dir="ltr">\n{_code(token)}</pre>'


def _maths(token: Token) -> str:
    return str(token.meta["html"] or escape(token.content, quote=False))


def _maths_block(token: Token) -> str:
    return f'<div class="maths">{_maths(token)}</div>'


WRITERS: dict[str, Callable[[Token], str]] = {
    "heading_open": _heading,
    "heading_close": _heading,
    "ordered_list_open": _numbered,
    "ordered_list_close": lambda token: "</ol>",
    "list_item_open": _list_item,
    "list_item_close": lambda token: "</li>",
    "code_inline": _code,
    "fence": _fence,
    "maths": _maths,
    "maths_block": _maths_block,
}
