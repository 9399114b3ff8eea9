"""Markdown's marks, read so that sums, names and numbers stay as they were written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from markdown_it.rules_block import StateBlock, paragraph
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

BlockRule = Callable[[StateBlock, int, int, bool], bool]

BEFORE_EMPHASIS = "([{\"'“‘«—–/*_"
AFTER_EMPHASIS = ".,;:!?)]}\"'”’»—–/*_"

MOST_CELLS = 20_000

# A plus is no bullet; "- 27", "- 3x" and "- sqrt(2)" are arithmetic, so that a bullet begins with a word of
# two letters or more; and "#### 42" is how some solutions end.
WORD = r"[*_`\"'“‘«(]*[^\W\d_]{2,}(?![^\W\d_]*\()"
MARKED_TEXT = re.compile(rf"[-*][ \t]+{WORD}|(?:#{{1,6}}|(?:0|[1-9]\d{{0,3}})[.)])[ \t]+")
MARKED_NUMBER = re.compile(r"#{1,6}[ \t]+[^\w\s]*[\d.,\s%]+$")


def guarded(rule: BlockRule) -> BlockRule:
    """The rule for a list or heading, where the line is no part of a sum."""

    def guard(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
        if not MARKED_TEXT.match(line) or MARKED_NUMBER.match(line):
            return False
        return rule(state, start, end, silent)

    return guard


def table_of_size(rule: BlockRule) -> BlockRule:
    """The rule for a table, whose short rows are filled up to the length of its first."""

    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        columns = state.src.count("|", state.bMarks[start], state.eMarks[start])
        return columns * (end - start) <= MOST_CELLS and rule(state, start, end, silent)

    return bounded


def paragraph_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Keeps the spaces at the beginning of its first line, as those of the others are kept."""
    if not paragraph(state, start, end, silent):
        return False
    state.tokens[-2].content = state.getLines(start, state.line, state.blkIndent, False).rstrip()
    return True


def newline_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.push("softbreak", "br", 0)
    state.pos += 1
    return True


def emphasis_rule(state: StateInline, silent: bool) -> bool:
    """Emphasis at the edges of words only, never within 3*4*5, f(x)*g(y), 2**10 or a_b_c."""
    start, mark = state.pos, state.src[state.pos]
    if silent or mark not in "*_":
        return False
    end = start + 1
    while end < state.posMax and state.src[end] == mark:
        end += 1
    opens, closes = _edges(state.src, start, end, state.posMax)
    for _ in range(end - start):
        state.push("text", "", 0).content = mark
        token = len(state.tokens) - 1
        state.delimiters.append(Delimiter(ord(mark), end - start, token, -1, opens, closes))
    state.pos = end
    return True


def _edges(text: str, start: int, end: int, limit: int) -> tuple[bool, bool]:
    before = text[start - 1] if start else " "
    after = text[end] if end < limit else " "
    length, mark = end - start, text[start]
    if length > 3 or (mark == "_" and length > 1):
        return False, False
    wide = mark == "*" and length > 1
    opens = not after.isspace() and (
        before.isspace() or before in BEFORE_EMPHASIS or (wide and _wide(before))
    )
    closes = not before.isspace() and (after.isspace() or after in AFTER_EMPHASIS or (wide and _wide(after)))
    # "2 *3* 4" multiplies, and so may "f(*x*)": one mark alone stands before two letters or more.
    return opens and not (length == 1 and not text[end : end + 2].isalpha()), closes


def _wide(character: str) -> bool:
    """Chinese and Japanese put no space between words."""
    return unicodedata.east_asian_width(character) in "WF"
