"""What is wrong with a file that somebody brought: where exactly, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from difflib import get_close_matches

LISTED = 100
SHOWN_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `column` is a position in text and the name of the column in a table."""

    file: str
    line: int | None
    column: int | str | None
    reason: str

    def as_dict(self) -> dict[str, str | int | None]:
        return asdict(self)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.reason}"


class Problems:
    """Lists problems up to a limit and counts the rest, so that a hopeless file costs no memory."""

    def __init__(self, limit: int = LISTED) -> None:
        self.limit = limit
        self.listed: list[Problem] = []
        self.count = 0

    def add(self, problem: Problem) -> None:
        self.count += 1
        if len(self.listed) < self.limit:
            self.listed.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.add(problem)

    @property
    def unlisted(self) -> int:
        return self.count - len(self.listed)

    def as_dicts(self) -> list[dict[str, str | int | None]]:
        """The listed problems, and one line for those beyond the limit."""
        dicts = [problem.as_dict() for problem in self.listed]
        if self.unlisted:
            rest = Problem("", None, None, f"and {self.unlisted} more")
            dicts.append(rest.as_dict())
        return dicts

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.listed)

    def __len__(self) -> int:
        return self.count

    def __bool__(self) -> bool:
        return self.count > 0


def shown(value: object) -> str:
    """A value as it may stand in a sentence: quoted, escaped and short."""
    text = value if isinstance(value, str) else str(value)
    cut = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 3] + "..."
    return f'"{cut}"' if cut.isprintable() else ascii(cut).replace("'", '"')


def near_miss(word: str, allowed: Iterable[str]) -> str:
    """', did you mean "..."?' where one of the allowed words comes close, else nothing."""
    by_folded = {name.casefold(): name for name in allowed}
    close = get_close_matches(word[:200].casefold().strip(), by_folded, n=1, cutoff=0.7)
    return f", did you mean {shown(by_folded[close[0]])}?" if close else ""


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Names for a sentence, sorted, the rest of a long list counted."""
    ordered = sorted(names)
    more = f" and {len(ordered) - limit} more" if len(ordered) > limit else ""
    return ", ".join(shown(name)[1:-1] for name in ordered[:limit]) + more
