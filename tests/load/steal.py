"""How much of the processors a virtual machine's host gave to others: such time measures the host, not us."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Self

PART = 30.0  # seconds
# Of a part's processor time. What waited meanwhile is served in the part after, which is left out too.
DISTURBED = 0.05
STAT = Path("/proc/stat")
STEAL = 7


@dataclass
class Watch:
    """Looks at the accounts every second, in a thread of its own, from `with` until its end."""

    looks: list[tuple[float, int, int]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.thread.join()

    def _look(self) -> None:
        while STAT.exists():
            ticks = [int(one) for one in STAT.read_text().splitlines()[0].split()[1:9]]
            self.looks.append((time.perf_counter(), ticks[STEAL], sum(ticks)))
            if self.stop.wait(1):
                return

    def disturbed(self, begin: float) -> set[int]:
        """Numbers of the parts since `begin` that are not to be counted."""
        return disturbed(self.looks, begin)


def disturbed(looks: Sequence[tuple[float, int, int]], begin: float) -> set[int]:
    """Looks are moments, ticks stolen, ticks in all.

    >>> sorted(disturbed([(0, 0, 0), (29, 0, 6000), (59, 3000, 12000), (89, 3000, 18000)], 0.0))
    [1, 2]
    """
    stolen: dict[int, int] = {}
    whole: dict[int, int] = {}
    for (_, steal, total), (at, later_steal, later_total) in pairwise(looks):
        part = int((at - begin) / PART)
        stolen[part] = stolen.get(part, 0) + later_steal - steal
        whole[part] = whole.get(part, 0) + later_total - total
    found = {part for part in whole if stolen[part] > DISTURBED * max(whole[part], 1)}
    return found | {part + 1 for part in found}
