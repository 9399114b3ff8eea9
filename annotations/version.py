"""The version of the code that computes results; it stands in every run and release."""

from __future__ import annotations

CODE_VERSION = "0.2.0"
