"""Files on their way in, on disk: each in a folder of its own that only this user may enter."""

from __future__ import annotations

import gzip
import os
import shutil
import time
import uuid
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from annotations.catalogue.bundle.archive import unpack
from annotations.catalogue.bundle.check import BundleErrors
from annotations.catalogue.bundle.tables import TABLES
from annotations.catalogue.importing import jsonlist, sniffing, workbook
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.models import Collection
from annotations.catalogue.readers import READERS
from annotations.core.errors import Refusal

BLOCK = 65_536
STUDY_FILE = "study.yaml"
BUNDLE = "bundle"
NOTE = 300
# Folders without a row: of a process that died before it wrote one.
LOST_AFTER = 86_400


def root() -> Path:
    return Path(settings.VAR) / "uploads"


def folder_of(upload: Upload) -> Path:
    return root() / str(upload.pk)


def source_of(upload: Upload) -> Path:
    """The table as it came, in UTF-8; of a bundle its folder."""
    return folder_of(upload) / (BUNDLE if upload.is_bundle else f"source.{upload.format}")


def too_large() -> Refusal:
    most = settings.UPLOAD_MAX_BYTES // 1_000_000
    return Refusal(
        f"The file is larger than {most} MB, and nothing of it was kept. Send it in parts, as Parquet or"
        " compressed, or have the setting UPLOAD_MAX_MB raised."
    )


def stage_file(
    *,
    collection: Collection,
    subject: str,
    name: str,
    chunks: Iterable[bytes],
    wanted_by: str,
    sheet: str = "",
) -> Upload:
    """Keep a file and find out what it is. Raises Refusal where it is no table; then nothing is kept.

    `sheet` of a workbook, by its name; the first where none is named.
    """
    upload = Upload(collection=collection, subject=subject, file_name=plain_name(name), wanted_by=wanted_by)
    folder = folder_of(upload)
    folder.mkdir(mode=0o700, parents=True)
    try:
        came = folder / "came"
        upload.size = _write(came, chunks)
        _settle(upload, came, sheet)
        upload.save(force_insert=True)
    except BundleErrors as errors:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refusal("; ".join(problem.reason for problem in errors.problems) + ".") from errors
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def plain_name(name: str) -> str:
    """A name for pages and errors, whatever a browser said."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in last if character.isprintable()).strip()
    return kept[-200:] or "pasted.csv"


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    """Writes no byte more than the setting allows."""
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > settings.UPLOAD_MAX_BYTES:
                raise too_large()
            out.write(chunk)
    return size


def _settle(upload: Upload, came: Path, sheet: str) -> None:
    """Say what the file is, and put it where its kind belongs."""
    kind = sniffing.kind_of(came)
    if kind == sniffing.GZIP:
        _unzip(came)
        upload.file_name = upload.file_name.removesuffix(".gz")
        kind = sniffing.kind_of(came)
    if kind in (sniffing.ZIP, sniffing.GZIP):
        if kind == sniffing.GZIP:
            raise Refusal("The file is an archive in an archive: unpack it first.")
        came = _open_archive(upload, came, sheet)
        if upload.format:
            return
        kind = sniffing.kind_of(came)
    if kind == sniffing.PARQUET:
        upload.format = sniffing.PARQUET
    elif kind:
        raise Refusal("The file is an archive in an archive: unpack it first.")
    else:
        _settle_text(upload, came)
    came.replace(source_of(upload))


def _settle_text(upload: Upload, came: Path) -> None:
    text = sniffing.text_of(came)
    upload.encoding = text.encoding
    if text.reason:
        sniffing.transcode(came, text.encoding)
        names = {"cp1252": "Windows-1252 (Western European)", "utf-16": "UTF-16"}
        upload.note = f"Read as {names[text.encoding]}: {text.reason}."
    upload.format, upload.delimiter = sniffing.form_of(came)
    if upload.format == sniffing.JSON:
        jsonlist.write_lines(came)
        upload.format = sniffing.JSONL


def _unzip(came: Path) -> None:
    draft = came.with_suffix(".unzipped")
    try:
        with gzip.open(came) as packed:
            _write(draft, iter(lambda: packed.read(BLOCK), b""))
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Refusal("The file is compressed, and damaged.") from error
    draft.replace(came)


def _open_archive(upload: Upload, came: Path, sheet: str) -> Path:
    """A bundle's folder, a sheet that was settled, or the one table that the archive holds."""
    folder = folder_of(upload) / BUNDLE
    folder.mkdir(mode=0o700)
    unpack(came, folder)
    if (folder / workbook.MARK).is_file():
        return _settle_sheet(upload, came, folder, sheet)
    came.unlink()
    if (folder / "content.xml").is_file() and (folder / "mimetype").is_file():
        raise Refusal(f"The file is an OpenDocument file. {sniffing.SAVE_AS}")
    if (folder / STUDY_FILE).is_file():
        raise Refusal(
            "The archive holds a study.yaml: it is a whole study. Load it as a new one: the"
            " page for new studies leads there."
        )
    tables = [path for path in _tables_in(folder) if path.stem in TABLES]
    if tables:
        upload.format = BUNDLE
        return folder
    others = list(_tables_in(folder))
    if len(others) != 1:
        found = f"{len(others)} files" if others else "no table"
        raise Refusal(
            f"The archive holds {found}: a bundle's tables are called items.csv, outputs.csv and so on;"
            " else send one table at a time."
        )
    upload.file_name = plain_name(others[0].name)
    return others[0]


def _settle_sheet(upload: Upload, came: Path, folder: Path, sheet: str) -> Path:
    """The sheet as JSON Lines; the workbook itself is not kept."""
    upload.format = sniffing.JSONL
    upload.note = workbook.write_sheet(came, folder, source_of(upload), sheet).note[:NOTE]
    came.unlink()
    shutil.rmtree(folder)
    return source_of(upload)


def _tables_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix.lower() in (*READERS, ".tsv", ".txt", ".json"):
            yield path


def drop(upload: Upload) -> None:
    """The files; the row stays with whoever calls."""
    shutil.rmtree(folder_of(upload), ignore_errors=True)


def sweep_uploads() -> int:
    """Take away what nobody came back to. Returns how many."""
    count = 0
    for upload in Upload.objects.abandoned():
        drop(upload)
        count += upload.delete()[0]
    if not root().is_dir():
        return count
    for folder in root().iterdir():
        try:
            old = time.time() - folder.stat().st_mtime > LOST_AFTER
        except FileNotFoundError:
            continue
        if old and not Upload.objects.filter(pk=_uuid(folder.name), load__isnull=True).exists():
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def _uuid(name: str) -> uuid.UUID:
    """A name that is no id is nobody's."""
    try:
        return uuid.UUID(name)
    except ValueError:
        return uuid.UUID(int=0)
