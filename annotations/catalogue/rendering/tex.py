"""What TeX says, mark by mark, to be compared with what is shown for it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# Definitions could grow without bounds, a comment hides what follows, a link hides where it leads. A phantom
# is there and not seen, an overlap changes what is seen; lines in tables would not be drawn.
REFUSED = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|[gex]?def|let|href|url|style|class|unicode|require"
    r"|[hv]?phantom|(?:math)?[rlc]lap|smash|mathchoice|sideset|hline|cline|kern|mkern|mskip|hskip|raise|lower"
    r")(?![A-Za-z])"
    r"|(?<!\\)(?:\\\\)*%"
)
# Marks that belong to a command: the degree of a root, the delimiter that is none, the width of a column.
SPENT = (
    (re.compile(r"\\sqrt\s*\[([^][\\]*)\]"), r" \1 "),
    (re.compile(r"\\(?:left|right|middle)\s*\.|\\operatorname\s*\*"), " "),
    (re.compile(r"(\\begin\s*\{[A-Za-z]+\*?\})\s*\{[lcr\s]*\}"), r"\1"),
)
COMMAND = re.compile(r"\\(?:begin\s*\{[A-Za-z]+\*?\}|end\s*\{[A-Za-z]+\*?\}|[A-Za-z]+|.)", re.DOTALL)
SAYS = {
    r"\lt": "<", r"\gt": ">", r"\vert": "|", r"\lvert": "|", r"\rvert": "|", r"\lbrack": "[", r"\rbrack": "]",
    r"\colon": ":", r"\ast": "*", r"\slash": "/", r"\binom": "()", r"\dbinom": "()", r"\tbinom": "()",
    r"\choose": "()", r"\pmod": "()", r"\pod": "()", r"\tag": "()", r"\begin{pmatrix}": "()",
    r"\begin{bmatrix}": "[]", r"\begin{vmatrix}": "||",
    **{f"\\{mark}": mark for mark in "%$#&_{}"},
}  # fmt: skip
STRUCTURE = frozenset("{}^_&~$#\\")
# They have to be as many as in the source: neither lost nor doubled nor made up.
EXACT = frozenset("+-=<>/*|!:;,.()[]0123456789")
# A slash before what it should strike through.
BROKEN = "⧸"


def hides(source: str) -> bool:
    return REFUSED.search(source) is not None


def says_all(source: str, shown: str) -> bool:
    """Whether all marks of the source that are no part of a command are shown, and no sign besides."""
    written = _marks(_said(source))
    seen = _marks(shown)
    exact = all(written[mark] == seen[mark] for mark in EXACT)
    return exact and not written - seen and BROKEN not in shown


def _said(source: str) -> str:
    for spent, left in SPENT:
        source = spent.sub(left, source)
    said, end = [], 0
    for command in COMMAND.finditer(source):
        said += [_bare(source[end : command.start()]), SAYS.get(command[0], " ")]
        end = command.end()
    return "".join([*said, _bare(source[end:])])


def _bare(text: str) -> str:
    return "".join(mark for mark in text if mark not in STRUCTURE)


def _marks(text: str) -> Counter[str]:
    """Styled letters and digits count as their plain ones; dots in a row are one mark of their own."""
    text = text.replace("−", "-").replace("…", "⋯").replace("′", "'").replace("″", "''").replace("‴", "'''")
    return Counter(mark for mark in unicodedata.normalize("NFKC", text) if not mark.isspace())
