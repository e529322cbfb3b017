import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `own_code`, which jobs import by its name as well

from ablate.programs import Given
from ablate.specs import Configuration, ProgramSpec


class Kept:
    """A journal that keeps what it is given."""

    def __init__(self):
        self.records = []

    def append(self, record):
        self.records.append(record)

    def numbers(self):
        return [(record.step, record.split.value, record.values) for record in self.records]


@pytest.fixture
def journal():
    return Kept()


@pytest.fixture
def give(tmp_path):
    """What a program is given of a trial; `python` or `command`, and settings of its own."""

    def _give(settings=None, seed=3, **program):
        spec = ProgramSpec(**program)
        directory = tmp_path / "kept"
        directory.mkdir(exist_ok=True)
        configuration = Configuration(program=spec, settings=settings or {})
        return Given(spec, configuration, seed, directory, tmp_path / "configuration.json", 2)

    return _give
