"""A table as aligned lines of a terminal."""

from __future__ import annotations

from ablate.reporting.markdown import one_line
from ablate.reporting.table import Table


def in_columns(table: Table) -> list[str]:
    """The header and one line for each row, with nothing in them that steers a terminal."""
    rows = [[one_line(cell) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    return [
        "  ".join(
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, table.alignment, strict=True)
        ).rstrip()
        for row in rows
    ]
