"""What a power cut must not undo."""

from __future__ import annotations

import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Have the file, or the entries of the folder, written to the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
