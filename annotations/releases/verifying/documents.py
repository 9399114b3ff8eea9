"""README, codebook, croissant.json and manifest.json made again, and compared to the byte."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from annotations.releases.contents import DOCUMENTS, MANIFEST, Contents, Files
from annotations.releases.documents import documents
from annotations.releases.verifying.report import Report, quoted

LONGER = 100_000


def check_documents(folder: Path, contents: Contents, files: Files, report: Report) -> None:
    """`files` are those of the release that are there."""
    others = {name: file for name, file in files.items() if name not in DOCUMENTS}
    for name, text in documents(contents, others).items():
        if name != MANIFEST and name not in files:
            continue
        report.compared["documents"] += 1
        # A document that was blown up is not read to its end.
        with (folder / name).open("rb") as stream:
            released = stream.read(len(text.encode()) + LONGER).decode("utf-8", errors="replace")
        if released == text:
            continue
        for line, (one, other) in enumerate(zip_longest(released.split("\n"), text.split("\n")), start=1):
            if one != other:
                report.differ(
                    name,
                    f"reads {quoted(one)} where, made again from the release, it reads {quoted(other)}",
                    line=line,
                )
                break
