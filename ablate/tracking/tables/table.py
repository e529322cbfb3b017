"""What all tables are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, MetaData, String
from sqlalchemy.orm import DeclarativeBase

Json = dict[str, Any]
OPTIONAL_JSON = JSON(none_as_null=True)
Digest = String(64)
"""SHA-256 of a value's canonical JSON: what equal things are recognised by."""


class Table(DeclarativeBase):
    """What all tables are: constraints named by one convention, so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {Json: JSON, list[Any]: JSON}
