"""Rows as CSV: what was put in comes out, and nothing runs."""

from __future__ import annotations

import csv
import io
import math
import random
import struct

import numpy as np
import pytest

from ablate.reporting.forms.spreadsheet import spreadsheet

HOSTILE = 'a,b;"c"\t\r\n\n=+-@\'éß中🙂\x00\\ '


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def test_the_file_is_plain_to_the_eye() -> None:
    content = spreadsheet(["level", "n", "mean"], [["a", 5, 0.1], ["b, c", None, math.nan], ['"d"', True, -math.inf]])
    assert content == b'level,n,mean\na,5,0.1\n"b, c",,\n"""d""",true,-inf\n'


def test_every_text_comes_back_but_for_the_apostrophe_of_a_formula(chance: random.Random) -> None:
    rows = [["".join(chance.choices(HOSTILE, k=chance.randrange(6))) for _ in range(3)] for _ in range(300)]
    for row, found in zip(rows, read(spreadsheet(rows[0], rows))[1:], strict=True):
        for text, came in zip(row, found, strict=True):
            assert came in (text, "'" + text)
            assert not came or came[0] not in "=+-@\t\r"


def test_every_float_comes_back_with_the_same_bits(chance: random.Random) -> None:
    drawn = (struct.unpack("<d", chance.randbytes(8))[0] for _ in range(300))
    values = [value for value in drawn if not math.isnan(value)] + [-0.0, 5e-324, 1e22, math.inf, 0.1 + 0.2]
    found = read(spreadsheet(["value"], [[value] for value in values]))[1:]
    assert [struct.pack("<d", float(text)) for (text,) in found] == [struct.pack("<d", value) for value in values]


def test_numbers_of_numpy_are_numbers() -> None:
    assert spreadsheet(["a", "b"], [[np.float64(-0.5), np.float64("nan")]]) == b"a,b\n-0.5,\n"


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "-2e", "+"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert read(spreadsheet([text], [[text]])) == [["'" + text], ["'" + text]]


@pytest.mark.parametrize("value", [-1, -0.5, "-1", "+0.5", "-1e-3", "a=b", "'=a", " =a"])
def test_numbers_and_other_text_stay_as_they_are(value: str | float) -> None:
    assert read(spreadsheet(["a"], [[value]]))[1] == [str(value)]


def test_a_separator_of_another_language_opens_no_cell() -> None:
    assert spreadsheet(["a"], [["x;=1+1"]]) == b'a\n"x;=1+1"\n'


def test_a_row_without_a_value_is_still_a_row() -> None:
    assert read(spreadsheet(["a"], [[None], [1]])) == [["a"], [""], ["1"]]


def test_half_a_character_ends_no_report() -> None:
    assert spreadsheet(["a"], [["\ud800"]]) == b"a\n\\ud800\n"
