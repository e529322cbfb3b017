"""One way to the database: how it is connected to, and transactions that are tried again while it is busy."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from ablate.errors import TrackingError

Result = TypeVar("Result")

KINDS = ("sqlite", "postgresql")
"""What is known to keep the promises: partial unique indexes and inserts that meet what is there already."""

PATIENCE_SECONDS = 15.0
"""How long a transaction is tried again while another program holds the database or its server is away."""

BUSY_MILLISECONDS = 2_000
"""How long SQLite itself waits for a lock before it says so."""


def connect(url: str, *, is_reading: bool = False) -> Engine:
    """An engine for the database at `url`; touches neither disk nor network.

    With `is_reading` an SQLite file is left as it is: nothing can be written through the engine.

    Raises:
        TrackingError: `url` is not one, its driver is not installed, or it is of another kind of database.
    """
    kind = parsed(url).get_backend_name()
    if kind not in KINDS:
        raise TrackingError(
            f"{shown(url)}: the tracking database can be {' or '.join(KINDS)}, got {kind}: "
            "use sqlite:///<file> or postgresql+psycopg://..."
        )
    try:
        engine = create_engine(parsed(url), pool_pre_ping=not url.startswith("sqlite"))
    except NoSuchModuleError as error:
        raise TrackingError(
            f"{shown(url)}: no such driver: use sqlite:///<file> or postgresql+psycopg://..."
        ) from error
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"{shown(url)}: its driver is not installed: install the Python package {error.name}"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_reading if is_reading else _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def read(engine: Engine, query: Callable[[Session], Result], patience_seconds: float = PATIENCE_SECONDS) -> Result:
    """Answer a query within one transaction, so that it sees one moment of the database."""
    return _patiently(engine, query, patience_seconds, is_writing=False)


def write(engine: Engine, change: Callable[[Session], Result], patience_seconds: float = PATIENCE_SECONDS) -> Result:
    """Make a change within one transaction: all of it, or nothing."""
    return _patiently(engine, change, patience_seconds, is_writing=True)


def alter_tables(
    engine: Engine, change: Callable[[Session], Result], patience_seconds: float = PATIENCE_SECONDS
) -> Result:
    """Change the tables themselves, in one transaction.

    SQLite cannot alter a table: it is copied, and the old one dropped, while others refer to it. So references are
    not enforced on the way, and have to be whole again at the end.

    Raises:
        TrackingError: the change left a row that refers to nothing; it was undone.
    """

    def checked(session: Session) -> Result:
        result = change(session)
        if engine.dialect.name == "sqlite" and (broken := session.execute(text("PRAGMA foreign_key_check")).all()):
            place = shown(engine.url.render_as_string(hide_password=False))
            raise TrackingError(
                f"{place}: {len(broken)} rows would refer to nothing, the first in table {broken[0][0]}: the database "
                "was left as it was; name a new one by --database, and the journals fill it again"
            )
        return result

    return _patiently(engine, checked, patience_seconds, is_writing=True, is_altering=True)


def parsed(url: str) -> URL:
    """The parts of a database URL.

    Raises:
        TrackingError: `url` is not one.
    """
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise TrackingError(
            f"{shown(url)}: not a database URL: expected one like sqlite:///db/ablate.db or "
            "postgresql+psycopg://user@host/name"
        ) from error


def shown(url: str) -> str:
    """The URL as messages may show it: without user, password and options, any of which may be secret."""
    scheme, _, path = url.partition(":///")
    if scheme.partition("+")[0] == "sqlite":
        return path.partition("?")[0] or ":memory:"
    if "://" not in url:
        return url.rpartition("@")[2].partition("?")[0]  # hardly a URL, and yet what comes before an @ may be secret
    # Greedy, for a password may itself hold the characters that end one: better to show too little.
    return re.sub(r"//.*@", "//", url, flags=re.DOTALL).partition("?")[0]


def reason(error: SQLAlchemyError, url: URL) -> str:
    """The first line of what the driver said, without the password and without the statement and its values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
    password = url.password
    return said.replace(str(password), "***") if password else said


def _patiently(
    engine: Engine,
    work: Callable[[Session], Result],
    patience_seconds: float,
    *,
    is_writing: bool,
    is_altering: bool = False,
) -> Result:
    deadline, pause = time.monotonic() + patience_seconds, 0.05
    place = shown(engine.url.render_as_string(hide_password=False))
    while True:
        try:
            with engine.connect() as connection:
                chosen = connection.execution_options(ablate_is_writing=is_writing, ablate_is_altering=is_altering)
                with Session(chosen, expire_on_commit=False) as session, session.begin():
                    return work(session)
        except DBAPIError as error:
            said = reason(error, engine.url)
            if not _is_transient(error):
                raise TrackingError(f"{place}: the tracking database refused: {said}") from error
            if time.monotonic() + pause > deadline:
                raise TrackingError(
                    f"{place}: the tracking database was not to be had for {patience_seconds:g} s ({said}): "
                    "end the program that holds it, or see that its server runs, then run the command again"
                ) from error
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def _is_transient(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed a little later: the database is locked, or its server is away."""
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    is_server_away = state is None and type(error).__name__ == "OperationalError"
    # 08 connection lost, 40 serialisation failure or deadlock, 53 no more connections, 57 server shutting down.
    return is_server_away or str(state)[:2] in {"08", "40", "53", "57"}


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Let readers and the writer work side by side, and wait a little for locks.

    In WAL mode `synchronous = NORMAL` never corrupts the file; a power cut can take back the last transactions,
    and the journals, which hold the same facts, then give them again. FULL would cost an fsync per transaction.
    """
    connection.isolation_level = None  # the driver would begin transactions at moments of its own choice
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _set_up_reading(connection: sqlite3.Connection, _record: object) -> None:
    """Wait a little for locks, and refuse every change."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA query_only = ON")


def _begin_sqlite(connection: Connection) -> None:
    """Enforce foreign keys, and take the write lock at once where something will be written.

    A lock asked for later cannot be waited for, and within a transaction foreign keys cannot be switched.
    """
    options = connection.get_execution_options()
    is_writing, is_altering = options.get("ablate_is_writing", False), options.get("ablate_is_altering", False)
    connection.exec_driver_sql(f"PRAGMA foreign_keys = {'OFF' if is_altering else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
