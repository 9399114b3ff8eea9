"""Gradings of outputs on their way in: which of them an output has, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from annotations.catalogue.bundle import CheckedBundle
from annotations.catalogue.bundle.index import room, scratch
from annotations.catalogue.bundle.rows import GradeRow, OutputRow

# Grade, kind of avoidance and grader; of a later one with its revision, where that is given.
Grading = tuple[str, str, str]
Later = tuple[int | None, Grading]

TABLE = "CREATE TABLE later (output TEXT, revision INTEGER, grade TEXT, kind TEXT, grader TEXT)"


class LaterGradings:
    """What a bundle has in its grades table, by output; they lie in a temporary file."""

    def __init__(self, bundle: CheckedBundle) -> None:
        rows = ((row.output_id, row.revision, *said_by(row)) for row in bundle.grades())
        with room():
            self.file = scratch(TABLE)
            self.file.executemany("INSERT INTO later VALUES (?, ?, ?, ?, ?)", rows)
            self.file.execute("CREATE INDEX by_output ON later (output)")

    def of(self, outputs: Sequence[str]) -> dict[str, list[Later]]:
        """In the order of the table, only those outputs that have any."""
        places = ", ".join("?" * len(outputs))
        query = f"SELECT * FROM later WHERE output IN ({places}) ORDER BY rowid"
        later: dict[str, list[Later]] = {}
        with room():
            for output, revision, *grading in self.file.execute(query, outputs):
                later.setdefault(output, []).append((revision, (grading[0], grading[1], grading[2])))
        return later


def in_order(output: OutputRow, later: Iterable[Later]) -> Iterator[tuple[int, str, str, str, bool]]:
    """Gradings in the order of their revisions; the last one is current.

    The grade in the outputs table is revision 1. Gradings without a revision follow all others.
    """
    gradings: dict[int, Grading] = {}
    if output.grade:
        gradings[1] = said_by(output)
    gradings |= {revision: grading for revision, grading in later if revision is not None}
    last = max([1, *gradings])
    for revision, grading in later:
        if revision is None:
            last += 1
            gradings[last] = grading
    current = max(gradings, default=0)
    for revision, (grade, kind, grader) in sorted(gradings.items()):
        yield revision, grade, kind, grader, revision == current


def said_by(row: OutputRow | GradeRow) -> Grading:
    return row.grade or "", row.avoidance_kind or "", row.grader or ""
