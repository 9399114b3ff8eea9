"""What one task costs in a process of its own: the least CPU of its runs, and the memory that it added.

It imports nothing but numpy, for the other side of a comparison runs it in another environment.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

# Runs are repeated for so long, so that a short one is not taken at its first, cold time.
SECONDS = 1.0
Task = Callable[[Mapping[str, Any]], object]


def main(tasks: Mapping[str, Task]) -> None:
    """Arguments: a task and a file of rows. Prints seconds of CPU, megabytes, and what the task returned."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy as np

    name, path = sys.argv[1:]
    with np.load(path) as file:
        rows = dict(file)
    before = peak()
    times: list[float] = []
    result: object = None
    while not times or sum(times) < SECONDS:
        began = time.process_time()
        result = tasks[name](rows)
        times.append(time.process_time() - began)
    print(json.dumps({"seconds": min(times), "mb": peak() - before, "result": result}))


def peak() -> float:
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
