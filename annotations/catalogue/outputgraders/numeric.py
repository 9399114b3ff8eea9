"""Compares numbers by value, as exact fractions: "$1,250.00" and "1250" are the same answer."""

from __future__ import annotations

from fractions import Fraction

from annotations.catalogue.graders.number import LONGEST_ANSWER, NUMBER, tidy, value_of
from annotations.catalogue.outputgraders.registry import (
    Given,
    Marked,
    Option,
    Options,
    OutputGrader,
    not_understood,
    register,
)

WHICH = (("only", "the only number"), ("last", "the last number"), ("first", "the first number"))


def numbers_in(text: str, which: str) -> list[Fraction | None]:
    """The numbers of a text, of a long one those at the end that counts; None for one that is unreadable."""
    if len(text) > LONGEST_ANSWER and which != "only":
        # Cut between words, so that no number is cut.
        part = text[-LONGEST_ANSWER:] if which == "last" else text[:LONGEST_ANSWER]
        text = part.partition(" ")[2] if which == "last" else part.rpartition(" ")[0]
    if len(text) > LONGEST_ANSWER:
        return [None]
    return [value_of(found) for found in NUMBER.finditer(tidy(text))]


def one_of(text: str, which: str) -> tuple[Fraction | None, str]:
    """The number that counts, or why there is none."""
    found = numbers_in(text, which)
    if not found:
        return None, "no number stands where the answer should be"
    if which == "only" and len(found) > 1:
        return None, f"{len(found)} numbers stand where the answer should be"
    number = found[-1] if which == "last" else found[0]
    return number, "" if number is not None else "the number cannot be read, or the text is too long"


def mark(given: Given, options: Options) -> Marked:
    which = options.get("which", "only")
    wanted = [one_of(reference, which)[0] for reference in given.references]
    known = [number for number in wanted if number is not None]
    if not known:
        return not_understood("the item's reference holds no number that can be read")
    number, reason = one_of(given.text, which)
    if number is None:
        return not_understood(reason)
    slack = tolerance(options)
    right = any(abs(number - one) <= slack * abs(one) for one in known)
    return Marked("correct" if right else "incorrect")


def tolerance(options: Options) -> Fraction:
    """In per cent of the reference."""
    return Fraction(options.get("tolerance") or "0") / 100


def faults(options: Options) -> list[str]:
    text = options.get("tolerance") or "0"
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()) or len(text) > 12 or float(text) > 100:
        return ["Tolerance: write a number of per cent, from 0 to 100."]
    return []


register(
    OutputGrader(
        "numeric",
        "Numeric",
        "Correct where the number is that of the reference, by value: currency signs, marks between thousands"
        " and ways of writing do not count.",
        (
            Option("which", "Which number is the answer", "", "only", WHICH),
            Option("tolerance", "Tolerance, in per cent of the reference", "0: the same number", "0"),
        ),
        mark,
        faults=faults,
    )
)
