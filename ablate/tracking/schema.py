"""What the tables look like, for people: as SQL (`db/schema.sql`), in words and as a diagram (in `db/README.md`).

`python -m ablate.tracking.schema db` writes both anew; the tests compare them with what the migrations make.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Enum,
    Float,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from ablate.errors import InputError
from ablate.tracking.migrate import open_database
from ablate.tracking.tables import Table

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"

KINDS = (
    (Enum, "choice"),
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "number"),
    (DateTime, "time"),
    (JSON, "json"),
)


def schema_sql() -> str:
    """The statements that make a database at the newest revision, as SQLite keeps them."""
    engine = open_database("sqlite://")
    with engine.connect() as connection:
        statements = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name")
        ).scalars()
        body = "\n\n".join(_layout(statement) for statement in statements)
    engine.dispose()
    return "-- Generated from db/migrations by: python -m ablate.tracking.schema db\n\n" + body + "\n"


def diagram(metadata: MetaData = Table.metadata) -> str:
    """The tables and their relations as a Mermaid entity-relationship diagram."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.name)
    lines = ["erDiagram"]
    for table in tables:
        constraints = sorted(table.foreign_key_constraints, key=lambda key: ",".join(key.column_keys))
        lines += [f"    {_relation(constraint)}" for constraint in constraints]
    for table in tables:
        lines.append(f"    {table.name} {{")
        unique = {
            column.name for key in table.constraints if isinstance(key, UniqueConstraint) for column in key.columns
        }
        lines += [f"        {_field(column, unique)}" for column in table.columns]
        lines.append("    }")
    return "\n".join(lines)


def drawn(readme: str) -> str:
    """The text of the README with the tables between its markers, in words and as a diagram, made anew.

    Raises:
        InputError: the markers are missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"README.md: expected the lines {BEGIN} and {END} around the tables")
    return f"{before}{BEGIN}\n{sentences()}\n\n```mermaid\n{diagram()}\n```\n{END}{after}"


def sentences() -> str:
    """A line on each table: what its class says first of itself."""
    described = {kind.__tablename__: (kind.__doc__ or "").partition("\n")[0] for kind in Table.__subclasses__()}
    return "\n".join(f"- `{name}`: {described[name]}" for name in sorted(described))


def _layout(statement: str) -> str:
    """One statement as it reads best; a table that a migration copied is quoted, its constraints in any order."""
    text = re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", statement)
    lines = [line.replace("\t", "    ").rstrip().removesuffix(",") for line in text.splitlines() if line.strip()]
    constraints = sorted(line for line in lines if line.lstrip().startswith("CONSTRAINT"))
    if not constraints:
        return "\n".join(lines) + ";"
    columns = [line for line in lines[1:-1] if line not in constraints]
    return "\n".join([lines[0], ",\n".join(columns + constraints), lines[-1]]) + ";"


def _relation(constraint: ForeignKeyConstraint) -> str:
    parent = "|o" if any(column.nullable for column in constraint.columns) else "||"
    names = ", ".join(column.name for column in constraint.columns)
    child = constraint.table.name if constraint.table is not None else ""
    return f'{constraint.referred_table.name} {parent}--o{{ {child} : "{names}"'


def _field(column: Column[object], unique: set[str]) -> str:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    name = next((name for types, name in KINDS if isinstance(kind, types)), "text")
    marks = [
        mark
        for mark, applies in (
            ("PK", column.primary_key),
            ("FK", bool(column.foreign_keys)),
            ("UK", column.name in unique),
        )
        if applies
    ]
    return " ".join([name, column.name, *([", ".join(marks)] if marks else [])])


def main(folder: Path) -> None:
    """Write `schema.sql` and the diagram in `README.md` anew."""
    (folder / "schema.sql").write_text(schema_sql())
    readme = folder / "README.md"
    readme.write_text(drawn(readme.read_text()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
