"""Backups of the whole database, taken while people answer, and their restoration.

SQLite: a copy by its own backup call. PostgreSQL: one zip of the tables as `COPY` writes them, read in one
snapshot; it needs no `pg_dump` of the server's version. Both hold everything but `var/keys`, which is
backed up apart, and the files of releases.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from annotations.core.disk import to_disk
from annotations.core.errors import Refusal
from annotations.core.restoring import marked
from annotations.responses.restored import erase_again

KIND = "studyplatform backup"
CHUNK = 1 << 20
DRAFT = ".part"


class NoBackup(Refusal):
    """The file is not what `back_up` writes for this kind of database."""


def back_up(file: Path) -> dict[str, int]:
    """Write the database's content to `file`, whole or not at all. Returns the rows of each table.

    The tables are those that the database has: it may be waiting for its migration. Raises Refusal where
    the file cannot be written.
    """
    if file.exists():
        raise Refusal(f"{file} exists already: give the backup another name.")
    draft = file.with_name(f".{file.name}{DRAFT}")
    try:
        drop_drafts(file.parent)
        draft.touch(mode=0o600)  # it holds what people answered
        with _locked(draft):
            counts = _write(draft, file)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refusal(f"The backup {file} could not be written: {reason}.") from error
    return counts


def _write(draft: Path, file: Path) -> dict[str, int]:
    try:
        counts = _back_up_sqlite(draft) if settings.EMBEDDED else _back_up_postgresql(draft)
        to_disk(draft)
        draft.rename(file)
        to_disk(file.parent)
    finally:
        _drop(draft)
    return counts


def drop_drafts(folder: Path) -> None:
    """Delete what backups into this folder left that were killed on the way: they hold everybody."""
    for draft in folder.glob(f".*{DRAFT}"):
        with suppress(BlockingIOError), _locked(draft):
            _drop(draft)


@contextmanager
def _locked(draft: Path) -> Iterator[None]:
    """Held until its process ends, however it does. Raises BlockingIOError where another holds it."""
    with draft.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _drop(draft: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        draft.with_name(draft.name + ending).unlink(missing_ok=True)


def restore(file: Path) -> dict[str, int]:
    """Put the content of `file` in the place of the database's, and erase again who was erased since.

    Returns the rows of each table. Raises NoBackup, or Refusal where it cannot be restored; then the
    database is as it was. Where it ends between the two, `finish_restore` does what is left.
    """
    if not file.is_file():
        raise Refusal(f"There is no file {file}.")
    with marked():
        if settings.EMBEDDED:
            _restore_sqlite(file)
        else:
            _restore_postgresql(file)
        call_command("migrate", verbosity=0, interactive=False)
        erase_again()
    return count_rows()


def tables() -> list[str]:
    """Every table of the installed apps that the database has, and Django's record of migrations.

    Also those of an earlier version, whose models are gone and which a migration is to take away.
    """
    models = apps.get_models(include_auto_created=True)
    known = {model._meta.db_table for model in models if model._meta.managed} | {"django_migrations"}
    there = connection.introspection.table_names()
    return sorted(name for name in there if name in known or name.startswith("annotations_"))


def count_rows() -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = int(cursor.fetchone()[0])
    return counts


def _back_up_sqlite(draft: Path) -> dict[str, int]:
    source = settings.DATABASES["default"]["NAME"]
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(draft)) as copy:
        # All pages in one step: a copy in several would begin again with each answer that comes in.
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
        return {
            table: int(copy.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]) for table in tables()
        }


def _restore_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as backup:
        try:
            sound = backup.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            known = backup.execute("SELECT 1 FROM sqlite_master WHERE name = 'annotations_study'").fetchone()
        except sqlite3.DatabaseError as error:
            raise NoBackup(f"{file} is not a backup of an embedded database: {error}.") from error
        if not sound or not known:
            raise NoBackup(f"{file} is not a sound backup of an embedded database.")
        connections.close_all()
        with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=30)) as live:
            try:
                live.execute("PRAGMA journal_mode=WAL")
                backup.backup(live, pages=-1)
            except sqlite3.Error as error:
                raise Refusal(f"The backup could not be put into the database: {error}.") from error


def _back_up_postgresql(draft: Path) -> dict[str, int]:
    counts = {}
    archive = zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, transaction.atomic(), connection.cursor() as cursor:
        # One snapshot for all tables, however long the copying takes.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        names = {}
        for table in tables():
            names[table] = _columns(cursor, table)
            counts[table] = _copy_out(cursor, table, names[table], archive)
        leaves = sorted(MigrationRecorder(connection).applied_migrations())
        about = {"kind": KIND, "columns": names, "rows": counts, "migrations": leaves}
        archive.writestr("about.json", json.dumps(about))
    return counts


def _copy_out(cursor: Any, table: str, columns: list[str], archive: zipfile.ZipFile) -> int:
    quote = connection.ops.quote_name
    statement = f"COPY {quote(table)} ({', '.join(map(quote, columns))}) TO STDOUT"
    with archive.open(f"{table}.copy", "w", force_zip64=True) as file, connection.wrap_database_errors:
        with cursor.copy(statement) as copy:
            for data in copy:
                file.write(data)
        return int(cursor.rowcount)


def _restore_postgresql(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read("about.json"))
            if about.get("kind") != KIND:
                raise KeyError("kind")
            _check_migrations(about["migrations"])
            call_command("migrate", verbosity=0, interactive=False)
            with transaction.atomic(), connection.cursor() as cursor:
                _copy_in_all(cursor, archive, about["columns"])
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise NoBackup(f"{file} is not a backup of a PostgreSQL database: {error}.") from error


def _check_migrations(recorded: list[list[str]]) -> None:
    """The backup's schema must be today's: its rows are put in as they are."""
    known = {(migration[0], migration[1]) for migration in recorded}
    here = set(MigrationLoader(connection).disk_migrations)
    if known != here:
        raise Refusal(
            "The backup was taken with another version of the platform. Restore it with that version, then"
            " start this one, which migrates the database."
        )


def _copy_in_all(cursor: Any, archive: zipfile.ZipFile, columns: dict[str, list[str]]) -> None:
    quote = connection.ops.quote_name
    # Foreign keys are checked at the end of the transaction, so tables may come in any order.
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute(f"TRUNCATE {', '.join(map(quote, columns))}")
    for table, names in columns.items():
        listed = ", ".join(map(quote, names))
        statement = f"COPY {quote(table)} ({listed}) FROM STDIN"
        with (
            archive.open(f"{table}.copy") as file,
            connection.wrap_database_errors,
            cursor.copy(statement) as copy,
        ):
            for data in _chunks(file):
                copy.write(data)
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    for statement in connection.ops.sequence_reset_sql(no_style(), models):
        cursor.execute(statement)


def _columns(cursor: Any, table: str) -> list[str]:
    return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while data := file.read(CHUNK):
        yield data
