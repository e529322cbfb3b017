"""Plain cells and text as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ablate.reporting.table import Table

ACTIVE = re.compile(
    r"""
    [\\`*|~$]                                 # emphasis, code, a table's edge, strikethrough, mathematics
    | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9])    # emphasis; between letters it is one of them
    | \](?=[(\[:]) | \[(?=\^)                 # a link or picture, a footnote; other brackets are text
    | <(?=[A-Za-z/!?])                        # a tag
    | &(?=\#?[A-Za-z0-9]+;)                   # an entity
    """,
    re.VERBOSE,
)
"""Characters that Markdown would read as its own, wherever they stand."""

START = re.compile(r"^(\d{1,9}(?=[.)](?: |$))|(?=>|[-+=](?:[ =-]|$)|#{1,6}(?: |$)))")
"""Where a line would begin a list, a quote or a heading, were there no backslash."""

UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer a terminal or turn the direction of the text around them, and halves of characters."""


def table_text(table: Table) -> str:
    """A table with its columns aligned in the source too, so that it reads well as plain text."""
    rows = [[plain(cell) for cell in table.header]]
    rows += [[_cell(table, row, column) for column in range(len(table.header))] for row in range(len(table.rows))]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(table.header))]
    rule = [
        "-" * (width - 1) + ":" if side == "r" else "-" * width
        for width, side in zip(widths, table.alignment, strict=True)
    ]
    lines = [_line(rows[0], widths, table.alignment), _line(rule, widths, table.alignment)]
    return "\n".join(lines + [_line(row, widths, table.alignment) for row in rows[1:]])


def plain(text: str) -> str:
    """Text on one line, with nothing in it that Markdown would read as its own."""
    return START.sub(r"\1\\", ACTIVE.sub(r"\\\g<0>", one_line(text)))


def code(text: str) -> str:
    """Text as a code span."""
    return "`" + (one_line(text).replace("`", "'") or " ") + "`"


def one_line(text: str) -> str:
    """Text on one line, without what would steer a terminal or turn the text around it."""
    return " ".join(UNSEEN.sub("", text).split())


def _cell(table: Table, row: int, column: int) -> str:
    """With the link of the cell, and in the first column the anchor of the row, where it has one."""
    text = plain(table.rows[row][column])
    anchor = table.anchors.get(row) if column == 0 else None
    link = table.links.get((row, column))
    return (f'<a id="{anchor}"></a>' if anchor else "") + (f"[{text}](#{link})" if link else text)


def _line(cells: Sequence[str], widths: Sequence[int], alignment: str) -> str:
    padded = (
        cell.rjust(width) if side == "r" else cell.ljust(width)
        for cell, width, side in zip(cells, widths, alignment, strict=True)
    )
    return f"| {' | '.join(padded)} |"
