import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from findings import read_findings
from place import STUDY, Place


@pytest.fixture(scope="session")
def study():
    """Eight trials of some seconds: long enough for all the kills to fall into them."""
    return STUDY.format(images=120, epochs=28, seeds=2)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, study):
    """What the study finds when nothing disturbs it."""
    root = tmp_path_factory.mktemp("undisturbed")
    place = Place(root / "workspace", root / "output", study, "--mlflow", "off")
    run = place.start()
    assert run.process.wait(timeout=200) == 0, run.said()
    findings = read_findings(place)
    assert findings.faults == ()
    return findings


@pytest.fixture
def make_place(tmp_path, study):
    """Makes places for the study, each of its own."""
    made = []

    def make():
        root = tmp_path / str(len(made))
        made.append(Place(root / "workspace", root / "output", study, "--mlflow", "off"))
        return made[-1]

    yield make
    for place in made:
        place.clean_up()


@pytest.fixture
def place(make_place):
    return make_place()
