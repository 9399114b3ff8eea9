"""Where something that was said of a person stands: every column of every table, and every file."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django.apps import apps

Places = dict[str, set[str]]


def spellings(canary: str) -> set[bytes]:
    """As it is, as JSON writes it, and as a pipe or a form does."""
    return {
        canary.encode(),
        json.dumps(canary)[1:-1].encode(),
        canary.encode("utf-16-le"),
    }


def unpacked(content: bytes) -> Iterator[bytes]:
    """The bytes, and what they hold if they are an archive or were compressed."""
    yield content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from unpacked(archive.read(name))
    for form in (zlib.MAX_WBITS, zlib.MAX_WBITS | 16):
        try:
            yield zlib.decompress(content, form)
        except zlib.error:
            continue


def as_bytes(value: object) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).encode()
    return str(value).encode()


def in_tables(canaries: Mapping[str, str]) -> Places:
    """By the name of a canary, the columns in which it stands. All models, all columns: none is named here."""
    found: Places = {name: set() for name in canaries}
    for model in apps.get_models(include_auto_created=True):
        columns = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.values_list(*columns).iterator():
            for column, value in zip(columns, row, strict=True):
                if value not in (None, ""):
                    note(found, f"{model._meta.db_table}.{column}", as_bytes(value), canaries)
    return found


def in_files(folders: Iterable[Path], canaries: Mapping[str, str]) -> Places:
    """The same of files: their names and what is in them, read through Parquet where it is that."""
    found: Places = {name: set() for name in canaries}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            where = path.relative_to(folder).as_posix()
            note(found, f"name of {where}", where.encode(), canaries)
            if path.is_file():
                note(found, where, path.read_bytes(), canaries)
            if path.suffix == ".parquet":
                import pyarrow.parquet

                table = pyarrow.parquet.read_table(path).to_pylist()
                note(found, where, repr(table).encode(), canaries)
    return found


def note(found: Places, where: str, content: bytes, canaries: Mapping[str, str]) -> None:
    parts = list(unpacked(content))
    for name, canary in canaries.items():
        if any(spelling in part for spelling in spellings(canary) for part in parts):
            found[name].add(where)
