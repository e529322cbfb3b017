"""The tracking database opened: how it is opened and closed, and queries that are one transaction each, or all one."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ablate.tracking import connection
from ablate.tracking.migrate import open_database, open_for_reading

Result = TypeVar("Result")


class Access:
    """A way into one tracking database.

    While another program holds the database, or its server is away, a call is tried again for `patience_seconds`.
    Within a `session` every call belongs to the transaction that is under way there.
    """

    def __init__(
        self,
        engine: Engine,
        patience_seconds: float = connection.PATIENCE_SECONDS,
        session: Session | None = None,
    ) -> None:
        self._engine, self._patience_seconds, self._session = engine, patience_seconds, session

    @classmethod
    def open(cls, url: str, tell: Callable[[str], None] | None = None) -> Self:
        """The store at `url`, made where it is missing; brought up to date where it is old, of which `tell` hears."""
        return cls(open_database(url, tell))

    @classmethod
    def open_for_reading(cls, url: str) -> Self:
        """The store at `url` as it is: nothing is made, upgraded or, in a file, written."""
        return cls(open_for_reading(url))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def together(self, change: Callable[[Self], Result]) -> Result:
        """Do all that `change` does with the store that it is given within one transaction: all of it, or nothing.

        `change` may be called again, if the database was not to be had at first.
        """
        return self._write(lambda session: change(type(self)(self._engine, self._patience_seconds, session)))

    def _read(self, query: Callable[[Session], Result]) -> Result:
        if self._session is not None:
            return query(self._session)
        return connection.read(self._engine, query, self._patience_seconds)

    def _write(self, change: Callable[[Session], Result]) -> Result:
        if self._session is None:
            return connection.write(self._engine, change, self._patience_seconds)
        result = change(self._session)
        self._session.flush()
        return result
