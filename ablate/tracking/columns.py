"""Column types of the tracking database whose stored form differs from the value."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, Double, Enum
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[float]):
    """Seconds since 1970, stored as a date and time in UTC to the microsecond, so that people can read them."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> datetime | None:
        """Turn seconds into a moment; SQLite keeps no zone, so it is given none."""
        if value is None:
            return None
        moment = datetime.fromtimestamp(value, UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        """Turn a moment, in UTC unless it says otherwise, into seconds."""
        if value is None:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


class Measured(TypeDecorator[float]):
    """A measured number; NaN is stored as NULL, because SQLite would do so and then refuse it in a NOT NULL column."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        """Turn NaN into NULL."""
        return None if value is None or math.isnan(value) else value

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        """Turn NULL into NaN."""
        return math.nan if value is None else value


def closed_choice(choices: type[StrEnum], check: str | None = None) -> Enum:
    """Text that is one of `choices` by value; with the name of a `check`, the database refuses any other."""
    return Enum(
        choices,
        name=check,
        native_enum=False,
        length=16,
        create_constraint=check is not None,
        values_callable=lambda kind: [str(choice.value) for choice in kind],
    )
