"""Where formulas stand in a text: \\( \\), \\[ \\], $$ $$, and $ $ where it cannot be money."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from annotations.catalogue.rendering.mathml import Unshowable, to_mathml

# Of one formula, in characters.
LONGEST = 2_000
# What formulas of one text may cost together, in characters; those that follow are shown as written.
MOST_TEX = 6_000

CLOSERS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
# Between dollars with no space inside of them and no digit behind, without another dollar.
DOLLARS = re.compile(r"\$(?![\s$])((?:[^$\\]|\\.)++)(?<!\s)\$(?!\d)", re.DOTALL)
TEX = re.compile(r"[\\^_{]")
BLANK_LINE = re.compile(r"\n[ \t]*\n")


def add_maths(parser: MarkdownIt) -> None:
    parser.inline.ruler.push("maths", inline_rule)
    parser.block.ruler.before(
        "paragraph", "maths_block", block_rule, {"alt": ["paragraph", "blockquote", "list"]}
    )


def inline_rule(state: StateInline, silent: bool) -> bool:
    found = _formula(state.src, state.pos)
    if found is None:
        return False
    source, end, block = found
    if not silent:
        html = _html(state.env, source, block)
        token = state.push("maths" if html else "text", "", 0)
        token.content, token.meta = state.src[state.pos : end], {"html": html}
    state.pos = end
    return True


def block_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A displayed formula on lines of its own, which may look like anything else."""
    first = state.bMarks[start] + state.tShift[start]
    opener = state.src[first : first + 2]
    if opener not in ("\\[", "$$"):
        return False
    stop = state.src.find(CLOSERS[opener], first + 2, first + 2 + LONGEST)
    following = start + state.src.count("\n", first, max(stop, first)) + 1
    if stop < 0 or following > end or stop + 2 != state.eMarks[following - 1]:
        return False
    content = state.getLines(start, following, state.blkIndent, False).strip()
    if BLANK_LINE.search(content) or not content.startswith(opener):
        return False
    if not silent:
        state.line = following
        token = state.push("maths_block", "", 0)
        token.content = content
        token.meta = {"html": _html(state.env, content[2:-2], True)}
    return True


def _formula(text: str, start: int) -> tuple[str, int, bool] | None:
    """The formula that begins here: its source, where it ends, and whether it stands apart."""
    opener = text[start : start + 2]
    if closer := CLOSERS.get(opener):
        stop = text.find(closer, start + 2, start + 2 + LONGEST)
        if stop < 0 or not (source := text[start + 2 : stop]).strip():
            return None
        return source, stop + 2, opener != "\\("
    if opener[:1] == "$" and (found := DOLLARS.match(text, start, start + LONGEST)) and TEX.search(found[1]):
        return found[1], found.end(), False
    return None


def _html(env: MutableMapping[str, Any], source: str, block: bool) -> str | None:
    spent = env["tex"] = env.get("tex", 0) + len(source)
    try:
        return to_mathml(source.strip(), block=block) if spent <= MOST_TEX else None
    except Unshowable:
        return None
