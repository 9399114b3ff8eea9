"""Servers of one's own, which write as in production and which a test may kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import run_manage
from tests.servers.postgres import Postgres, create_database
from tests.servers.redis import Redis


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    server = Postgres(durable=True)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def own_template(own_postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database."""
    from tests.conftest import environment_for

    url = create_database(own_postgres.url)
    run_manage(environment_for(tmp_path_factory.mktemp("migrated"), url), "migrate", "--verbosity", "0")
    return url.rpartition("/")[2]


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """Not started yet."""
    with Redis(durable=True) as server:
        yield server


@pytest.fixture
def own_database_env(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """As `database_env`, with a PostgreSQL of one's own."""
    if request.config.option.database == "sqlite":
        return request.getfixturevalue("sqlite_env")
    server: Postgres = request.getfixturevalue("own_postgres")
    from tests.conftest import environment_for

    url = create_database(server.url, template=request.getfixturevalue("own_template"))
    return environment_for(tmp_path / "var", url)
