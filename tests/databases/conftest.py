"""Commands given within this process, which is quick, and what they print."""

from __future__ import annotations

import sys

import pytest
from commands import IMPORT, TABLE, Command, Done

from ablate.cli import main
from ablate.tracking import migrate


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A workspace with a table of runs to import."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "runs.csv").write_text(TABLE)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def command(capsys, monkeypatch) -> Command:
    def given(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["ablate", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return given


@pytest.fixture
def import_runs(command) -> Command:
    """Import the table into the database at a URL, with or without its report."""

    def given(url: str, *more: str) -> Done:
        return command(*IMPORT, "--database", url, *(more or ("--no-report",)))

    return given


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(migrate, "OPENING_PATIENCE_SECONDS", 0.2)
