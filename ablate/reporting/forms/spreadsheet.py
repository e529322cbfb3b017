"""Rows of values as CSV: exact for programs, harmless in a spreadsheet."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

Value = str | int | float | bool | None

FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet takes for the start of a formula (OWASP, CSV Injection), wide forms included."""

NUMERAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
"""Text that is a number however it is read: a level that is called `-1` runs nothing."""

SPECIAL = re.compile(r'[",;\t\r\n]')
"""What a field is quoted for: RFC 4180, and the separators that spreadsheets of other languages go by."""


def spreadsheet(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    r"""UTF-8 without a mark, fields as in RFC 4180, lines that end in `\n`.

    A float is written with the digits that bring back the same bits, a boolean as `true` or `false`; None and NaN are
    empty. Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers never do.
    """
    return "".join(_line(line) for line in (columns, *rows)).encode("utf-8", "backslashreplace")


def _line(values: Sequence[Value]) -> str:
    fields = [_field(value) for value in values]
    # A line with nothing on it would be no row at all.
    return ",".join(['""'] if fields == [""] else fields) + "\n"


def _field(value: Value) -> str:
    text = _text(value)
    return '"' + text.replace('"', '""') + '"' if SPECIAL.search(text) else text


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            # Not `repr(value)`: NumPy's floats are floats, and put their type's name around the digits.
            return "" if math.isnan(value) else float.__repr__(value)
        case str():
            return f"'{value}" if FORMULA.match(value) and not NUMERAL.fullmatch(value) else value
        case _:
            return str(value)
