"""Markdown as participants see it: what people read most often, and nothing that leads or loads anything.

Links, images, addresses, entities, HTML, quotations, rules and backslashes stay as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import heading, list_block, table
from markdown_it.token import Token

from annotations.catalogue.rendering import faithful
from annotations.catalogue.rendering.html import to_html, wall
from annotations.catalogue.rendering.maths import add_maths

# Longer texts are shown plainly: reading them would keep everybody else waiting.
LONGEST = 50_000
MOST_LINES = 3_000
DEEPEST = 20

# White space apart, what Markdown may take away. Everything else has to come through, in its order.
MARKS = str.maketrans("", "", " \t\n\xa0*_`#|-.):~")
PLAIN = frozenset({"inline", "paragraph_open", "paragraph_close"})
PLAIN_INLINE = frozenset({"text", "softbreak"})


def to_markdown(text: str) -> str | None:
    """The text as HTML; None where it says nothing in Markdown, or where some of it would get lost."""
    if len(text) > LONGEST or text.count("\n") > MOST_LINES:
        return None
    tokens = parser().parse(text, {})
    if _says_nothing(tokens) or not _kept(text, tokens):
        return None
    return wall(f'<div class="md" dir="auto">{to_html(tokens)}</div>')


@cache
def parser() -> MarkdownIt:
    made = MarkdownIt("zero", {"maxNesting": DEEPEST})
    made.enable(["table", "fence", "list", "heading", "backticks", "balance_pairs"])
    made.enable(["emphasis", "fragments_join"])
    made.inline.ruler.at("emphasis", faithful.emphasis_rule)
    add_maths(made)
    made.inline.ruler.push("line_end", faithful.newline_rule)
    for name, rule, interrupted in (
        ("list", list_block, ["paragraph"]),
        ("heading", heading, ["paragraph"]),
    ):
        made.block.ruler.at(name, faithful.guarded(rule), {"alt": interrupted})
    made.block.ruler.at("table", faithful.table_of_size(table), {"alt": ["paragraph"]})
    made.block.ruler.at("paragraph", faithful.paragraph_rule)
    return made


def _says_nothing(tokens: Sequence[Token]) -> bool:
    return all(token.type in PLAIN for token in tokens) and all(
        child.type in PLAIN_INLINE for token in tokens for child in token.children or ()
    )


def _kept(text: str, tokens: Sequence[Token]) -> bool:
    return "".join(_contents(tokens)).translate(MARKS) == text.translate(MARKS)


def _contents(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield from _contents(token.children or ())
        elif token.type in ("list_item_open", "fence"):
            yield token.info + token.content
        else:
            yield token.content
