"""What every test gets: settings of its own, and real servers on request.

`pytest --database sqlite` (the default) or `--database postgresql` says where the tests' database is.
Django reads its settings once, so the environment is made here, before anything imports them.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import django
import hypothesis
import pytest
from django.conf import settings

from tests.emptying import empty_in_djangos_place
from tests.remembering import LOOKED_INTO, remember_numbers
from tests.servers import ServerError, run_manage
from tests.servers.postgres import create_database, drop_database, postgres_server
from tests.servers.redis import redis_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SERVERS = contextlib.ExitStack()
# What the tests must not inherit from whoever runs them.
FOREIGN = (
    *("DATABASE_URL", "CELERY_BROKER_URL", "DEBUG", "PROLIFIC_WEBHOOK_SECRETS"),
    *("SECRET_KEY", "PSEUDONYM_KEY", "IDENTITY_KEY"),
)
# Rooms whose answers hang on the database: locks, constraints, SQL of our own, how texts compare and sort, what a
# kill or a full disk leaves. `make test` runs them on both; the rest, which asks any database alike, on SQLite,
# and `make proof` on PostgreSQL too. A test elsewhere that means PostgreSQL is marked so.
ON_BOTH = (
    *("tests/concurrency", "tests/faults", "tests/core"),
    *("tests/allocation/test_hand_out", "tests/allocation/test_leases", "tests/allocation/test_costs"),
    *("tests/responses/test_recording", "tests/responses/test_parts", "tests/responses/test_skipping"),
    *("tests/responses/test_excluding", "tests/responses/test_importing", "tests/responses/test_erasure"),
    *("tests/people/test_identities", "tests/people/test_places", "tests/people/test_waves"),
    *("tests/people/test_codes", "tests/people/test_invitations"),
    *("tests/catalogue/test_inserting", "tests/catalogue/test_loading.py", "tests/catalogue/test_pacing"),
    *("tests/catalogue/importing/test_meanwhile", "tests/analysis/test_frames"),
    *("tests/studies/test_constraints", "tests/studies/test_services", "tests/studies/test_adding"),
    *("tests/studies/test_drawing", "tests/studies/test_obstacles"),
    *("tests/participation/test_twice", "tests/participation/test_step_races"),
    *("tests/participation/test_withdrawn_meanwhile", "tests/participation/providers/test_hooks"),
    *("tests/participation/providers/test_costs", "tests/participation/test_flow"),
    *("tests/releases/test_release_command", "tests/releases/test_loading_twins"),
    "tests/releases/test_round_trip.py::test_release_of_loaded_release_is_the_same_bytes[both]",
    "tests/releases/test_round_trip.py::test_release_of_collected_answers_round_trips_with_pseudonyms",
    *("tests/research/test_flat", "tests/research/test_acts", "tests/research/test_access"),
    *("tests/accounts/test_login", "tests/accounts/test_create_user"),
    *("tests/security/test_erasure", "tests/security/test_retention", "tests/security/test_every_table"),
    *("tests/management/test_backup", "tests/management/test_broken_restore"),
)
DATABASE_FIXTURES = {
    *("db", "transactional_db", "live_server", "admin_client", "admin_user"),
    *("database_env", "shared_database_env", "postgresql_env", "postgres_url"),
}


def asked_database() -> str:
    """`--database`, read by hand: pytest has not parsed its options when the settings are needed."""
    for here, following in zip(sys.argv, [*sys.argv[1:], ""], strict=True):
        if here == "--database":
            return following
        if here.startswith("--database="):
            return here.partition("=")[2]
    return "sqlite"


def prepare_environment() -> None:
    """A var/ of one's own for each process; one PostgreSQL for all, started by the first of them."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    var = tempfile.mkdtemp(prefix="studyplatform-tests-")
    SERVERS.callback(shutil.rmtree, var, ignore_errors=True)
    atexit.register(SERVERS.close)
    os.environ["STUDYPLATFORM_VAR"] = var
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["STUDYPLATFORM_TESTS_ON"] = asked_database()
        if asked_database() == "postgresql":
            # pytest-xdist's processes inherit the address and so share this server.
            os.environ["TEST_DATABASE_URL"] = SERVERS.enter_context(postgres_server())
    if os.environ["STUDYPLATFORM_TESTS_ON"] == "postgresql":
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "studyplatform.settings"
    django.setup()
    # Else each client of a test would read all static files first, and each user take a fifth of a second.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if os.environ["STUDYPLATFORM_TESTS_ON"] == "postgresql":
        # Fifty connections at one moment, on a busy machine; what a silent database does to the platform is
        # seen by tests with processes of their own.
        settings.DATABASES["default"]["OPTIONS"]["connect_timeout"] = 30
    # Inherited, it would make pytest-django read the settings in pytest-xdist's processes before they
    # come here, and all of them would share one var/.
    del os.environ["DJANGO_SETTINGS_MODULE"]
    empty_in_djangos_place()


try:
    prepare_environment()
except ServerError as error:
    pytest.exit(str(error), returncode=1)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("studyplatform")
    group.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="where the tests' database is; on postgresql only tests that touch the database are run",
    )
    group.addoption(
        "--everything",
        action="store_true",
        help="on postgresql, run also what asks every database alike (see `ON_BOTH`)",
    )
    group.addoption(
        "--proof", action="store_true", help="run the full-size tests (marked `proof`) and no others"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "proof: full size, takes long; run by `make proof` and only there")
    config.addinivalue_line(
        "markers", "postgresql: means something on PostgreSQL only (races); else deselected"
    )
    config.addinivalue_line("markers", "drawing_program: draws figures as a worker does, by another program")
    config.addinivalue_line("markers", "sqlite: means something on SQLite only; else deselected")
    if config.option.database != os.environ["STUDYPLATFORM_TESTS_ON"]:
        raise pytest.UsageError(
            "give --database on the command line of pytest itself: the settings are made from it"
        )

    # The same examples each time, so that a failure in CI is a failure everywhere; proof looks further.
    hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
    hypothesis.settings.register_profile("proof", deadline=None, max_examples=1000)
    hypothesis.settings.load_profile("proof" if config.option.proof else "ci")


