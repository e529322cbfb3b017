"""Opening the tracking database: made where it is missing, brought up to date where it is old, refused otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from ablate.errors import TrackingError
from ablate.tracking.backup import make_copy, remove_copy
from ablate.tracking.connection import alter_tables, connect, parsed, read, shown

HEAD = "0005"
"""The newest migration in `db/migrations/versions`; a database at it is opened without loading Alembic."""

VERSION_TABLE = "ablate_version"
"""Alembic's table under a name of our own: `alembic_version` is what MLflow and Optuna call theirs."""

OPENING_PATIENCE_SECONDS = 5.0
"""Shorter than while a study runs: someone waits for the answer, and nothing is lost yet."""


def open_database(url: str, tell: Callable[[str], None] | None = None) -> Engine:
    """The database at `url`, at the program's revision; an SQLite file and its folder are made where missing.

    One of an earlier revision is upgraded, in one transaction, and `tell` hears of it in one line. SQLite's file is
    copied to `<file>.<revision>.bak` first; of a server's database no copy is made.

    Raises:
        TrackingError: not a URL, not to be reached, not a database, newer than this program, or another program's.
    """
    engine = connect(url)
    path = _sqlite_file(url)
    was_there = path is None or path.exists()
    if path is not None:
        _make_folder(path)
    try:
        upgraded = None
        if read(engine, lambda session: _revision(session, url), OPENING_PATIENCE_SECONDS) != HEAD:
            upgraded = _bring_to_head(engine, url)
    except BaseException:
        engine.dispose()
        if path is not None and not was_there:
            _remove(path)
        raise
    if upgraded is not None and tell is not None:
        tell(upgraded)
    return engine


def open_for_reading(url: str) -> Engine:
    """The database at `url` for who only looks: nothing is made or upgraded, and an SQLite file cannot be changed.

    Raises:
        TrackingError: there is none, it is at another revision than this program, or as `open_database`.
    """
    engine, path = connect(url, is_reading=True), _sqlite_file(url)
    if path is not None and not path.is_file():
        raise TrackingError(f"{path}: no tracking database there: run a study first, or name another database")
    try:
        revision = read(engine, lambda session: _revision(session, url), OPENING_PATIENCE_SECONDS)
        if revision is None:
            raise TrackingError(f"{shown(url)}: an empty database: run a study first, or name another database")
        _refuse_newer(revision, url)
        if revision != HEAD:
            raise TrackingError(
                f"{shown(url)}: the database is older than this program (revision {revision}, expected {HEAD}), and "
                "reading does not change it: `ablate status` upgrades it"
            )
    except TrackingError:
        engine.dispose()
        raise
    return engine


def migrations_directory() -> Path:
    """The folder of the migrations: inside the installed package, or `db/migrations` of the checkout."""
    here = Path(__file__).resolve().parent
    candidates = (here / "migrations", here.parents[1] / "db" / "migrations")
    for candidate in candidates:
        if (candidate / "env.py").is_file():
            return candidate
    raise TrackingError(
        f"the migrations of the tracking database are missing, looked in {' and '.join(map(str, candidates))}: "
        "install ablate-studies again"
    )


def _revision(session: Session, url: str) -> str | None:
    tables = inspect(session.connection()).get_table_names()
    if VERSION_TABLE in tables:
        return session.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()  # noqa: S608
    if not tables:
        return None
    named = ", ".join(tables[:3]) + (", ..." if len(tables) > 3 else "")
    raise TrackingError(
        f"{shown(url)}: the database of another program (it has tables {named} and no {VERSION_TABLE}): "
        "name another by --database"
    )


def _bring_to_head(engine: Engine, url: str) -> str | None:
    """Apply the missing migrations, all or none; answers what is to be said of it, None of a new database.

    The write lock is held, so two programs cannot both do it. A copy that was made for nothing goes.
    """
    copies: list[Path] = []

    def change(session: Session) -> str | None:
        revision = _revision(session, url)
        if revision == HEAD:  # another program was quicker
            return None
        if revision is not None:
            _refuse_newer(revision, url)
        path = _sqlite_file(url)
        if revision is not None and path is not None:
            copies.append(make_copy(path, revision))
        _upgrade(session)
        return None if revision is None else _said(url, revision, copies)

    try:
        return alter_tables(engine, change, OPENING_PATIENCE_SECONDS)
    except BaseException:
        for copy in copies:
            remove_copy(copy)
        raise


def _refuse_newer(revision: str, url: str) -> None:
    known = {path.name.partition("_")[0] for path in (migrations_directory() / "versions").glob("[0-9]*_*.py")}
    if revision not in known:
        raise TrackingError(
            f"{shown(url)}: the database is newer than this program (revision {revision}, known up to {HEAD}): "
            "install a newer ablate-studies, or name another database by --database"
        )


def _said(url: str, revision: str, copies: list[Path]) -> str:
    kept = f"a copy of it as it was: {copies[-1]}" if copies else "no copy was made of it: keep a dump of it (pg_dump)"
    return f"{shown(url)}: tracking database upgraded from revision {revision} to {HEAD}; {kept}"


def _upgrade(session: Session) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_directory()).replace("%", "%%"))
    config.attributes["connection"] = session.connection()
    command.upgrade(config, "head")


def _sqlite_file(url: str) -> Path | None:
    parts = parsed(url)
    is_file = parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:")
    return Path(str(parts.database)) if is_file and not re.match("file:", str(parts.database)) else None


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrackingError(
            f"{path}: the folder of the tracking database cannot be made ({error.strerror}): "
            "make it, or name another database by --database"
        ) from error
    if path.is_dir():
        raise TrackingError(f"{path}: expected a database file, this is a folder: name a file in it by --database")


def _remove(path: Path) -> None:
    """Leave no half-made file behind."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
