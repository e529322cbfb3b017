"""Small tables of runs, and a store to import them into."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ablate.importing import Account, Request, import_runs, read_file
from ablate.tracking.connection import connect
from ablate.tracking.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from tables import HEADER, WANTED

WriteTable = Callable[..., Path]
ImportTable = Callable[..., Account]


@pytest.fixture
def write_table(tmp_path: Path) -> WriteTable:
    """A CSV file of these rows."""

    def write(*rows: str, header: str = HEADER, name: str = "runs.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'ablate.db')}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with Store(connect(database_url)) as opened:
        yield opened


@pytest.fixture
def import_table(store: Store, write_table: WriteTable) -> ImportTable:
    """Import rows as a request says."""

    def done(*rows: str, request: Request = WANTED, header: str = HEADER) -> Account:
        return import_runs(read_file(write_table(*rows, header=header)), request, store)

    return done
