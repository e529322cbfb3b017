"""For every room: both kinds of tracking database, SQLite's file and a PostgreSQL server, and the reports that ship."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "databases"))

from postgres_server import NoServer, Server, serving

ROOT = Path(__file__).parents[1]
MIGRATED = "migrated"


@pytest.fixture(scope="session")
def committed_reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the reports as they ship: where studies were run, as by `make study`, theirs lie in its place."""
    if not (ROOT / "db" / "ablate.db").exists():
        return ROOT / "reports"
    command = ["git", "-C", str(ROOT), "archive", "--format=zip", "HEAD", "reports"]
    archived = subprocess.run(command, capture_output=True, check=False)
    if archived.returncode != 0:
        pytest.skip("studies were run here, and there is no version control to find the reports that ship in")
    place = tmp_path_factory.mktemp("committed")
    with zipfile.ZipFile(io.BytesIO(archived.stdout)) as archive:
        archive.extractall(place)
    return place / "reports"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The one server of the session, stopped at its end."""
    try:
        with serving() as server:
            yield server
    except NoServer as missing:
        pytest.skip(f"PostgreSQL: {missing}")


@pytest.fixture(scope="session")
def migrated(postgres: Server) -> str:
    """The name of a database at the newest revision and without rows, to be copied."""
    from ablate.tracking.migrate import open_database

    postgres.execute(f"CREATE DATABASE {MIGRATED}")
    open_database(postgres.url(MIGRATED)).dispose()
    return MIGRATED


@pytest.fixture
def postgres_url(postgres: Server, migrated: str) -> Iterator[str]:
    """A database of PostgreSQL at the newest revision, of this test alone."""
    with postgres.database(migrated) as name:
        yield postgres.url(name)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite at the newest revision and without rows, made once: copying it is ten times as quick."""
    from ablate.tracking.migrate import open_database

    path = tmp_path_factory.mktemp("migrated") / "ablate.db"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A file of SQLite at the newest revision, of this test alone."""
    (tmp_path / "db").mkdir()
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'db' / 'ablate.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def either_url(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn: what a test says of one has to hold for the other."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))
