"""Frames as the bytes of files: the same study gives the same bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from enum import StrEnum
from typing import assert_never

import pandas as pd

from ablate.frames.study_frames import StudyFrames
from ablate.reporting.codes import find_codes
from ablate.reporting.forms.spreadsheet import Value, spreadsheet
from ablate.reporting.marks import mark
from ablate.reporting.numerals import choose_scale
from ablate.reporting.typeset import NAMES as TYPESET
from ablate.reporting.typeset import typeset_tables

FRAMES = ("trials", "curves", "comparisons", "switches", "tuning")


class Form(StrEnum):
    """What files are written as, by the end of their names."""

    CSV = "csv"
    PARQUET = "parquet"
    LATEX = "tex"

    @property
    def possible(self) -> frozenset[str]:
        """Every file that an export may have in this form."""
        return frozenset(f"{name}.{self.value}" for name in (TYPESET if self is Form.LATEX else FRAMES))


def write_bytes(frames: StudyFrames, form: Form) -> dict[str, bytes]:
    """The files of a study in one form, by their names.

    CSV and Parquet hold every frame (`tuning` where the study tunes), LaTeX the tables of the report that have rows.
    """
    match form:
        case Form.CSV:
            return _each(frames, form, csv_bytes)
        case Form.PARQUET:
            return _each(frames, form, parquet_bytes)
        case Form.LATEX:
            findings = frames.findings
            scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
            tables = typeset_tables(findings, scale, mark(findings, find_codes(findings)))
            return {f"{name}.{form.value}": table.encode() for name, table in tables.items()}
        case _:
            assert_never(form)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """As `spreadsheet` writes rows: floats bring back the same bits, what is missing is empty, formulas are text."""
    columns = [_cells(frame[name]) for name in frame.columns]
    return spreadsheet(list(frame.columns), list(zip(*columns, strict=True)))


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """With pandas' types, and without the versions of pandas and pyarrow that wrote it.

    The footer still names the version of Arrow's library, which Parquet wants to know.
    """
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pandas(frame, preserve_index=False)
    about = json.loads(table.schema.metadata[b"pandas"])
    kept = {name: value for name, value in about.items() if name not in ("creator", "pandas_version")}
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"pandas": json.dumps(kept)}), file)
    return file.getvalue()


def _each(frames: StudyFrames, form: Form, write: Callable[[pd.DataFrame], bytes]) -> dict[str, bytes]:
    names = [name for name in FRAMES if name != "tuning" or frames.study.tune]
    return {f"{name}.{form.value}": write(getattr(frames, name)) for name in names}


def _cells(column: pd.Series) -> list[Value]:
    """Python's own values, None where one is missing."""
    cells: list[Value] = column.astype(object).where(column.notna(), None).tolist()
    return cells
