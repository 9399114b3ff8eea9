"""Compares numbers by value: "$1,250.00", "1250" and "2500/2 dollars" are the same answer.

Exact fractions, never floats. An answer has to hold one number and no second one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from annotations.catalogue.graders.registry import register

# A number that a person types is short; the bounds keep hostile ones from costing time.
LONGEST_ANSWER = 500
MOST_DIGITS = 60
LARGEST_EXPONENT = 60

MINUS_SIGNS = "-\u2212\u2012\u2013\ufe63\uff0d"
GROUP_MARKS = " \u00a0\u2009\u202f'\u2019_"

NUMBER = re.compile(
    r"""(?P<sign>(?<![\w.,)])[-+])?
        (?:(?P<whole>\d+)[ ]+(?=\d+/\d))?
        (?P<digits>\d[\d.,]*\d|\d|[.,]\d+)
        (?:[eE](?P<exponent>[-+]?\d{1,4})(?![\w.]))?
        (?:[ ]*/[ ]*(?P<below>\d[\d.,]*\d|\d))?""",
    re.VERBOSE,
)
GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*\Z")


@register("number")
def grade_number(answer: str, references: Sequence[str]) -> bool | None:
    wanted = {number_in(reference) for reference in references} - {None}
    if not wanted:
        return None
    return number_in(answer) in wanted


def number_in(text: str) -> Fraction | None:
    """The one number that stands in a text, or None."""
    if len(text) > LONGEST_ANSWER:
        return None
    found = list(NUMBER.finditer(tidy(text)))
    return value_of(found[0]) if len(found) == 1 else None


def tidy(text: str) -> str:
    """Plain digits and signs; currency, percent signs and marks between groups of three gone."""
    marks: list[str] = []
    for character in text.strip():
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            marks.append(str(digit))
        elif character in MINUS_SIGNS:
            marks.append("-")
        elif unicodedata.category(character) != "Sc":
            marks.append(character)
    plain = re.sub(rf"(?<=\d)[{GROUP_MARKS}](?=\d{{3}}(?!\d))(?!\d+/)", "", "".join(marks))
    return re.sub(r"(?<=[-+]) +(?=[\d.,])", "", plain)


def value_of(found: re.Match[str]) -> Fraction | None:
    whole = decimal(found["whole"] or "0")
    above = decimal(found["digits"])
    below = decimal(found["below"] or "1")
    exponent = int(found["exponent"] or 0)
    if whole is None or above is None or not below or abs(exponent) > LARGEST_EXPONENT:
        return None
    value = whole + above * Fraction(10) ** exponent / below
    return -value if found["sign"] == "-" else value


def decimal(text: str) -> Fraction | None:
    """Reads digits with thousands marks and a decimal mark, whichever of `.` and `,` is which."""
    if len(text) > MOST_DIGITS:
        return None
    grouped = GROUPED.match(text)
    last = max(text.rfind("."), text.rfind(","))
    if last < 0 or (grouped and (grouped[1] == "," or text.count(".") > 1)):
        whole, part = text, ""
    else:
        whole, part = text[:last], text[last + 1 :]
        mark = "," if text[last] == "." else "."
        if re.search(r"[.,]", whole) and not (GROUPED.match(whole) and mark in whole):
            return None
    digits = re.sub(r"[.,]", "", whole) + part
    return Fraction(int(digits), 10 ** len(part))
