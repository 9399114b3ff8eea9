"""The data dictionary as a page of the docs: python -m annotations.releases.dictionary.markdown FILE"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from annotations.releases.dictionary import TABLES

HEAD = """\
# Data dictionary

Every column of every table of a release, made from `annotations/releases/dictionary`; `codebook.csv` says the
same of the columns that a release has. Bundles may bring further columns, which are kept as text; `items` may
have further metrics as `metric_<name>`. Where a value is an estimate, its mark tells *article*, *recalled*,
*reconstructed* and *ours* apart (`by method`: see the column `method`; `by
indicator`: see `indicator`).
"""


def data_dictionary() -> str:
    return "\n".join([HEAD, *_tables()])


def _tables() -> Iterator[str]:
    for name, table in TABLES.items():
        yield f"## {name}\n\n{table.description[0].upper()}{table.description[1:]}.\n"
        yield "| column | type | unit | allowed | what it is | missing | mark |"
        yield "|---|---|---|---|---|---|---|"
        for column, entry in table.columns.items():
            about = f"{entry.description}; `{entry.formula}`" if entry.formula else entry.description
            cells = (
                f"`{column}`", str(entry.kind), entry.unit, entry.allowed, about, entry.missing, entry.mark,
            )  # fmt: skip
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(data_dictionary(), encoding="utf-8", newline="\n")
