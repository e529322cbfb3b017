"""Optuna's storages, and the care not to make one out of another program's database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy import Engine, create_engine, event, inspect

from ablate.errors import InputError

JOURNAL = ".log"
OWN_TABLES = {"version_info", "studies", "trials"}


def open_storage(target: str) -> BaseStorage:
    """The storage at a database URL, or in a journal file, whose path ends in `.log`; made where it is missing.

    Raises: InputError if the target is no such thing, or a database of another program; beside it, what SQLAlchemy,
        the database's driver, Optuna and the file system raise.
    """
    if "://" not in target:
        if Path(target).suffix != JOURNAL:
            raise InputError(f"expected a URL as sqlite:///optuna.db, or a journal as optuna{JOURNAL}")
        return JournalStorage(JournalFileBackend(target))
    engine = create_engine(target)
    try:
        tables = set(inspect(engine).get_table_names())
        if tables and not tables >= OWN_TABLES:
            raise InputError(
                f"the database holds tables of another program ({', '.join(sorted(tables)[:3])}, ...), whose version "
                "numbers and Optuna's would mix: give Optuna a database of its own"
            )
        if not tables and engine.dialect.name == "sqlite":
            _write_ahead(engine)
    finally:
        engine.dispose()
    storage = RDBStorage(target)
    if engine.dialect.name == "sqlite":
        event.listen(storage.engine, "connect", _wait_less)
        storage.engine.dispose()
    return storage


def close_storage(storage: BaseStorage) -> None:
    """Let go of the database: a server would keep its connections until the program ends."""
    if isinstance(storage, RDBStorage):
        storage.remove_session()
        storage.engine.dispose()


def _write_ahead(engine: Engine) -> None:
    """Give a new file SQLite's write-ahead log: a trial then costs one wait for the disk instead of dozens."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")


def _wait_less(connection: sqlite3.Connection, _record: object) -> None:
    """With a write-ahead log a power cut can then take back the last trials, which the next export adds again."""
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        connection.execute("PRAGMA synchronous = NORMAL")
