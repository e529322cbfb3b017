"""CSV and Parquet files as sheets; what Weights & Biases exports is recognised by its columns."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ablate.errors import InputError
from ablate.importing import wandb
from ablate.importing.sheet import Run, Sheet, cell
from ablate.specs import SourceKind

DELIMITERS = (",", ";", "\t")
LONGEST_CELL = 2**24
"""Characters; the standard library's limit is less than one run's summary may have in an export."""

FOREIGN = {b"PK\x03\x04": "a spreadsheet or an archive", b"SQLite format 3": "a database", b"\x1f\x8b": "compressed"}


def read_file(path: Path) -> Sheet:
    """The table in a file, every cell as it is written.

    Raises:
        InputError: there is no such file, it is no table, or it has no rows.
    """
    if path.is_dir():
        raise InputError(f"{path}: expected a CSV or Parquet file, got a directory; one of MLflow's is --mlflow {path}")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    content = path.read_bytes()
    if not content.strip():
        raise InputError(f"{path}: expected a table with a row of column names, got an empty file")
    is_parquet = content.startswith(b"PAR1")
    header, rows = _read_parquet(path) if is_parquet else _read_csv(path, content)
    columns = [cell(name) for name in header]
    _check_columns(path, columns)
    first = 1 if is_parquet else 2  # as a spreadsheet numbers the rows of a CSV file, whose header is row 1
    runs = [
        Run(f"row {number}", {name: text for name, text in zip(columns, row, strict=True) if name and text})
        for number, row in enumerate(rows, first)
        if any(row)
    ]
    if not runs:
        raise InputError(f"{path}: expected a row for every run, got column names only")
    sheet = Sheet(
        SourceKind.PARQUET if is_parquet else SourceKind.CSV,
        path.name,
        tuple(name for name in columns if name),
        tuple(runs),
        hashlib.sha256(content).hexdigest(),
    )
    return wandb.recognise(sheet)


def _read_csv(path: Path, content: bytes) -> tuple[Sequence[str], list[list[str]]]:
    foreign = next((what for start, what in FOREIGN.items() if content.startswith(start)), None)
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # as some spreadsheets save it: told as an encoding
    if foreign or (b"\0" in content and not is_utf16):
        raise InputError(f"{path}: expected CSV or Parquet, got {foreign or 'something that is not text'}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}:{line}: expected UTF-8 text, got the byte 0x{content[error.start]:02x}: save it as UTF-8"
        ) from None
    first = text.lstrip("\n\r").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        rows = list(_lines(path, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)))
    finally:
        csv.field_size_limit(limit)
    return rows[0], rows[1:]


def _lines(path: Path, reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Rows as long as the header; blank lines stay, so that rows keep their numbers."""
    width, number = 0, 0
    try:
        for number, row in enumerate(reader, 1):
            if not width and not any(row):
                continue
            width = width or len(row)
            if len(row) > width or (row and len(row) < width):
                raise InputError(f"{path}: row {number}: expected {width} cells as the header has, got {len(row)}")
            yield [cell(text) for text in row] or [""] * width
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV file: row {number + 1}: {error}") from None


def _read_parquet(path: Path) -> tuple[Sequence[str], list[list[str]]]:
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:  # what pyarrow raises
        said = str(error).partition("\n")[0]
        raise InputError(f"{path}: not a Parquet file that can be read ({said:.200})") from None
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    columns = [
        ["" if is_absent else cell(value) for value, is_absent in zip(frame.iloc[:, place], absent, strict=True)]
        for place in range(frame.shape[1])
        for absent in [frame.iloc[:, place].isna()]
    ]
    return [str(name) for name in frame.columns], [list(row) for row in zip(*columns, strict=True)]


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    """One name may be empty: that of the row numbers that pandas writes."""
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise InputError(f"{path}: two columns are called {twice[0] or 'nothing'}: give every column a name of its own")
