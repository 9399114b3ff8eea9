"""Writes the tables of this bundle: `python build.py SOURCE [--out DIR]`. See README.md for the source."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import gsm8k  # noqa: E402

if __name__ == "__main__":
    chosen = gsm8k.arguments("Build the tables of the bundle gsm8k-supervision.", FOLDER)
    gsm8k.write_supervision_tables(chosen.source, chosen.out)
