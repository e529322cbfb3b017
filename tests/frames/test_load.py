"""Opening a study from Python: quick to import, clear where it cannot be, and nothing is changed."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import made_up_study
import pytest

import ablate
from ablate.errors import AblateError, TrackingError, WorkspaceError

ROOT = Path(__file__).parents[2]


def snapshot(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_importing_the_package_loads_nothing_heavy():
    heavy = {"pandas", "numpy", "sqlalchemy", "pydantic", "torch", "mlflow", "matplotlib"}
    code = f"import sys, ablate; ablate.load, ablate.studies; print(sorted({heavy} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "[]\n"


def test_reading_changes_no_file_and_leaves_none_behind(tmp_path):
    made_up_study.make(tmp_path, skipped=tuple(range(4, 24)))
    connection = sqlite3.connect(tmp_path / "db" / "ablate.db")
    connection.execute("PRAGMA journal_mode = DELETE")  # as a database comes that was restored from a dump
    connection.close()
    before = snapshot(tmp_path)
    results = ablate.load("small", tmp_path)
    assert len(results.curves) == 4 * 7
    assert ablate.studies(tmp_path) == ("small",)
    assert snapshot(tmp_path) == before


def test_what_was_read_later_is_of_the_same_moment(tmp_path):
    made_up_study.make(tmp_path, skipped=tuple(range(4, 24)))
    results = ablate.load("small", tmp_path)
    made_up_study.make(tmp_path)
    assert results.curves["hash"].nunique() == 2
    assert len(results.curves) == 4 * 7
    assert (results.trials["status"] == "complete").sum() == 4
    assert (ablate.load("small", tmp_path).trials["status"] == "complete").all()


def test_a_relative_place_still_leads_there_from_another_directory(place, tmp_path, monkeypatch):
    monkeypatch.chdir(place)
    here, by_url = ablate.load("small"), ablate.load("small", database="sqlite:///db/ablate.db")
    monkeypatch.chdir(tmp_path)
    assert here.curves.equals(by_url.curves)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_study_names_the_nearest(place):
    with pytest.raises(TrackingError, match=r"no study smal: did you mean small\?"):
        ablate.load("smal", place)


@pytest.mark.parametrize(
    ("where", "error", "said"),
    [
        ({"workspace": "empty"}, WorkspaceError, "no database yet; run a study first"),
        ({"workspace": "nowhere"}, WorkspaceError, "workspace nowhere: there is no such directory"),
        ({"database": "sqlite:///nowhere/a.db"}, TrackingError, "no tracking database there"),
        ({"database": "sqlite:///:memory:"}, TrackingError, "an empty database"),
        ({"database": "sqlite:///notes.txt"}, TrackingError, "not an SQLite database"),
        ({"database": "sqlite:///other.db"}, TrackingError, "the database of another program"),
        ({"database": "sqlite:///old.db"}, TrackingError, r"older .*revision 0002.*`ablate status` upgrades it"),
        ({"database": "sqlite:///new.db"}, TrackingError, "newer than this program"),
        ({"database": "user:secret@host"}, AblateError, "host: not a database URL"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line_and_nothing_is_made(tmp_path, monkeypatch, where, error, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no database at all " * 100)
    for name, table in (
        ("other", "mine (a)"),
        ("old", "ablate_version (version_num)"),
        ("new", "ablate_version (version_num)"),
    ):
        connection = sqlite3.connect(tmp_path / f"{name}.db")
        connection.execute(f"CREATE TABLE {table}")
        if name != "other":
            connection.execute("INSERT INTO ablate_version VALUES (?)", ("0002" if name == "old" else "9999",))
        connection.commit()
        connection.close()
    before = snapshot(tmp_path)
    with pytest.raises(error, match=said) as caught:
        ablate.load("small", **where)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert snapshot(tmp_path) == before


def test_a_database_that_went_away_is_said_when_curves_are_asked_for(place, tmp_path):
    shutil.copytree(place / "db", tmp_path / "db")
    results = ablate.load("small", tmp_path)
    shutil.rmtree(tmp_path / "db")
    with pytest.raises(TrackingError, match="no tracking database there"):
        _ = results.curves


def test_the_value_says_what_it_is_and_holds_no_address(results):
    assert repr(results) == "<study small: 8 combinations x 3 seeds, 22 of 24 trials complete>"
    with pytest.raises(AttributeError):
        results.plan = None
