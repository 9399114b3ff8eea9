"""Checks the tables of a bundle from end to end before anything is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import rfc8785

from annotations.catalogue.bundle import rows
from annotations.catalogue.bundle.checked import CheckedBundle
from annotations.catalogue.bundle.collection import Declared, Existing, NewCollection
from annotations.catalogue.bundle.images import Images
from annotations.catalogue.bundle.references import UNREAD, References
from annotations.catalogue.bundle.tables import TABLES, Table, parse_row
from annotations.catalogue.readers import READERS
from annotations.core.problems import Problem, Problems, near_miss

NEEDED = {
    "difficulty": ("items",),
    "supervision": ("items", "systems", "outputs"),
    "both": ("items", "systems", "outputs"),
    # Some tables for a collection, of no study yet.
    "import": (),
}
DIGEST_SPACE = 2**256


@dataclass(frozen=True)
class Tally:
    """By table the rows that were read, those that the collection has already, and has with other content."""

    counts: dict[str, int] = field(default_factory=dict)
    already: dict[str, int] = field(default_factory=dict)
    conflicts: dict[str, int] = field(default_factory=dict)


class BundleErrors(Exception):
    """The bundle cannot be loaded; `problems` says why, line by line."""

    def __init__(self, problems: Problems, tally: Tally | None = None) -> None:
        super().__init__(f"{problems.count} problem{'' if problems.count == 1 else 's'} in the bundle")
        self.problems = problems
        self.tally = tally or Tally()


def check_bundle(
    folder: Path,
    *,
    declared: Declared,
    existing: Existing | None = None,
    vouched: Collection[str] = (),
    problems: Problems | None = None,
) -> CheckedBundle:
    """Reads every row once. Raises `BundleErrors` where any is bad, and then nothing may be loaded.

    `vouched` names files that are passed over unless a table stands in them alone. `problems` gathers what
    is bad, and may hold some already.
    """
    return Check(folder, declared, existing or NewCollection(), vouched, problems).run()


class Check:
    def __init__(
        self,
        folder: Path,
        declared: Declared,
        existing: Existing,
        vouched: Collection[str],
        problems: Problems | None,
    ) -> None:
        self.folder = folder
        self.vouched = vouched
        self.declared = declared
        self.images = Images(folder, existing)
        self.references = References(declared, existing, self.images)
        self.problems = Problems() if problems is None else problems
        self.warnings: list[Problem] = []
        self.counts: dict[str, int] = {}
        self.sums: dict[str, int] = {}
        # The same tables once more, in other formats.
        self.twins: list[tuple[str, Path]] = []
        self.unreadable = False
        self.ungraded = self.silent = 0

    def run(self) -> CheckedBundle:
        files = self.find_files()
        self.problems.extend(self.images.problems)
        self.check_presence(files)
        for name, path in files.items():
            self.check_table(TABLES[name], path)
        for name, path in self.twins:
            self.check_twin(TABLES[name], path, files[name])
        if self.problems:
            raise BundleErrors(self.problems, self.tally())
        self.warnings.extend(self.gaps(files))
        self.warnings.extend(self.images.warnings())
        return CheckedBundle(
            folder=self.folder,
            files=files,
            counts=self.counts,
            loaded={name: ids.loaded for name, ids in self.references.ids.items()},
            already={name: ids.already for name, ids in self.references.ids.items()},
            digest=self.digest(),
            images=self.images.new(),
            shown=self.images.shown,
            superseded=self.references.superseded,
            warnings=self.warnings,
        )

    def tally(self) -> Tally:
        ids = self.references.ids
        return Tally(
            self.counts,
            {name: one.already for name, one in ids.items()},
            {name: one.conflicts for name, one in ids.items()},
        )

    def find_files(self) -> dict[str, Path]:
        if not self.folder.is_dir():
            self.problems.add(Problem(self.folder.name, None, None, "there is no such folder"))
            raise BundleErrors(self.problems)
        found: dict[str, Path] = {}
        for path in sorted(self.folder.iterdir()):
            if path.suffix.lower() not in READERS or not path.is_file():
                continue
            if path.name in self.vouched and (path.stem not in TABLES or path.stem in found):
                continue
            if path.stem not in TABLES:
                if hint := near_miss(path.stem, TABLES):
                    self.warnings.append(Problem(path.name, None, None, f"not a table of a bundle{hint}"))
            elif path.stem in found:
                self.twins.append((path.stem, path))
            else:
                found[path.stem] = path
        return {name: found[name] for name in TABLES if name in found}

    def check_presence(self, files: dict[str, Path]) -> None:
        for name in NEEDED[self.declared.protocol]:
            ids = self.references.ids[name]
            if name not in files:
                ids.whole = bool(ids.loaded)
                if not ids.loaded:
                    reason = f"a {self.declared.protocol} study needs this table, and its collection has none"
                    self.problems.add(Problem(f"{name}.csv", None, None, reason))

    def check_table(self, table: Table, path: Path) -> None:
        ids = self.references.ids.get(table.name)
        self.unreadable = False
        count = total = 0
        needed = table.name in NEEDED[self.declared.protocol]
        graded = table.name in ("outputs", "grades")
        for raw in READERS[path.suffix.lower()](path, required=table.required, report=self.report):
            count += 1
            row, faults = parse_row(table, raw)
            if row is None:
                if ids and (key := raw.cells.get(table.key)):
                    ids.places.setdefault(str(key), (raw.line, "", False))
                if table.name == "responses":
                    self.references.answered += UNREAD
            else:
                faults = list(self.references.faults(row))
                total = (total + int(row.whole_digest(), 16)) % DIGEST_SPACE
                if graded:
                    self.count_gaps(row)
            for column, reason in faults:
                self.problems.add(Problem(path.name, raw.line, column, reason))
        if ids and self.unreadable:
            ids.whole = False
        if needed and not count and not self.unreadable and not (ids and ids.loaded):
            reason = "the table has a header and no rows" if path.suffix.lower() == ".csv" else "has no rows"
            self.problems.add(Problem(path.name, 1, None, reason))
        self.counts[table.name], self.sums[table.name] = count, total

    def check_twin(self, table: Table, path: Path, first: Path) -> None:
        """Nothing is loaded from it, but it has to say the same."""
        if self.problems:
            return
        count = total = 0
        for raw in READERS[path.suffix.lower()](path, required=table.required, report=self.report):
            row, faults = parse_row(table, raw)
            self.problems.extend(Problem(path.name, raw.line, *fault) for fault in faults)
            if isinstance(row, rows.ItemRow):
                self.problems.extend(
                    Problem(path.name, raw.line, *fault) for fault in self.images.describe(row)
                )
            if row is not None:
                count, total = count + 1, (total + int(row.whole_digest(), 16)) % DIGEST_SPACE
        if not self.problems and (count, total) != (self.counts[table.name], self.sums[table.name]):
            reason = f"says something else than {first.name}, the same table; keep one of the two"
            self.problems.add(Problem(path.name, None, None, reason))

    def report(self, problem: Problem) -> None:
        self.unreadable = True
        self.problems.add(problem)

    def count_gaps(self, row: rows.Row) -> None:
        if isinstance(row, rows.OutputRow):
            self.silent += row.text is None
            self.ungraded += row.grade is None
        elif isinstance(row, rows.GradeRow) and row.revision in (None, 1):
            self.ungraded -= 1

    def gaps(self, files: dict[str, Path]) -> Iterator[Problem]:
        outputs = files["outputs"].name if "outputs" in files else ""
        for column, blank in (("text", self.silent), ("grade", self.ungraded)):
            if blank > 0:
                reason = f"blank for {blank} of {self.counts['outputs']} outputs"
                yield Problem(outputs, None, column, reason)
        if self.declared.checks_share > 0 and not self.references.checks:
            share = self.declared.checks_share
            reason = f"checks.share is {share:g}, but no unit has a check: none will be served"
            yield Problem("study.yaml", None, None, reason)

    def digest(self) -> str:
        """Equal for bundles with the same rows, in whichever order, file format or order of columns."""
        content = {name: [self.counts[name], f"{self.sums[name]:064x}"] for name in sorted(self.counts)}
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()  # type: ignore[arg-type]
