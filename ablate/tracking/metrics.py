"""Numbers into the table of millions of rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ablate.specs import MetricRecord, Split
from ablate.tracking import tables

ENTER = """
INSERT INTO metrics (attempt_id, key_id, step, value, time) VALUES ({0}, {0}, {0}, {0}, {0})
ON CONFLICT (attempt_id, key_id, step) DO UPDATE SET value = excluded.value, time = excluded.time
"""
"""In the words of every database; only the mark of a parameter differs between drivers."""


Number = tuple[int, int, int, float | None, float]
"""One row of `metrics`, in the order of `ENTER`: attempt, key, step, value, time."""


def numbers(session: Session, attempt_id: int, records: Sequence[MetricRecord]) -> list[Number]:
    """The rows that journal lines of one attempt make; NaN becomes NULL, as in `columns.Measured`."""
    keys = metric_keys(session, {(record.split, name) for record in records for name in record.values})
    return [
        (attempt_id, keys[record.split, name], record.step, None if math.isnan(value) else value, record.time)
        for record in records
        for name, value in record.values.items()
    ]


def enter(session: Session, rows: Iterable[Number]) -> None:
    """Write rows down in their order; one that is there already takes the new value.

    Straight to the driver: on the way through SQLAlchemy every row is looked at four times more often than SQLite
    takes to store it.
    """
    connection = session.connection()
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    connection.exec_driver_sql(ENTER.format(mark), list(rows))


def metric_keys(session: Session, wanted: set[tuple[Split, str]]) -> dict[tuple[Split, str], int]:
    """The ids of splits and names of metrics, entered where they are new."""
    query = select(tables.MetricKey.split, tables.MetricKey.name, tables.MetricKey.id)
    known = {(split, name): key_id for split, name, key_id in session.execute(query)}
    missing = sorted(wanted - known.keys())
    if missing:
        session.execute(insert(tables.MetricKey), [{"split": split, "name": name} for split, name in missing])
        known = {(split, name): key_id for split, name, key_id in session.execute(query)}
    return known
