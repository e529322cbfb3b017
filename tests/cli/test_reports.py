"""A report is written whatever the database takes, and what it claims is kept where it can be."""

import hashlib
import sqlite3
from contextlib import closing

import pytest

import ablate.reporting
from ablate.cli.reports import write_report
from ablate.specs import Direction, Factor, Level, Split, StudySpec
from ablate.study.design import plan
from ablate.tracking.claims import Claims
from ablate.tracking.store import Store

WINDOW = "model.layer.window"


def claims_of(content):
    return Claims(
        digest=hashlib.sha256(content).hexdigest(),
        question="?",
        metric="accuracy",
        split=Split.TEST,
        direction=Direction.MAXIMIZE,
        family=1,
        planned=4,
        complete=0,
        answer="Nothing yet.",
        comparisons=(),
    )


@pytest.fixture
def content(monkeypatch):
    """What reports say: they are written without pictures, and can be changed."""
    content = bytearray(b"first")

    def publish(store, study, directory):
        directory.mkdir(exist_ok=True)
        (directory / "report.md").write_bytes(content)
        return claims_of(bytes(content))

    monkeypatch.setattr(ablate.reporting, "publish", publish)
    return content


@pytest.fixture
def database(tmp_path):
    levels = tuple(Level(label=str(window), settings={WINDOW: window}) for window in (3, 5))
    factor = Factor(name=WINDOW, levels=levels)
    study = StudySpec(name="small", question="?", factors=(factor,), baseline={WINDOW: "3"}, seeds=(0, 1))
    with Store.open(f"sqlite:///{tmp_path / 'ablate.db'}") as store:
        store.record_plan(plan(study))
    return tmp_path / "ablate.db"


def write(url, directory):
    said = []
    with Store.open(url) as store:
        path = write_report(store, "small", directory, said.append)
    return path, said


def answers(database):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT digest, version FROM reports ORDER BY id").fetchall()


def test_what_each_report_claims_is_kept_once(content, database, tmp_path):
    for text in (b"first", b"first", b"second"):
        content[:] = text
        path, said = write(f"sqlite:///{database}", tmp_path / "report")
        assert (path.read_bytes(), said) == (text, [])
    assert [row[0] for row in answers(database)] == [hashlib.sha256(text).hexdigest() for text in (b"first", b"second")]


def test_a_database_that_cannot_be_written_costs_one_line_and_not_the_report(content, database, tmp_path):
    path, said = write(f"sqlite:///file:{database}?mode=ro&uri=true", tmp_path / "report")
    assert path.read_bytes() == b"first"
    (line,) = said
    assert line.startswith("note: the report is written, what it claims is not recorded: ")
    assert "cannot be written" in line
    assert "\n" not in line
    assert answers(database) == []


def test_of_a_report_that_is_known_nothing_is_said_though_the_database_cannot_be_written(content, database, tmp_path):
    write(f"sqlite:///{database}", tmp_path / "report")
    _, said = write(f"sqlite:///file:{database}?mode=ro&uri=true", tmp_path / "report")
    assert said == []
