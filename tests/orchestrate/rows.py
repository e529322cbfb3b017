"""Every row of a tracking database without the numbers that the database itself gave, to compare two of them."""

from collections import Counter

from sqlalchemy import create_engine, select

from ablate.tracking.tables import Table


def read_rows(url):
    """By table: each row as text, references replaced by what they refer to, and how often it is there."""
    engine = create_engine(url)
    tables = Table.metadata.tables
    with engine.connect() as connection:
        rows = {name: connection.execute(select(table)).mappings().all() for name, table in tables.items()}
    engine.dispose()
    by_id = {name: {row["id"]: row for row in found} for name, found in rows.items() if "id" in tables[name].columns}
    known = {}

    def text(name, row):
        key = (name, row["id"]) if "id" in row else None
        if key is None or key not in known:
            said = ", ".join(f"{column.name}={field(column, row[column.name])}" for column in tables[name].columns)
            if key is None:
                return said
            known[key] = said
        return known[key]

    def field(column, value):
        if column.name == "id":
            return "-"
        if column.name == "study_id":
            return by_id["studies"][value]["name"]
        targets = [key.column for key in column.foreign_keys if key.column.name == "id"]
        if not targets or value is None:
            return repr(value)
        return f"({text(targets[0].table.name, by_id[targets[0].table.name][value])})"

    return {name: Counter(text(name, row) for row in found) for name, found in rows.items()}


def differing(left, right):
    """By table: the rows that one has and the other has not."""
    tables = {name: ((left[name] - right[name]), (right[name] - left[name])) for name in left}
    return {name: (list(more), list(less)) for name, (more, less) in tables.items() if more or less}
