"""Checking a bundle holds ids and never rows, whichever format they come in."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.catalogue.test_bundle_formats import WRITERS
from tests.servers import ROOT

TOTAL = 100_000
# Ids, the line of each and the item of each; the text of a row alone has more.
BYTES_A_ROW = 300
TEXT = "This text is here to be long. " * 20
CHECK = """
import json, resource, sys
from pathlib import Path
import pyarrow.compute, pyarrow.parquet
from annotations.catalogue.bundle import Declared, check_bundle

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

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
    assert grown < BYTES_A_ROW * TOTAL < len(TEXT) * TOTAL
