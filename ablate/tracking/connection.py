"""One way to the database: how it is connected to, and transactions that are tried again while it is busy or away."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.orm import Session

from ablate.errors import TrackingError
from ablate.tracking.refusals import is_transient, reason, remedy

Result = TypeVar("Result")

KINDS = ("sqlite", "postgresql")
"""What is known to keep the promises: partial unique indexes and inserts that meet what is there already."""

PATIENCE_SECONDS = 15.0
"""How long a transaction is tried again while another program holds the database or its server is away."""

BUSY_MILLISECONDS = 2_000
"""How long SQLite itself waits for a lock before it says so."""

LOG_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut down to once the reader is gone for whose sake it grew."""
SERVER_DRIVERS = ("psycopg", "psycopg2")
SERVER_WAITS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""How long a server may be silent, in seconds (the last: milliseconds), unless the URL says; drivers wait minutes."""

LOCK_SECONDS = 10
"""How long a change of the tables waits for other programs that hold them, on PostgreSQL."""

UPGRADE_LOCK = 0x61626C617465  # "ablate"
"""The number of the lock by which programs agree, on PostgreSQL, that one of them changes the tables."""


def connect(url: str, *, is_reading: bool = False) -> Engine:
    """An engine for the database at `url`; touches neither disk nor network.

    With `is_reading` an SQLite file is left as it is: nothing can be written through the engine.

    Raises:
        TrackingError: `url` is not one, its driver is not installed, or it is of another kind of database.
    """
    parts = parsed(url)
    kind = parts.get_backend_name()
    if kind not in KINDS:
        raise TrackingError(
            f"{shown(url)}: the tracking database can be {' or '.join(KINDS)}, got {kind}: "
            "use sqlite:///<file> or postgresql+psycopg://..."
        )
    try:
        engine = create_engine(parts, pool_pre_ping=kind != "sqlite", connect_args=_waits(parts))
    except NoSuchModuleError as error:
        raise TrackingError(
            f"{shown(url)}: no such driver: use sqlite:///<file> or postgresql+psycopg://..."
        ) from error
    except ArgumentError as error:
        raise TrackingError(_no_url(url)) from error
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"{shown(url)}: its driver is not installed: install the Python package {error.name}"
        ) from error
    if engine.dialect.is_async:
        raise TrackingError(f"{shown(url)}: an asynchronous driver: use sqlite:///<file> or postgresql+psycopg://...")
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
    """Change the tables themselves, in one transaction, while no other program does.

    SQLite cannot alter a table: it is copied, and the old one dropped, while others refer to it. So references are
    not enforced on the way, and have to be whole again at the end.

    Raises:
        TrackingError: the change left a row that refers to nothing; it was undone.
    """

    def checked(session: Session) -> Result:
        if engine.dialect.name == "postgresql":
            session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            session.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
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
        parts = make_url(url)
        (parts.host or "").encode("idna")
    except (ArgumentError, ValueError) as error:
        raise TrackingError(_no_url(url)) from error
    if "\0" in f"{url}{parts.host}{parts.database}":
        raise TrackingError(_no_url(url.replace("\0", "\\0")))
    return parts


def shown(url: str) -> str:
    """The URL as messages may show it: without user, password and options, any of which may be secret."""
    scheme, _, path = url.partition(":///")
    if scheme.partition("+")[0] == "sqlite":
        return path.partition("?")[0] or ":memory:"
    if "://" not in url:  # hardly a URL, but what it holds may be secret all the same
        without = re.sub(r"^[^/]*:.*@|(?<=:/).*@", "", url, flags=re.DOTALL)
        return re.sub(r"(pass\w*\s*=\s*)('[^']*'|\S*)", r"\1***", without, flags=re.IGNORECASE).partition("?")[0]
    # Greedy, for a password may itself hold the characters that end one: better to show too little.
    return re.sub(r"//.*@", "//", url, flags=re.DOTALL).partition("?")[0]


def _patiently(
    engine: Engine,
    work: Callable[[Session], Result],
    patience_seconds: float,
    *,
    is_writing: bool,
    is_altering: bool = False,
) -> Result:
    """Do the work in one transaction, and all of it again where the database was busy or its server away.

    A COMMIT whose answer is lost may or may not have been carried out. The work is done again, and as every write is
    idempotent, that changes nothing where it had been; the right answer is the first. Where the COMMIT was still on its
    way, the two can meet at a unique row: then once more.
    """
    deadline, pause = time.monotonic() + patience_seconds, 0.05
    in_doubt: list[Result] = []
    while True:
        answers: list[Result] = []
        try:
            with engine.connect() as connection:
                chosen = connection.execution_options(ablate_is_writing=is_writing, ablate_is_altering=is_altering)
                with Session(chosen, expire_on_commit=False) as session, session.begin():
                    answers.append(work(session))
            return (in_doubt or answers)[0]
        except DBAPIError as error:
            in_doubt += answers
            may_have_met_itself = bool(in_doubt) and isinstance(error, IntegrityError)
            if not (is_transient(error) or may_have_met_itself) or time.monotonic() + pause > deadline:
                raise TrackingError(_refusal(error, engine.url, patience_seconds)) from error
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def _refusal(error: DBAPIError, url: URL, patience_seconds: float) -> str:
    place, said = shown(url.render_as_string(hide_password=False)), reason(error, url)
    if is_transient(error):
        return (
            f"{place}: the tracking database was not to be had for {patience_seconds:g} s ({said}): "
            "end the program that holds it, or see that its server runs, then run the command again"
        )
    what_to_do = remedy(error)
    if what_to_do is not None and isinstance(error.orig, sqlite3.Error):
        return f"{place}: {what_to_do}"
    return f"{place}: the tracking database refused: {said}" + (f": {what_to_do}" if what_to_do else "")


def _no_url(url: str) -> str:
    return (
        f"{shown(url)}: not a database URL: expected one like sqlite:///db/ablate.db or "
        "postgresql+psycopg://user@host/name"
    )


def _waits(url: URL) -> dict[str, int]:
    if url.get_driver_name() not in SERVER_DRIVERS:
        return {}
    return {name: value for name, value in SERVER_WAITS.items() if name not in url.query}


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Let readers and the writer work side by side, and wait a little for locks.

    In WAL mode `synchronous = NORMAL` never corrupts the file; a power cut can take back the last transactions,
    and the journals, which hold the same facts, then give them again. FULL would cost an fsync per transaction.
    """
    connection.isolation_level = None  # the driver would begin transactions at moments of its own choice
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")


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
