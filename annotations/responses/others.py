"""What others answered to the same units, each time without the person themself."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from annotations.people.models import Participant
from annotations.responses.models import Response
from annotations.responses.persons import CHUNK, Given, UnitKey
from annotations.studies.models import Study


@dataclass
class _Ratings:
    """Rated difficulties of one unit, in order, with their running sums."""

    values: array[float] = field(default_factory=lambda: array("d"))
    sums: list[float] = field(default_factory=list)
    # Sum of the distances of all pairs.
    spread: float = 0.0

    def close(self) -> None:
        self.values = array("d", sorted(self.values))
        self.sums = [0.0, *accumulate(self.values)]
        count = len(self.values)
        self.spread = sum((2 * at - count + 1) * value for at, value in enumerate(self.values))

    def distance(self, value: float) -> float:
        """Sum of the distances of all of them from a value. O(log n)."""
        at, count = bisect_left(self.values, value), len(self.values)
        below, all_of_them = self.sums[at], self.sums[count]
        return value * at - below + (all_of_them - below) - value * (count - at)


class Others:
    """Verdicts and ratings of all people by unit. Machines are no others."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def _said(self) -> tuple[dict[UnitKey, Counter[str]], dict[UnitKey, _Ratings]]:
        verdicts: dict[UnitKey, Counter[str]] = {}
        ratings: dict[UnitKey, _Ratings] = {}
        rows = Response.objects.countable().filter(study=self.study, repeat=False)
        rows = rows.exclude(participant__kind=Participant.AI)
        columns = ("item_id", "output_id", "verdict", "difficulty")
        for item, output, verdict, difficulty in rows.values_list(*columns).iterator(chunk_size=CHUNK):
            if verdict:
                verdicts.setdefault((item, output), Counter())[verdict] += 1
            elif difficulty is not None:
                ratings.setdefault((item, output), _Ratings()).values.append(difficulty)
        for one in ratings.values():
            one.close()
        return verdicts, ratings

    def share_correct(self, given: Given) -> float | None:
        """The share of the others who called the output correct; None where nobody else judged it."""
        counts = self._said[0].get(given.unit, Counter())
        others = counts.total() - 1
        return (counts["correct"] - (given.verdict == "correct")) / others if others > 0 else None

    def distances(self, given: Given) -> tuple[float, float | None] | None:
        """How far the answer is from the others', 0 to 1, and how far these are from one another.

        Of verdicts the share that differs, of ratings the mean distance. None where nobody else answered;
        the second is None where only one did.
        """
        found = self._verdicts(given) if given.verdict else self._rated(given)
        if found is None:
            return None
        others, own, pairs = found
        between = pairs / (others * (others - 1) / 2) if others > 1 else None
        return own / others, between

    def _verdicts(self, given: Given) -> tuple[int, float, float] | None:
        counts = self._said[0].get(given.unit, Counter())
        others = counts.total() - 1
        if others < 1:
            return None
        rest = [count - (verdict == given.verdict) for verdict, count in counts.items()]
        same = sum(count * (count - 1) for count in rest) / 2
        differ = others - (counts[given.verdict] - 1)
        return others, float(differ), others * (others - 1) / 2 - same

    def _rated(self, given: Given) -> tuple[int, float, float] | None:
        ratings = self._said[1].get(given.unit)
        if ratings is None or given.difficulty is None or len(ratings.values) < 2:
            return None
        own = ratings.distance(given.difficulty)
        return len(ratings.values) - 1, own / 100, max(0.0, ratings.spread - own) / 100
