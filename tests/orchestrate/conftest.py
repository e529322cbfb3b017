import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scripted import Listener, ScriptedExecutor, complete

from ablate.orchestrate import run_study
from ablate.specs import Configuration, DataSpec, Factor, Level, StudySpec
from ablate.study.design import plan
from ablate.tracking.store import Store
from ablate.workspace import Workspace

WINDOW, HEADS = "model.layer.window", "model.layer.heads"


def study(seeds=3, windows=(3, 5)):
    """A study of windows x heads (1 and 2) around the default configuration."""
    factors = tuple(
        Factor(name=path, levels=tuple(Level(label=str(value), settings={path: value}) for value in values))
        for path, values in ((WINDOW, windows), (HEADS, (1, 2)))
    )
    return StudySpec(
        name="tested",
        question="?",
        base=Configuration(data=DataSpec(training_images=50)),
        factors=factors,
        baseline={WINDOW: "3", HEADS: "1"},
        seeds=tuple(range(seeds)),
    )


class Bench:
    """A workspace and a store, in it or at a URL, and runs of a study in them by scripted jobs."""

    def __init__(self, root, url=None):
        self.workspace = Workspace(root)
        self.store = Store.open(url or self.workspace.database_url)
        self.mirrored = 0

    def run(self, script=complete, spec=None, executor=None, **options):
        executor = executor or ScriptedExecutor(script)
        listener = Listener()
        planned = plan(spec or study())
        outcome = run_study(planned, self.store, self.workspace, lambda: executor, listener, self.mirror, **options)
        return outcome, executor, listener

    def lose_database(self):
        """Delete the database and open an empty one; the journals stay."""
        self.store.close()
        for file in (self.workspace.root / "db").glob("ablate.db*"):
            file.unlink()
        self.store = Store.open(self.workspace.database_url)

    def mirror(self):
        self.mirrored += 1

    def attempt_directory(self, trial, number):
        return self.workspace.attempt_directory("tested", trial, number)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


@pytest.fixture
def make_bench(tmp_path):
    """Benches by name, each with a database of its own at a URL."""
    made = []

    def make(name, url):
        (tmp_path / name).mkdir()
        made.append(Bench(tmp_path / name, url))
        return made[-1]

    yield make
    for bench in made:
        bench.store.close()


@pytest.fixture
def make_study():
    return study
