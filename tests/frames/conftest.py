"""A small workspace, made once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import made_up_study

import ablate


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A workspace with the study `small`: its second trial failed, its third never ran."""
    root = tmp_path_factory.mktemp("frames")
    made_up_study.make(root, failed=(1,), skipped=(2,))
    return root


@pytest.fixture(scope="session")
def results(place):
    """The study as it was loaded from there."""
    return ablate.load("small", place)
