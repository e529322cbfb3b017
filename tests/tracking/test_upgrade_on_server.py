"""A server's database of an earlier version keeps all that is in it, and two programs can open it at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from postgres_server import Server
from sqlalchemy import MetaData, create_engine, inspect, select, text

from ablate.errors import TrackingError
from ablate.tracking import migrate
from ablate.tracking.connection import alter_tables, connect
from ablate.tracking.migrate import HEAD, migrations_directory, open_database
from ablate.tracking.store import Store
from ablate.tracking.tables import Table

GOLDEN = Path(__file__).parent / "golden"
REVISIONS = sorted(path.stem.removeprefix("revision_") for path in GOLDEN.glob("revision_*.sql"))


@pytest.fixture
def empty_url(postgres: Server) -> Iterator[str]:
    with postgres.database() as name:
        yield postgres.url(name)


def migrate_to(url: str, revision: str, move=command.upgrade) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_directory()))

    def moved(session: object) -> None:
        config.attributes["connection"] = session.connection()
        move(config, revision)

    engine = connect(url)
    alter_tables(engine, moved, patience_seconds=1)
    engine.dispose()


def file_of(revision: str, folder: Path) -> str:
    path = folder / f"{revision}.db"
    connection = sqlite3.connect(path)
    connection.executescript((GOLDEN / f"revision_{revision}.sql").read_text())
    connection.close()
    return f"sqlite:///{path}"


def fill(url: str, source_url: str) -> None:
    """Copy the rows of another database at the same revision, and let new rows be numbered after them."""
    source, target = create_engine(source_url), create_engine(url)
    old, new = MetaData(), MetaData()
    old.reflect(source)
    new.reflect(target)
    with source.connect() as reading, target.begin() as writing:
        for table in new.sorted_tables:
            if table.name == migrate.VERSION_TABLE:
                continue
            rows = [
                {
                    name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
                    for name, value in row._mapping.items()
                }
                for row in reading.execute(select(old.tables[table.name]))
            ]
            if rows:
                writing.execute(table.insert(), rows)
            if "id" in table.columns:
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                writing.execute(text(f"SELECT setval({sequence}, (SELECT coalesce(max(id), 1) FROM {table.name}))"))
    source.dispose()
    target.dispose()


def everything(url: str) -> dict[str, list[str]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted(
                repr(sorted(row._mapping.items())) for row in connection.execute(text(f"SELECT * FROM {name}"))
            )
            for name in inspect(connection).get_table_names()
        }
    engine.dispose()
    return found


def told(url: str) -> tuple[object, ...]:
    """All that the store says of every study."""
    with Store.open(url) as store:
        return tuple(
            (
                store.plan(name),
                store.trials(name),
                store.tuning_trials(name),
                store.attempts(name),
                store.curves(name).to_csv(),
            )
            for name in store.study_names()
        )


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_old_database_on_a_server_says_what_the_same_one_in_a_file_says(
    empty_url: str, tmp_path: Path, revision: str
) -> None:
    file = file_of(revision, tmp_path)
    migrate_to(empty_url, revision)
    fill(empty_url, file)
    before = everything(empty_url)
    assert told(empty_url) == told(file)
    migrate_to(empty_url, revision, command.downgrade)
    assert everything(empty_url) == before
    with Store.open(empty_url) as store:
        store.record_plan(store.plan("golden").model_copy(update={"aliasing": ("a = b",)}))


def test_models_and_migrations_do_not_drift_on_a_server(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        options = {"version_table": migrate.VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_an_upgrade_on_a_server_says_that_no_copy_was_made_and_a_second_opening_says_nothing(empty_url: str) -> None:
    migrate_to(empty_url, "0001")
    lines: list[str] = []
    for _ in range(2):
        open_database(empty_url, lines.append).dispose()
    (line,) = lines
    assert f"upgraded from revision 0001 to {HEAD}; no copy was made of it: keep a dump of it (pg_dump)" in line
    assert "postgres@" not in line


def test_an_upgrade_that_breaks_off_on_a_server_leaves_the_database_as_it_was(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_to(empty_url, "0001")
    before = everything(empty_url)

    def stumble(config: Config, _revision: str) -> None:
        config.attributes["connection"].execute(text("DROP TABLE metrics"))
        raise RuntimeError("the power went out")

    monkeypatch.setattr(command, "upgrade", stumble)
    with pytest.raises(RuntimeError):
        open_database(empty_url)
    assert everything(empty_url) == before


def test_a_newer_database_on_a_server_is_refused_with_both_versions(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ablate_version SET version_num = '0999'"))
    engine.dispose()
    expected = rf"newer than this program \(revision 0999, known up to {HEAD}\): install a newer ablate-studies"
    with pytest.raises(TrackingError, match=expected):
        open_database(postgres_url)


@pytest.mark.parametrize("start", [None, "0001"])
def test_programs_that_open_a_database_at_once_make_or_upgrade_it_once(empty_url: str, start: str | None) -> None:
    if start:
        migrate_to(empty_url, start)
    lines: list[str] = []
    with ThreadPoolExecutor(4) as several:
        for engine in list(several.map(lambda _: open_database(empty_url, lines.append), range(4))):
            engine.dispose()
    assert len(lines) == (1 if start else 0)


def test_the_tables_can_have_a_schema_of_their_own_beside_another_program(postgres: Server) -> None:
    with postgres.database() as name:
        postgres.execute("CREATE TABLE alembic_version (version_num text)", name)
        postgres.execute("CREATE SCHEMA ablate", name)
        with Store.open(postgres.url(name) + "?options=-csearch_path%3Dablate") as store:
            assert store.study_names() == ()
        found = postgres.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name)
    assert found == [("alembic_version",)]
