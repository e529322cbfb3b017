"""A database that cannot be used is one clear line and exit code 2; nothing is half made, and nothing is lost."""

import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from commands import IMPORT
from postgres_server import GUARDED, PASSWORD

from ablate.tracking.store import Store

SECRET = "hunter2-secret"
DROP_PRIVILEGE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override", "--"]
"""Root may write what is read-only: a root without this privilege may not."""


def assert_one_line(done, *said):
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    for words in (SECRET, PASSWORD, GUARDED):
        assert words not in done.err
    for words in said:
        assert words in done.err


def files(place):
    return sorted(str(path.relative_to(place)) for path in place.rglob("*"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "not a database URL: expected one like sqlite:///db/ablate.db"),
        ("ablate.db", "ablate.db: not a database URL"),
        ("sqlite://ablate.db", "not a database URL"),
        (f"ann:{SECRET}@host/x", "host/x: not a database URL"),
        (f"postgresql:/ann:{SECRET}@host/x", "host/x: not a database URL"),
        (f"host=h password={SECRET} dbname=x", "host=h password=*** dbname=x: not a database URL"),
        (f"postgresql://ann:{SECRET}@host:port/x", "postgresql://host:port/x: not a database URL"),
        (f"postgresql://ann:{SECRET}@ho..st/x", "postgresql://ho..st/x: not a database URL"),
        (f"mysql://ann:{SECRET}@host/x", "mysql://host/x: the tracking database can be sqlite or postgresql, got"),
        (f"postgres://ann:{SECRET}@host/x", "use sqlite:///<file> or postgresql+psycopg://..."),
        (f"postgresql+no://ann:{SECRET}@host/x", "no such driver"),
        (f"postgresql+psycopg2://ann:{SECRET}@host/x", "install the Python package psycopg2"),
        (f"postgresql://ann:{SECRET}@127.0.0.1:1/x?password={SECRET}", "(Connection refused): end the program that"),
        (f"postgresql://ann:{SECRET}@127.0.0.1:99999/x", "invalid port number"),
        (f"postgresql://127.0.0.1/x?pasword={SECRET}", 'invalid connection option "pasword"'),
        ("sqlite:///runs.csv", "runs.csv: not an SQLite database: move the file away, or name another by --database"),
        ("sqlite:///folder", "folder: expected a database file, this is a folder: name a file in it by --database"),
        ("sqlite:///runs.csv/ablate.db", "runs.csv/ablate.db: "),
        (f"sqlite:///{'x' * 300}.db", "File name too long"),
    ],
)
def test_what_is_no_database_of_ours_is_refused(place, command, import_runs, impatient, url, said):
    (place / "folder").mkdir()
    before = files(place)
    assert_one_line(command("status", "--database", url), said)
    assert_one_line(import_runs(url), said)
    assert files(place) == before


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(place, command, impatient):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://ann:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
        clock = time.monotonic()
        done = command("status", "--database", url)
    assert time.monotonic() - clock < 10
    assert_one_line(done, "connection timeout expired", "see that its server runs")


def test_who_may_not_in_is_told_at_once_and_why(place, postgres, command):
    port = postgres.port
    clock = time.monotonic()
    for url, said in (
        (postgres.url("postgres", GUARDED, SECRET), "password authentication failed for user ***: give the right user"),
        (f"postgresql://{GUARDED}@127.0.0.1:{port}/postgres?password={SECRET}", "password authentication failed"),
        (postgres.url("postgres", GUARDED), "no password supplied: give the user's password in the URL, or in"),
        (postgres.url("nowhere"), 'database "nowhere" does not exist: make it (createdb), or name another'),
        (postgres.url("postgres", "nobody_known"), "role *** does not exist: give a user that the server knows"),
        (postgres.url("postgres") + "?sslmode=require", "server does not support SSL"),
        (postgres.url("postgres") + "?options=-csearch_path%3Dnowhere", "make the schema that search_path names"),
    ):
        assert_one_line(command("status", "--database", url), said)
    assert time.monotonic() - clock < 15


def test_who_may_not_make_tables_is_told_so(place, postgres, command):
    postgres.execute("CREATE ROLE weak LOGIN")
    with postgres.database() as name:
        done = command("status", "--database", postgres.url(name, "weak"))
    assert_one_line(done, "permission denied for schema public: let the user make tables there")


@pytest.mark.parametrize("table", ["alembic_version", "studies"])  # both are Optuna's, the first MLflow's too
def test_the_database_of_another_program_is_left_alone(place, postgres, command, import_runs, table):
    with postgres.database() as name:
        postgres.execute(f"CREATE TABLE {table} (id int)", name)
        server = postgres.url(name)
        with closing(sqlite3.connect(place / "other.db")) as connection:
            connection.execute(f"CREATE TABLE {table} (id int)")
        for url in (server, "sqlite:///other.db"):
            assert_one_line(import_runs(url), f"another program (it has tables {table} and no ablate_version): name")
        found = postgres.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name)
    assert found == [(table,)]
    with closing(sqlite3.connect(place / "other.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [(table,)]


def run_without_privilege(*words):
    privileged = DROP_PRIVILEGE if os.geteuid() == 0 else []
    code = "from ablate.cli import main; main()"
    return subprocess.run([*privileged, sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere; no setpriv")
@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, None), (0o555, 0o644), (0o755, 0o444)])
def test_what_may_not_be_written_is_named_and_stays_as_it_is(place, migrated_file, folder_mode, file_mode):
    folder = place / "locked"
    folder.mkdir()
    if file_mode is not None:
        shutil.copy(migrated_file, folder / "ablate.db")
        (folder / "ablate.db").chmod(file_mode)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    folder.chmod(folder_mode)
    done = run_without_privilege(*IMPORT, "--database", "sqlite:///locked/ablate.db")
    folder.chmod(0o755)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: locked/ablate.db: the file ")
    assert "written" in done.stderr
    # SQLite may leave its two empty companions beside a file that it could read.
    found = {path: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert found == before


@pytest.mark.parametrize("is_there", [False, True])
def test_a_full_disk_loses_nothing(place, migrated_file, import_runs, is_there):
    """The limit of file sizes stands for a disk without room; the file that is there is whole afterwards."""
    (place / "db").mkdir()
    path = place / "db" / "ablate.db"
    if is_there:
        shutil.copy(migrated_file, path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, hard))
    try:
        done = import_runs(f"sqlite:///{path}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_one_line(done, "nothing was changed", "run the command again")
    assert path.exists() == is_there
    assert import_runs(f"sqlite:///{path}").code == 0
    with Store.open(f"sqlite:///{path}") as store:
        assert len(store.trials("mine")) == 4


def test_a_study_that_does_not_exist_is_answered_with_the_nearest(place, command, import_runs, either_url):
    assert import_runs(either_url).code == 0
    for words in (("status", "mime"), ("report", "mime"), ("power", "mime"), ("compare", "mine", "mime")):
        assert_one_line(command(*words, "--database", either_url), "no study mime: did you mean mine?")
    assert not [name for name in files(place) if "mime" in name or name.endswith(".db")]
