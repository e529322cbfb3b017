"""Plain cells and text as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ablate.reporting.table import Table

ACTIVE = re.compile(r"([\\`*|]|<(?=[A-Za-z/!]))")
"""Characters that Markdown would read as its own: emphasis, code, a table's edge, the start of a tag."""


def table_text(table: Table) -> str:
    """A table with its columns aligned in the source too, so that it reads well as plain text."""
    rows = [[plain(cell) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(table.header))]
    rule = [
        "-" * (width - 1) + ":" if side == "r" else "-" * width
        for width, side in zip(widths, table.alignment, strict=True)
    ]
    lines = [_line(rows[0], widths, table.alignment), _line(rule, widths, table.alignment)]
    return "\n".join(lines + [_line(row, widths, table.alignment) for row in rows[1:]])


def plain(text: str) -> str:
    """Text on one line, with nothing in it that Markdown would read as its own."""
    return ACTIVE.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Text as a code span."""
    return "`" + " ".join(text.split()).replace("`", "'") + "`"


def _line(cells: Sequence[str], widths: Sequence[int], alignment: str) -> str:
    padded = (
        cell.rjust(width) if side == "r" else cell.ljust(width)
        for cell, width, side in zip(cells, widths, alignment, strict=True)
    )
    return f"| {' | '.join(padded)} |"
