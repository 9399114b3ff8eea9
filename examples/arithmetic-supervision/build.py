"""Writes the tables of this bundle: `python build.py [--out DIR]`. The same bytes each time."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import arithmetic  # noqa: E402
import arithmetic_systems  # noqa: E402

if __name__ == "__main__":
    out = arithmetic.folder_from_arguments("Build the tables of the bundle arithmetic-supervision.", FOLDER)
    arithmetic.write_items(out)
    arithmetic_systems.write_outputs(out)
