"""Refusals that doors turn into a page, a form error or an exit code."""

from __future__ import annotations


class Refusal(Exception):
    """The act cannot be done; the text says why and what to do, and may be shown to whoever asked."""


class NotFound(Refusal):
    """There is no such object, or not for you: both read the same."""
