"""What a verification found, in sentences that say where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from annotations.core.problems import Problem, Problems

LISTED = 20
LONGEST = 160


class Unreadable(Exception):
    """The folder is no release, or cannot be read as one: nothing more can be compared."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def unreadable(file: str, reason: str, *, line: int | None = None) -> Unreadable:
    return Unreadable([Problem(file, line, None, reason)])


@dataclass
class Report:
    """`errors` lists so many differences of each file, `beyond` counts the others; `compared` counts what
    was looked at."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    def differ(self, file: str, reason: str, *, line: int | None = None, column: str | None = None) -> None:
        self.found[file] += 1
        if self.found[file] <= LISTED:
            self.errors.append(Problem(file, line, column, reason))

    def full(self, file: str) -> bool:
        """Whether further differences of the file are only counted."""
        return self.found[file] >= LISTED

    def count(self, file: str, more: int) -> None:
        self.found[file] += more

    def warn(self, file: str, reason: str) -> None:
        self.warnings.append(Problem(file, None, None, reason))

    @property
    def beyond(self) -> dict[str, int]:
        return {file: count - LISTED for file, count in self.found.items() if count > LISTED}

    def problems(self) -> Problems:
        """All errors, and of each file that has more than are listed, how many."""
        rest = [
            Problem(file, None, None, f"and {count:,} more differences in this file")
            for file, count in self.beyond.items()
        ]
        problems = Problems(limit=len(self.errors) + len(rest))
        problems.extend([*self.errors, *rest])
        return problems


def quoted(value: object) -> str:
    """A value within a sentence: a text in quotation marks and not too long."""
    if value is None:
        return "blank"
    text = value if isinstance(value, str) else f"{value!r}"
    if len(text) > LONGEST:
        text = text[:LONGEST] + "..."
    return f'"{text}"' if isinstance(value, str) else text
