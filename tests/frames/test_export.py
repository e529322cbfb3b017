"""Exports: what was written reads back to the bit, is written again to the byte, and spares what is others'."""

import csv
import io
import json

import made_up_study
import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

import ablate
from ablate.errors import InputError
from ablate.frames.files import Form, csv_bytes, parquet_bytes
from ablate.frames.placing import export

NAMES = ("trials", "curves", "comparisons", "switches")


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture(scope="module")
def written(results, tmp_path_factory):
    """One directory with every form of the study."""
    place = tmp_path_factory.mktemp("export") / "new" / "folder"
    export(results, dict.fromkeys(Form, place))
    return place


def test_every_frame_and_table_is_a_file(written):
    tables = {f"{name}.tex" for name in ("comparison", "switches", "effects", "interactions", "variance")}
    frames = {f"{name}.{form}" for name in NAMES for form in ("csv", "parquet")}
    names = {path.name for path in written.iterdir()}
    assert frames | {"export.json"} <= names <= frames | tables | {"export.json"}
    assert {"comparison.tex", "switches.tex"} < names
    assert "\\toprule" in (written / "comparison.tex").read_text()
    assert set(json.loads((written / "export.json").read_text())["files"]) == names - {"export.json"}


@pytest.mark.parametrize("name", NAMES)
def test_csv_brings_back_the_same_numbers_to_the_bit(results, written, name):
    frame = getattr(results, name)
    with (written / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(frame.columns)
    assert len(rows) == len(frame)
    for column, cells in zip(header, zip(*rows, strict=True), strict=True):
        for cell, own in zip(cells, frame[column].tolist(), strict=True):
            if pd.isna(own):
                assert cell == ""
            elif isinstance(own, bool):
                assert cell == str(own).lower()
            else:
                assert (float(cell) if isinstance(own, float) else type(own)(cell)) == own


@pytest.mark.parametrize("name", NAMES)
def test_parquet_brings_back_the_frame_with_its_types(results, written, name):
    pd.testing.assert_frame_equal(pd.read_parquet(written / f"{name}.parquet"), getattr(results, name))


def test_parquet_names_no_version_of_what_wrote_it(written):
    about = json.loads(parquet.read_schema(written / "trials.parquet").metadata[b"pandas"])
    assert not {"creator", "pandas_version"} & set(about)
    assert pd.__version__.encode() not in (written / "trials.parquet").read_bytes()


def test_text_that_a_spreadsheet_would_run_is_text():
    frame = pd.DataFrame({"=a": ["=1+1", "-1", "é\u2028\n,"], "b": [-1.5, np.nan, np.inf]})
    assert csv_bytes(frame).decode() == "'=a,b\n'=1+1,-1.5\n-1,\n\"é\u2028\n,\",inf\n"
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(parquet_bytes(frame))), frame)


def test_the_same_database_gives_the_same_bytes(place, written, tmp_path):
    export(ablate.load("small", place), dict.fromkeys(Form, tmp_path))
    assert contents(tmp_path) == contents(written)
    times = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    export(ablate.load("small", place), {Form.CSV: tmp_path})
    assert contents(tmp_path) == contents(written)
    assert times != {path: path.stat().st_ino for path in tmp_path.iterdir()}  # it was written, aside and moved


def test_what_no_export_wrote_is_never_overwritten_and_then_nothing_is_written(results, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "curves.parquet").write_text("mine")
    with pytest.raises(InputError, match=r"curves.parquet: there already, and no export of this study wrote it"):
        export(results, {Form.CSV: tmp_path / "a", Form.PARQUET: tmp_path / "b"})
    assert not (tmp_path / "a").exists()
    assert contents(tmp_path / "b") == {"curves.parquet": b"mine"}
    (tmp_path / "b" / "notes.txt").write_text("mine too")
    export(results, {Form.CSV: tmp_path / "b"})
    assert (tmp_path / "b" / "notes.txt").read_text() == "mine too"
    assert (tmp_path / "b" / "curves.parquet").read_text() == "mine"


@pytest.mark.parametrize("record", ["", "[]", '{"files": []}', '{"study": "other", "files": ["trials.csv"]}', "\xff"])
def test_a_directory_of_another_study_or_program_is_left_alone(results, tmp_path, record):
    (tmp_path / "export.json").write_text(record, encoding="latin-1")
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"not the record of an export|holds the export of study other, not of small"):
        export(results, {Form.CSV: tmp_path})
    assert contents(tmp_path) == before


def test_a_file_is_no_directory(results, tmp_path):
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(InputError, match="expected a directory to export into, this is a file"):
        export(results, {Form.CSV: tmp_path / "out.csv"})


def test_what_the_study_no_longer_has_goes_and_nothing_else_that_a_record_names(results, tmp_path):
    made_up_study.make(tmp_path, made_up_study.STUDY + made_up_study.TUNE, skipped=tuple(range(24)))
    out = tmp_path / "deep" / "out"
    export(ablate.load("small", tmp_path), {Form.CSV: out, Form.PARQUET: out})
    assert (out / "tuning.csv").exists()
    (tmp_path / "deep" / "precious").write_text("mine")
    record = json.loads((out / "export.json").read_text())
    record["files"] += ["../precious", "notes.txt"]
    (out / "export.json").write_text(json.dumps(record))
    (out / "notes.txt").write_text("mine")
    export(results, {Form.CSV: out})
    assert not (out / "tuning.csv").exists()
    assert (out / "tuning.parquet").exists()
    assert (tmp_path / "deep" / "precious").exists()
    assert (out / "notes.txt").exists()
    kept = set(json.loads((out / "export.json").read_text())["files"])
    assert kept == {f"{name}.{form}" for name in NAMES for form in ("csv", "parquet")} | {"tuning.parquet"}


def test_an_export_that_was_killed_between_its_files_goes_on(results, tmp_path, monkeypatch):
    moved = []
    replace = type(tmp_path).replace

    def die_at_the_third(path, target):
        if len(moved) == 2:
            raise KeyboardInterrupt
        moved.append(target.name)
        return replace(path, target)

    monkeypatch.setattr(type(tmp_path), "replace", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        export(results, {Form.CSV: tmp_path})
    monkeypatch.undo()
    assert moved == ["export.json", "trials.csv"]
    export(results, {Form.CSV: tmp_path})
    assert {f"{name}.csv" for name in NAMES} < contents(tmp_path).keys()
