"""What attempts ran on, and what their code had beyond its commit: each once, however many ran with it."""

from __future__ import annotations

from pydantic import JsonValue
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ablate.specs import Environment
from ablate.tracking import tables
from ablate.tracking.inserts import insert_into
from ablate.tracking.lookup import as_text, digest

LATER = ("diff", "code", "driver", "system")
"""Fields of an environment that the first revision of the database did not know."""

COPIED = ("device", "processor", "gpu", "cuda")
"""What is asked for of the hardware."""


def environment_id(session: Session, environment: Environment) -> int:
    """The row of that environment, entered where it is new."""
    fields = environment.model_dump(mode="json")
    # Left out where they are unknown, so that a row of the time before they were recorded is found again.
    identity = digest({name: value for name, value in fields.items() if name not in LATER or value is not None})
    row = session.scalars(select(tables.Environment).where(tables.Environment.digest == identity)).one_or_none()
    if row is None:
        if environment.diff is not None:
            _enter_diff(session, environment.diff)
        row = tables.Environment(digest=identity, **fields, **_copied(environment.hardware))
        session.add(row)
        session.flush()
    return row.id


def record_diff(session: Session, diff: str, text: str, *, is_cut: bool) -> None:
    """Keep the text of a difference that has the digest `diff`; one that is known stays as it is."""
    _enter_diff(session, diff)
    is_unknown = (tables.CodeDiff.digest == diff) & tables.CodeDiff.text.is_(None)
    session.execute(update(tables.CodeDiff).where(is_unknown).values(text=as_text(text), is_cut=is_cut))


def _enter_diff(session: Session, diff: str) -> None:
    session.execute(insert_into(session, tables.CodeDiff).values(digest=diff).on_conflict_do_nothing())


def _copied(hardware: dict[str, JsonValue]) -> dict[str, str]:
    found = {name: hardware.get(name) for name in COPIED}
    return {name: value for name, value in found.items() if isinstance(value, str)}
