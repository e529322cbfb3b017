"""Why a database refused, in words that say what to do: the same whichever database and driver it was."""

from __future__ import annotations

import re
import sqlite3
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

ANOTHER = "or name another by --database"

SQLITE_REMEDIES = {
    sqlite3.SQLITE_NOTADB: f"not an SQLite database: move the file away, {ANOTHER}",
    sqlite3.SQLITE_CORRUPT: f"the file is damaged: put a copy back, {ANOTHER}, which the journals fill again",
    sqlite3.SQLITE_READONLY: f"the file or its folder cannot be written: allow it, {ANOTHER}",
    sqlite3.SQLITE_CANTOPEN: f"the file cannot be opened: see that it and its folder may be written, {ANOTHER}",
    sqlite3.SQLITE_FULL: "the disk is full: nothing was changed; make room, then run the command again",
    sqlite3.SQLITE_IOERR: "the disk does not take or give what it should: nothing was changed; see that it has room "
    "and is sound, then run the command again",
}
"""By SQLite's primary result code."""

SERVER_REMEDIES = (
    (r"password authentication failed|authentication failed for", "give the right user and password in the URL"),
    (r"no password supplied", "give the user's password in the URL, or in ~/.pgpass"),
    (r"no pg_hba\.conf entry", "the server lets nobody in from here as that user: ask who runs it"),
    (r"database .* does not exist", f"make it (createdb), {ANOTHER}"),
    (r"role .* does not exist", "give a user that the server knows"),
    (r"permission denied|not permitted", "let the user make tables there (CREATE on the schema), or give another user"),
    (r"invalid port number|does not support SSL", "correct the URL"),
    (r"no schema has been selected", "make the schema that search_path names, or name none"),
    (r"read-only transaction", "the server only answers questions: give the one that takes changes"),
    (r"No space left on device|could not extend file", "the server's disk is full: make room there, then run it again"),
)
"""By what PostgreSQL says, in the order of what matters most; in another language its words stand alone."""

LOST, CONFLICT, EXHAUSTED, LEAVING, LOCKED = "08", "40", "53", "57", "55P03"
"""What a server says of a moment: connection lost, deadlock, no connection or memory left, shutting down, locked."""

DISK_FULL = "53100"
SECRET_OPTIONS = re.compile(r"pass|secret|token|key", re.IGNORECASE)


def is_transient(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed a little later: the database is locked, or its server is away."""
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the connection was not made, or broke
        is_away = error.connection_invalidated or type(error).__name__ == "OperationalError"
        return is_away and remedy(error) is None
    return str(state) != DISK_FULL and (
        error.connection_invalidated or str(state)[:2] in {LOST, CONFLICT, EXHAUSTED, LEAVING} or state == LOCKED
    )


def remedy(error: DBAPIError) -> str | None:
    """What to do about a refusal, where its kind is known."""
    if isinstance(error.orig, sqlite3.Error):
        return SQLITE_REMEDIES.get(_sqlite_code(error))
    said = str(error.orig)
    return next((what for pattern, what in SERVER_REMEDIES if re.search(pattern, said)), None)


def reason(error: SQLAlchemyError, url: URL) -> str:
    """The first line of what the driver said, without user, password, statement and values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
    # What a client has to say of the address stands before the words of the server.
    said = re.sub(r"^connection failed: connection to server at .* failed: (FATAL: +|fe_sendauth: )?", "", said)
    return censored(re.sub(r'\b(user|role) "[^"]*"', r"\1 ***", said), url)


def censored(said: str, url: URL | str) -> str:
    """The text without the password of a URL, however the URL holds it, and without what other URLs in it hold."""
    hidden = re.sub(r"//\S*@", "//", said)
    for secret in _secrets(url):
        hidden = hidden.replace(secret, "***")
    return hidden


def _secrets(url: URL | str) -> tuple[str, ...]:
    """The password of a URL and the options that may be secret, as they are and as URLs spell them, longest first."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return ()
    options = [
        value
        for name, values in parts.normalized_query.items()
        for value in values
        if SECRET_OPTIONS.search(name) and value
    ]
    plain = {*options, *([str(parts.password)] if parts.password else [])}
    return tuple(sorted(plain | {quote(secret, safe="") for secret in plain}, key=len, reverse=True))


def _sqlite_code(error: DBAPIError) -> int:
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF
