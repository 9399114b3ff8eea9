"""Worlds that are put back as they were."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from django.db import connection
from psycopg import sql


class Files:
    """What lies below some folders."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = [str(one) for one in folders]
        self.signs = self._signs()
        self.contents = {path: Path(path).read_bytes() for path, sign in self.signs.items() if sign}

    def put_back(self) -> None:
        signs = self._signs()
        if signs == self.signs:
            return
        for path in sorted(signs.keys() - self.signs.keys(), reverse=True):  # what is in a folder before it
            Path(path).unlink() if signs[path] else Path(path).rmdir()
        for path in sorted(self.signs):
            if not self.signs[path]:
                Path(path).mkdir(exist_ok=True)
            elif signs.get(path) != self.signs[path]:
                Path(path).write_bytes(self.contents[path])
                at, _ = self.signs[path]
                os.utime(path, ns=(at, at))

    def _signs(self) -> dict[str, tuple[int, ...]]:
        """By path, when it was written and its size; of a folder, that it is there."""
        found: dict[str, tuple[int, ...]] = {}
        for top in self.folders:
            for folder, _, names in os.walk(top):
                found[folder] = ()
                for path in (os.path.join(folder, name) for name in names):
                    state = os.stat(path)
                    found[path] = (state.st_mtime_ns, state.st_size)
        return found


class World:
    """Every row as it is now, and every file below some folders, to be put back."""

    def __init__(self, *folders: Path) -> None:
        self.files = Files(folders)
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            self.copy = sqlite3.connect(":memory:")
            connection.connection.backup(self.copy)
        else:
            self.tables = {name: self._read(name) for name in connection.introspection.table_names()}

    def put_back(self) -> None:
        self.files.put_back()
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            self.copy.backup(connection.connection)
            return
        # Few tables differ after an act, and to read one is a tenth of writing it.
        changed = {name: data for name, data in self.tables.items() if self._read(name) != data}
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # rows come in any order
            for name, data in changed.items():
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(data)
            cursor.execute("SET session_replication_role = origin")

    def _read(self, table: str) -> bytes:
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy,
        ):
            return b"".join(bytes(block) for block in copy)
