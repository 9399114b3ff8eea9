"""Checking a bundle holds neither rows nor many ids in memory, whichever format they come in."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.catalogue.test_bundle_formats import WRITERS
from tests.servers import ROOT

TOTAL = 100_000
# Ids alone would take more in memory: as text and entry of a dictionary one has 190 bytes.
BYTES_A_ROW = 140
# What a file of any size takes, and a small one does not.
BUFFERS = {"parquet": 30_000_000}
TEXT = "This text is here to be long. " * 20
CHECK = """
import json, resource, sys
from pathlib import Path
import pyarrow.compute, pyarrow.parquet
from annotations.catalogue.bundle import Declared, check_bundle

def used():
    status = Path("/proc/self/status")
    if status.exists():  # where the other figure begins with that of the process that started this one
        return 1024 * int(status.read_text().partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

folder, grown = Path(sys.argv[1]), []
for name in ("few", "many"):
    bundle = check_bundle(folder / name, declared=Declared(protocol="difficulty"))
    grown.append(used())
print(json.dumps([bundle.counts["items"], grown[1] - grown[0]]))
"""


@pytest.mark.parametrize("suffix", WRITERS)
def test_memory_of_many_rows(tmp_path, suffix):
    for name, total in (("few", 5_000), ("many", TOTAL)):
        (tmp_path / name).mkdir()
        rows = [
            {"item_id": f"item-{number}", "domain": "d", "prompt": f"{number}? {TEXT}"}
            for number in range(total)
        ]
        WRITERS[suffix](tmp_path / name / f"items.{suffix}", rows)
    command = [sys.executable, "-c", CHECK, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    count, grown = json.loads(done.stdout)
    assert count == TOTAL
    assert grown < BUFFERS.get(suffix, 0) + BYTES_A_ROW * TOTAL < len(TEXT) * TOTAL
