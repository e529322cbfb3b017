"""Files as tables of text."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from ablate.errors import InputError
from ablate.importing import read_file
from ablate.specs import SourceKind


def cells(path: Path) -> list[dict[str, str]]:
    return [dict(run.cells) for run in read_file(path).runs]


def test_cells_are_as_they_are_written_and_empty_ones_are_none(write_table) -> None:
    path = write_table("adam, 0.10 ,0,,finished", "", ",,,,")
    assert cells(path) == [{"optimizer": "adam", "lr": "0.10", "seed": "0", "state": "finished"}]


def test_rows_are_numbered_as_a_spreadsheet_does(write_table) -> None:
    path = write_table("a,1,0,1,x", "", '"b\nc",1,0,1,x')
    assert [(run.place, run.cells["optimizer"]) for run in read_file(path).runs] == [("row 2", "a"), ("row 4", "b c")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_that_of_the_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "runs.csv"
    path.write_bytes(b"\xef\xbb\xbf" + delimiter.join(["lr", "acc"]).encode() + b"\r\n" + f"3{delimiter}4".encode())
    assert cells(path) == [{"lr": "3", "acc": "4"}]


def test_parquet_gives_the_cells_that_csv_gives(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"lr": [0.1, 1e-5], "n": [1, 2], "on": [True, False], "name": ["a", None], "acc": [0.125, float("nan")]}
    )
    frame.to_parquet(tmp_path / "runs.parquet", index=False)
    frame.to_csv(tmp_path / "runs.csv", index=False)
    assert cells(tmp_path / "runs.parquet") == cells(tmp_path / "runs.csv")
    sheet = read_file(tmp_path / "runs.parquet")
    assert (sheet.kind, sheet.runs[0].place) == (SourceKind.PARQUET, "row 1")


def test_a_named_index_of_a_parquet_file_is_a_column(tmp_path: Path) -> None:
    pd.DataFrame({"acc": [1.5]}, index=pd.Index([7], name="seed")).to_parquet(tmp_path / "runs.parquet")
    assert cells(tmp_path / "runs.parquet") == [{"seed": "7", "acc": "1.5"}]


def test_a_cell_may_be_longer_than_the_standard_librarys_limit(write_table) -> None:
    limit = csv.field_size_limit()
    assert len(cells(write_table(f"{'a' * 200_000},1,0,1,x"))[0]["optimizer"]) == 200_000
    assert csv.field_size_limit() == limit


WRONG = {
    "empty": (b" \n", "expected a table with a row of column names, got an empty file"),
    "names only": (b"lr,acc\n", "expected a row for every run, got column names only"),
    "not UTF-8": (b"lr,acc\n1,\xe9\n", "expected UTF-8 text, got the byte 0xe9: save it as UTF-8"),
    "UTF-16": ("lr,acc".encode("utf-16"), "expected UTF-8 text, got the byte 0xff: save it as UTF-8"),
    "binary": (b"\x01\0\x02", "expected CSV or Parquet, got something that is not text"),
    "a spreadsheet": (b"PK\x03\x04...", "expected CSV or Parquet, got a spreadsheet or an archive"),
    "a database": (b"SQLite format 3\0", "expected CSV or Parquet, got a database"),
    "half a Parquet file": (b"PAR1abcdefgh", "not a Parquet file that can be read"),
    "too few cells": (b"lr,acc\n1\n", "row 2: expected 2 cells as the header has, got 1"),
    "too many cells": (b"lr,acc\n1,2,3\n", "row 2: expected 2 cells as the header has, got 3"),
    "an open quote": (b'lr,acc\n1,"2\n', "not a CSV file: row 2: unexpected end of data"),
    "a name twice": (b"lr,acc,lr\n1,2,3\n", "two columns are called lr: give every column a name of its own"),
    "no name twice": (b",acc,\n1,2,3\n", "two columns are called nothing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    content, message = WRONG[name]
    (tmp_path / "runs.csv").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_file(tmp_path / "runs.csv")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_there_or_is_a_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_file(tmp_path / "none.csv")
    with pytest.raises(InputError, match="got a directory"):
        read_file(tmp_path)
