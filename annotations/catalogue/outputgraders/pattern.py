"""Regular expressions that say what a right answer looks like, and what a wrong one does."""

from __future__ import annotations

from annotations.catalogue.outputgraders.registry import (
    Given,
    Marked,
    Option,
    Options,
    OutputGrader,
    not_understood,
    register,
)

OTHERWISE = (("", "is not understood"), ("incorrect", "is incorrect"))


def mark(given: Given, options: Options) -> Marked:
    if "{reference}" in options.get("correct", "") + options.get("incorrect", "") and not given.references:
        return not_understood("the item has no reference")
    right, wrong = given.matched.get("correct", False), given.matched.get("incorrect", False)
    if right and wrong:
        return not_understood("it fits the pattern of right answers and that of wrong ones")
    if right or wrong:
        return Marked("correct" if right else "incorrect")
    if options.get("otherwise") == "incorrect":
        return Marked("incorrect", found=False)
    return not_understood("it fits neither pattern")


def faults(options: Options) -> list[str]:
    return [] if options.get("correct") else ["Pattern of right answers: write one."]


register(
    OutputGrader(
        "pattern",
        "Regular expression",
        "Correct where a pattern is found in the answer. {reference} in it stands for the item's reference,"
        " letter by letter.",
        (
            Option("correct", "Pattern of right answers", "e.g. answer is \\$?{reference}\\b"),
            Option("incorrect", "Pattern of wrong answers", "may be left blank"),
            Option("otherwise", "What fits no pattern", "", "", OTHERWISE),
        ),
        mark,
        patterns=("correct", "incorrect"),
        faults=faults,
    )
)
