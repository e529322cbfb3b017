"""Opening a database: made, upgraded, or refused in one clear line; models, migrations and drawings agree."""

from __future__ import annotations

import io
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from ablate.errors import TrackingError
from ablate.tracking import migrate, schema
from ablate.tracking.connection import connect, shown
from ablate.tracking.migrate import HEAD, migrations_directory, open_database
from ablate.tracking.tables import Table

DB = Path(__file__).parents[2] / "db"


def statements(engine: Engine) -> dict[str, str]:
    """What SQLite made of the tables and indexes, by name, but for the spaces."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    # The order of columns and constraints carries no meaning, nor do quotes, which mark a table that was copied.
    return {
        name: "\n".join(
            sorted(re.sub(r",?\s*\n\s*", "\n", sql.replace('TABLE "' + name + '"', f"TABLE {name}")).split("\n"))
        )
        for name, sql in rows
    }


def sqlite_with(path: Path, *script: str) -> None:
    connection = sqlite3.connect(path)
    for line in script:
        connection.execute(line)
    connection.commit()
    connection.close()


def refusal(url: str) -> str:
    with pytest.raises(TrackingError) as caught:
        open_database(url)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_new_database_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "100% new" / "db" / "ablate.db"
    open_database(f"sqlite:///{path}").dispose()
    assert path.exists()
    open_database(f"sqlite:///{path}").dispose()


def test_the_known_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_directory()))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_models_and_migrations_do_not_drift(url: str) -> None:
    engine = open_database(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": migrate.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, Table.metadata) == []
    migrated = statements(engine)
    engine.dispose()
    del migrated[migrate.VERSION_TABLE]
    direct = create_engine("sqlite://")
    Table.metadata.create_all(direct)
    assert migrated == statements(direct)
    direct.dispose()


def test_the_drawings_show_what_the_migrations_make() -> None:
    message = "run: python -m ablate.tracking.schema db"
    assert (DB / "schema.sql").read_text() == schema.schema_sql(), message
    readme = (DB / "README.md").read_text()
    assert readme == schema.drawn(readme), message


def test_the_migrations_speak_postgresql() -> None:
    output = io.StringIO()
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(migrations_directory()))
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, "head", sql=True)
    sql = output.getvalue()
    assert "started TIMESTAMP WITH TIME ZONE NOT NULL" in sql
    assert "WHERE is_accepted" in sql
    assert "value DOUBLE PRECISION," in sql


def test_a_database_at_head_is_opened_without_alembic_or_pandas(url: str) -> None:
    open_database(url).dispose()
    script = (
        "import sys; from ablate.tracking.store import Store; store = Store.open(sys.argv[1]); store.study_names(); "
        "store.close(); sys.exit(', '.join({'alembic', 'pandas', 'mlflow', 'torch'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_sqlite_enforces_foreign_keys_and_writes_ahead(url: str) -> None:
    engine = open_database(url)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()


def test_a_newer_database_is_refused_and_left_alone(url: str, tmp_path: Path) -> None:
    open_database(url).dispose()
    sqlite_with(tmp_path / "db" / "ablate.db", "UPDATE ablate_version SET version_num = '0999'")
    message = refusal(url)
    assert "newer than this program (revision 0999, known up to 0005)" in message
    assert "install a newer ablate-studies" in message


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ablate.db"
    path.write_text("a shopping list, long enough to be read as a header of SQLite " * 9)
    before = path.read_bytes()
    assert refusal(f"sqlite:///{path}").startswith(f"{path}: not an SQLite database")
    assert path.read_bytes() == before


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    sqlite_with(path, "CREATE TABLE runs (id INTEGER)", "CREATE TABLE alembic_version (version_num TEXT)")
    message = refusal(f"sqlite:///{path}")
    assert "the database of another program (it has tables alembic_version, runs and no ablate_version)" in message
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (2,)
    connection.close()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path}").endswith("this is a folder: name a file in it by --database")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("a file where a folder should be")
    assert "the folder of the tracking database cannot be made" in refusal(f"sqlite:///{tmp_path}/db/sub/ablate.db")


def test_a_failed_opening_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Path:
        raise TrackingError("the migrations are missing")

    monkeypatch.setattr(migrate, "migrations_directory", broken)
    refusal(f"sqlite:///{tmp_path / 'ablate.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ablate.db"
    sqlite_with(path)  # an empty file, which was there before

    def stumble(config: Config, _revision: str) -> None:
        config.attributes["connection"].execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("the power went out")

    monkeypatch.setattr(command, "upgrade", stumble)
    with pytest.raises(RuntimeError):
        open_database(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("db/ablate.db", "db/ablate.db: not a database URL: expected one like sqlite:///db/ablate.db"),
        (
            "nosuch://ann:secret@host/x",
            "nosuch://host/x: the tracking database can be sqlite or postgresql, got nosuch",
        ),
        ("mysql://ann:secret@host/x", "mysql://host/x: the tracking database can be sqlite or postgresql, got mysql"),
        ("postgresql+no://ann:secret@host/x", "postgresql+no://host/x: no such driver: use sqlite:///<file>"),
        ("postgresql://ann:secret@:port/x", "not a database URL"),
        ("postgresql+psycopg://ann:secret@127.0.0.1:1/x?password=secret", "postgresql+psycopg://127.0.0.1:1/x: "),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_secrets(
    url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "OPENING_PATIENCE_SECONDS", 0.1)
    message = refusal(url)
    assert said in message
    assert "secret" not in message
    assert "ann" not in message


def test_what_is_shown_of_a_url_holds_no_secret() -> None:
    assert shown("postgresql://ann:secret@host:5/name?sslpassword=secret") == "postgresql://host:5/name"
    assert shown("http://ann:sec@ret@host/name?token=secret") == "http://host/name"
    assert shown("postgresql://ann:sec?re/t@host/name") == "postgresql://host/name"
    assert shown("ann:secret@host") == "host"
    assert shown("sqlite:////tmp/a.db") == "/tmp/a.db"


def test_an_installed_package_brings_its_own_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "ablate" / "tracking"
    (package / "migrations").mkdir(parents=True)
    monkeypatch.setattr(migrate, "__file__", str(package / "migrate.py"))
    with pytest.raises(TrackingError, match="the migrations of the tracking database are missing, looked in"):
        migrations_directory()
    (package / "migrations" / "env.py").touch()
    assert migrations_directory() == package / "migrations"


def test_connecting_reaches_for_nothing(tmp_path: Path) -> None:
    connect(f"sqlite:///{tmp_path / 'new' / 'ablate.db'}")
    assert list(tmp_path.iterdir()) == []
