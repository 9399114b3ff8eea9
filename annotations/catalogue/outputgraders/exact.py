"""The output is the reference, word for word; case, white space and punctuation around it do not count."""

from __future__ import annotations

from annotations.catalogue.graders.text import plain
from annotations.catalogue.outputgraders.registry import (
    Given,
    Marked,
    Options,
    OutputGrader,
    not_understood,
    register,
)

LONGEST = 100_000


def mark(given: Given, options: Options) -> Marked:
    """Another text is incorrect, but not one in which the reference stands among other words: that may say
    the reference, or deny it.
    """
    wanted = {plain(reference) for reference in given.references} - {""}
    if not wanted:
        return not_understood("the item has no reference")
    if len(given.text) > LONGEST:
        return not_understood("the output is too long to be compared word for word")
    said = plain(given.text)
    if said in wanted:
        return Marked("correct")
    words = f" {' '.join(plain(word) for word in said.split())} "
    if any(f" {' '.join(plain(word) for word in one.split())} " in words for one in wanted):
        return not_understood("the reference stands in it, among other words")
    return Marked("incorrect", found=False)


register(
    OutputGrader(
        "exact",
        "Exact",
        "Correct where the answer is the reference, but for case, spaces and punctuation around it; an answer"
        " that holds the reference among other words is left to people.",
        (),
        mark,
    )
)
