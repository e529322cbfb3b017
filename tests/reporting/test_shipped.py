"""The reports that ship are what the program writes of the data that they were written from."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ablate.reporting import write_report
from ablate.tracking.store import Store

SHIPPED = Path(__file__).parent / "shipped"
STUDIES = sorted(path.name.removesuffix(".sql.gz") for path in SHIPPED.glob("*.sql.gz"))


def restore(study: str, database: Path) -> None:
    spec = importlib.util.spec_from_file_location("keep", SHIPPED / "keep.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.restore(study, database)


@pytest.fixture(scope="module", params=STUDIES)
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, committed_reports: Path
) -> tuple[Path, Path]:
    """The directory of a committed report, and one in which it was written again."""
    place = tmp_path_factory.mktemp(request.param)
    restore(request.param, place / "ablate.db")
    with Store.open(f"sqlite:///{place / 'ablate.db'}") as store:
        write_report(store, request.param, place / "report")
    return committed_reports / request.param, place / "report"


def files(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def test_of_every_report_that_ships_the_data_is_kept(committed_reports: Path) -> None:
    assert sorted(path.name for path in committed_reports.iterdir()) == STUDIES


def test_the_same_files_are_there(written: tuple[Path, Path]) -> None:
    committed, again = written
    assert files(committed) == files(again)


def test_words_and_tables_are_the_same_to_the_byte(written: tuple[Path, Path]) -> None:
    committed, again = written
    for name in sorted(files(again)):
        if name.endswith((".md", ".tex")):
            assert (again / name).read_text() == (committed / name).read_text(), name


def test_numbers_are_the_same_but_for_what_a_processor_rounds(written: tuple[Path, Path]) -> None:
    committed, again = written
    assert_alike(*(json.loads((place / "report.json").read_text()) for place in (committed, again)), "$")


def test_pictures_show_the_same(written: tuple[Path, Path]) -> None:
    committed, again = written
    for name in sorted(name for name in files(again) if name.endswith(".png")):
        one, other = (np.asarray(Image.open(place / name).convert("RGB")).astype(float) for place in (committed, again))
        assert one.shape == other.shape, name
        assert np.abs(one - other).mean() < 0.5, name


def assert_alike(one: Any, other: Any, place: str) -> None:
    if isinstance(one, dict):
        assert list(one) == list(other), place
        for name in one:
            assert_alike(one[name], other[name], f"{place}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), place
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_alike(a, b, f"{place}[{number}]")
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-9, abs=1e-12), place
    else:
        assert one == other, place
