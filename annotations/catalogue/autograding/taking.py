"""Where in an output the answer stands."""

from __future__ import annotations

from annotations.catalogue.outputgraders.registry import Option, Options

WHOLE, LAST_LINE, AFTER = "whole", "last_line", "after"
TAKE = Option(
    "take",
    "Where the answer stands",
    "",
    WHOLE,
    ((WHOLE, "in the whole output"), (LAST_LINE, "in its last line"), (AFTER, "after the last marker")),
)
MARKER = Option("marker", "Marker", "e.g. #### or A: or The answer is; case does not count", "")


def take(text: str, options: Options) -> tuple[str, str]:
    """The part of the text in which the answer stands, or why there is none."""
    how = options.get("take") or WHOLE
    if how == LAST_LINE:
        lines = [line for line in text.splitlines() if line.strip()]
        return (lines[-1], "") if lines else ("", "it is blank")
    if how == AFTER:
        marker = options.get("marker", "")
        at = text.lower().rfind(marker.lower())
        if at < 0 or len(text.lower()) != len(text):
            at = text.rfind(marker)
        if at < 0:
            return "", f"the marker {marker} does not stand in it"
        # An answer ends with its line.
        return text[at + len(marker) :].strip().partition("\n")[0], ""
    return text, ""


def take_reference(reference: str, options: Options) -> str:
    """References may be worked solutions: where the marker stands in one, what comes after it is meant."""
    if (options.get("take") or WHOLE) == WHOLE:
        return reference
    taken, reason = take(reference, options)
    return reference if reason else taken


def faults(options: Options) -> list[str]:
    if options.get("take") == AFTER and not options.get("marker"):
        return ["Marker: write the words after which the answer stands."]
    return []
