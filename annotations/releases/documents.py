"""README, codebook, croissant.json and manifest: pure functions of contents and files, no database asked."""

from __future__ import annotations

from pathlib import Path

from annotations.releases import storage
from annotations.releases.codebook import codebook
from annotations.releases.contents import (
    CODEBOOK,
    CROISSANT,
    MANIFEST,
    README,
    Contents,
    File,
    Files,
)
from annotations.releases.croissant import croissant
from annotations.releases.datasheet import datasheet
from annotations.releases.definitions import as_json
from annotations.releases.manifest import manifest


def documents(contents: Contents, files: Files) -> dict[str, str]:
    """By name, each with the ones before it among its files. `files` are all others of the release."""
    texts: dict[str, str] = {}

    def add(name: str, text: str) -> None:
        texts[name] = text
        known[name] = File(storage.text_hash(text), len(text.encode()))

    known = dict(files)
    add(README, datasheet(contents))
    add(CODEBOOK, codebook(contents.census))
    add(CROISSANT, as_json(croissant(contents, known)))
    add(MANIFEST, as_json(manifest(contents, known), sort_keys=True))
    return texts


def write_documents(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
