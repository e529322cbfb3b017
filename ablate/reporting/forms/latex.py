"""A table as LaTeX for a paper, in the style of booktabs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ablate.reporting.forms.tex import tex
from ablate.reporting.table import Table

SIZES = ((70, ""), (80, r"\small"), (90, r"\footnotesize"))
"""How many characters fit a line of the article class, and the size of letters that this takes."""
SMALLEST = r"\scriptsize"

GAP = 2
"""Characters that fit into the space between two columns."""


def latex(table: Table, caption: str, label: str, notes: Sequence[str] = (), *, is_grouped: bool = False) -> str:
    r"""A `table` environment in ASCII that pdfLaTeX and LuaLaTeX set with `booktabs` alone.

    Letters get smaller as the table gets wider; one that is wider than the text still stands in its middle. Headings
    that are wider than their columns take several lines. `label` is written `tab:...` as given; what a label cannot
    hold becomes a hyphen. `is_grouped` writes the first column only where it changes, with a space before each change.
    """
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{tex(caption)}}}",
        f"  \\label{{{re.sub(r'[^A-Za-z0-9:._-]', '-', label)}}}",
        r"  \par\smallskip",
        *_body(table, is_grouped=is_grouped),
        *_notes(notes),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _body(table: Table, *, is_grouped: bool) -> list[str]:
    headings = [_broken(words, _width(table, column)) for column, words in enumerate(table.header)]
    size = _size(table, headings)
    return [
        *([f"  {size}\\setlength{{\\tabcolsep}}{{3pt}}"] if size else []),
        # The box has the width of the line, so what overhangs does so on both sides alike.
        f"  \\makebox[\\linewidth][c]{{\\begin{{tabular}}{{@{{}}{table.alignment}@{{}}}}",
        r"    \toprule",
        _row([_heading(lines, side) for lines, side in zip(headings, table.alignment, strict=True)]),
        r"    \midrule",
        *_rows(table.rows, is_grouped=is_grouped),
        r"    \bottomrule",
        r"  \end{tabular}}",
    ]


def _rows(rows: Sequence[Sequence[str]], *, is_grouped: bool) -> list[str]:
    if not is_grouped:
        return [_row([tex(cell) for cell in row]) for row in rows]
    repeats = [bool(number and row and row[0] == rows[number - 1][0]) for number, row in enumerate(rows)]
    lines = []
    for number, (row, is_repeat) in enumerate(zip(rows, repeats, strict=True)):
        if number and not is_repeat and any(repeats):
            lines.append(r"    \addlinespace")
        lines.append(_row(["" if is_repeat and place == 0 else tex(cell) for place, cell in enumerate(row)]))
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"    {' & '.join(cells)} \\\\"


def _heading(lines: Sequence[str], side: str) -> str:
    if len(lines) == 1:
        return tex(lines[0])
    stack = r" \\ ".join(map(tex, lines))
    return f"\\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}{stack}\\end{{tabular}}"


def _broken(words: str, width: int) -> list[str]:
    """A heading in as few lines as its column's width allows."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def _width(table: Table, column: int) -> int:
    """Characters of a column without its heading, or of the heading's longest word where that is more."""
    cells = (len(row[column]) for row in table.rows)
    return max(0, *cells, *(len(word) for word in table.header[column].split()))


def _size(table: Table, headings: Sequence[Sequence[str]]) -> str:
    width = sum(_width(table, column) for column in range(len(headings))) + GAP * (len(headings) - 1)
    return next((size for most, size in SIZES if width <= most), SMALLEST)


def _notes(notes: Sequence[str]) -> list[str]:
    if not notes:
        return []
    return [
        r"  \par\smallskip",
        r"  \begin{minipage}{\linewidth}\footnotesize",
        *(f"    {tex(note)}\\par" for note in notes),
        r"  \end{minipage}",
    ]