def pytest_unconfigure() -> None:
    SERVERS.close()


@pytest.fixture(autouse=True)
def drawn_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn by the same code in this process: to start a program for each takes a second."""
    if request.node.get_closest_marker("drawing_program"):
        return
    from annotations.analysis import drawing

    monkeypatch.setattr(drawing, "run_program", lambda wanted: [_drawn(json.dumps(one)) for one in wanted])


@pytest.fixture(autouse=True)
def numbers_found_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.node.nodeid.startswith(LOOKED_INTO):
        remember_numbers(monkeypatch)


@cache
def _drawn(wanted: str) -> list[str]:
    """Drawn once: many tests analyse the same answers."""
    from annotations.analysis import figures

    return list(figures.draw(*json.loads(wanted)))


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.option.database}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects (and pytest counts) what this run is not for."""
    kept, dropped = [], []
    for item in items:
        (kept if belongs(item, config) else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def belongs(item: pytest.Item, config: pytest.Config) -> bool:
    if bool(item.get_closest_marker("proof")) != config.option.proof:
        return False
    if config.option.database == "sqlite":
        return item.get_closest_marker("postgresql") is None
    if item.get_closest_marker("sqlite") or "browser_page" in getattr(item, "fixturenames", ()):
        return False
    if item.get_closest_marker("postgresql"):
        return True
    return touches_database(item) and (config.option.everything or item.nodeid.startswith(ON_BOTH))


def touches_database(item: pytest.Item) -> bool:
    from django.test import TransactionTestCase

    fixtures = set(getattr(item, "fixturenames", ()))
    owner = getattr(item, "cls", None)
    return bool(
        item.get_closest_marker("django_db")
        or item.get_closest_marker("postgresql")
        or fixtures & DATABASE_FIXTURES
        or (isinstance(owner, type) and issubclass(owner, TransactionTestCase))
    )


@contextlib.contextmanager
def said_plainly() -> Iterator[None]:
    """A missing server fails the test with its sentence, without a traceback."""
    try:
        yield
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a real PostgreSQL where databases may be made; one a process unless shared."""
    with contextlib.ExitStack() as stack:
        with said_plainly():
            url = stack.enter_context(postgres_server())
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a real Redis-protocol server, to be given as CELERY_BROKER_URL."""
    with contextlib.ExitStack() as stack:
        with said_plainly():
            url = stack.enter_context(redis_server())
        yield url


@pytest.fixture
def database_env(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of processes that share a fresh, migrated database of the kind `--database` names.

    DATABASE_URL and a STUDYPLATFORM_VAR of their own, for `Web`, `Worker`, `run_manage`; the broker is
    the embedded one unless you add CELERY_BROKER_URL.
    """
    name = "postgresql_env" if request.config.option.database == "postgresql" else "sqlite_env"
    return request.getfixturevalue(name)


@pytest.fixture(scope="module")
def shared_database_env(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """As `database_env`, for all tests of a module together: a server that each would start is started once."""
    var = tmp_path_factory.mktemp("shared")
    if request.config.option.database == "postgresql":
        template = request.getfixturevalue("migrated_postgresql").rpartition("/")[2]
        url = create_database(request.getfixturevalue("postgres_url"), template=template)
        yield environment_for(var, url)
        drop_database(url)
    else:
        shutil.copy(request.getfixturevalue("migrated_sqlite"), var / "db.sqlite3")
        yield environment_for(var, f"sqlite:///{var / 'db.sqlite3'}")


@pytest.fixture
def sqlite_env(tmp_path: Path, migrated_sqlite: Path) -> dict[str, str]:
    """As `database_env`, on a SQLite file whatever `--database` says."""
    env = environment_for(tmp_path / "var", f"sqlite:///{tmp_path / 'var' / 'db.sqlite3'}")
    shutil.copy(migrated_sqlite, tmp_path / "var" / "db.sqlite3")
    return env


@pytest.fixture
def postgresql_env(tmp_path: Path, postgres_url: str, migrated_postgresql: str) -> Iterator[dict[str, str]]:
    """As `database_env`, on PostgreSQL whatever `--database` says."""
    url = create_database(postgres_url, template=migrated_postgresql.rpartition("/")[2])
    yield environment_for(tmp_path / "var", url)
    drop_database(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once; the tests copy it."""
    var = tmp_path_factory.mktemp("migrated")
    file = var / "template.sqlite3"
    run_manage(environment_for(var, f"sqlite:///{file}"), "migrate", "--verbosity", "0")
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Migrated once; the tests' databases are made from it as a template."""
    url = create_database(postgres_url)
    run_manage(environment_for(tmp_path_factory.mktemp("migrated"), url), "migrate", "--verbosity", "0")
    yield url
    drop_database(url)


def environment_for(var: Path, database_url: str) -> dict[str, str]:
    var.mkdir(parents=True, exist_ok=True)
    env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**env, "STUDYPLATFORM_VAR": str(var), "DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    from tests.servers.chromium import arguments, chromium

    with said_plainly():
        path = chromium()
    # Playwright's loop runs in this thread until the session ends, and Django takes every query beside
    # it, also of tests that open no page, for an async mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments())
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own: no cookies from other tests."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
