"""`ablate rebuild` as a user types it: the database is made anew beside the old one, which is kept."""

import contextlib
import sqlite3

import pytest
from filelock import FileLock
from scripted import Listener, ScriptedExecutor
from typer.testing import CliRunner

from ablate.cli.main import app
from ablate.errors import AblateError
from ablate.jobs.journal import METRICS
from ablate.orchestrate import run_study
from ablate.study.load import load_plan
from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY = """
name: small
question: Which is better?
model: {widths: [6], depths: [1], layer: {window: 3, heads: 2}}
data: {training_images: 40}
training: {epochs: 2, batch_size: 20, warmup_epochs: 0, learning_rate: 0.01}
factors:
  model.layer.sharing: [spatial, head]
baseline: {model.layer.sharing: head}
seeds: 1
"""
RUNS = "rate,seed,loss\n0.1,0,1.5\n0.2,0,1.25\n"
IMPORT = ("import", "runs.csv", "--name", "elsewhere", "--factor", "rate", "--seed", "seed", "--minimize", "loss")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with a study that ran, one that was imported, and the files of its database."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "small.yaml").write_text(STUDY)
    (root / "runs.csv").write_text(RUNS)
    workspace = Workspace(root)
    with Store.open(workspace.database_url) as store:
        plan = load_plan(root / "small.yaml")
        run_study(plan, store, workspace, ScriptedExecutor, Listener(), lambda: None)
    with contextlib.chdir(root):
        assert CliRunner().invoke(app, [*IMPORT, "--no-report"]).exit_code == 0
    return root, workspace.database.read_bytes()


@pytest.fixture
def place(made, monkeypatch):
    """The workspace with the database that the runs left, and nothing else of other tests."""
    root, database = made
    workspace = Workspace(root)
    for file in (root / "db").glob("ablate.db*"):
        file.unlink()
    workspace.database.write_bytes(database)
    monkeypatch.chdir(root)
    return workspace


def rebuild(*arguments):
    return CliRunner().invoke(app, ["rebuild", *arguments])


def names(place):
    return sorted(path.name for path in place.database.parent.glob("ablate.db*"))


def scores(place):
    with Store.open(place.database_url) as store:
        return {study: [trial.scores for trial in store.trials(study)] for study in store.study_names()}


def test_everything_is_there_again_and_the_old_file_is_kept(place):
    before, old = scores(place), place.database.read_bytes()
    done = rebuild()
    assert done.exit_code == 0, done.output
    assert "small: 2 trials, 2 attempts, " in done.output
    assert "elsewhere: kept as it was, 2 trials, 2 attempts, 2 metric rows (imported from runs.csv" in done.output
    assert f"{place.database} is new; the old one is kept as {place.database}.1.bak" in done.output
    assert names(place) == ["ablate.db", "ablate.db.1.bak"]
    assert place.database.with_name("ablate.db.1.bak").read_bytes() == old
    assert scores(place) == before
    assert rebuild("small").exit_code == 0
    assert names(place) == ["ablate.db", "ablate.db.1.bak", "ablate.db.2.bak"]


def test_without_a_database_what_has_journals_comes_back_and_imports_are_named(place):
    before = scores(place)
    place.database.unlink()
    done = rebuild()
    assert done.exit_code == 1
    assert "there was none before" in done.output
    assert "elsewhere: not in the database (imported from runs.csv: to have it anew, ablate import it again)" in (
        done.output
    )
    assert scores(place) == {"small": before["small"]}


@pytest.mark.parametrize("harm", ["cut", "scribbled", "nonsense", "empty"])
def test_a_database_that_cannot_be_read_is_kept_byte_by_byte(place, harm):
    before, whole = scores(place), place.database.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:middle],
        "scribbled": whole[:4096] + b"\x5a" * (len(whole) - 4096),
        "nonsense": b"nonsense" * 1000,
        "empty": b"",
    }[harm]
    place.database.write_bytes(damaged)
    done = rebuild("small")
    assert done.exit_code == (0 if harm == "empty" else 1), done.output
    assert ("cannot be read" in done.output) == (harm != "empty")
    assert scores(place)["small"] == before["small"]
    assert place.database.with_name("ablate.db.1.bak").read_bytes() == damaged


def test_what_the_old_database_had_not_taken_into_its_file_yet_is_not_taken_for_part_of_the_new_one(place):
    before = scores(place)
    connection = sqlite3.connect(place.database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("UPDATE studies SET question = 'Changed?'")
    connection.commit()
    assert place.database.with_name("ablate.db-wal").stat().st_size
    assert rebuild().exit_code == 0
    connection.close()
    assert scores(place) == before
    with Store.open(place.database_url) as store:
        assert store.spec("small").question == "Which is better?"
    with sqlite3.connect(place.database.with_name("ablate.db.1.bak")) as old:
        assert "Changed?" in {row[0] for row in old.execute("SELECT question FROM studies")}
    old.close()


def test_a_damaged_line_is_named_with_its_place_and_the_exit_code_is_one(place):
    (path, *_) = sorted(place.study_runs("small").glob(f"*/001/{METRICS}"))
    text = path.read_bytes()
    try:
        path.write_bytes(b"\0" * 9 + text[9:])
        done = rebuild()
    finally:
        path.write_bytes(text)
    assert done.exit_code == 1
    assert "small: 2 trials, 2 attempts, " in done.output
    assert "1 damaged line" in done.output
    assert f"  left out: {path}:1: is not a MetricRecord" in done.output


def test_while_a_run_holds_a_study_nothing_is_touched(place):
    with FileLock(place.study_lock("small")):
        done = rebuild()
    assert isinstance(done.exception, AblateError)
    assert "study small is being run by" in str(done.exception)
    assert names(place) == ["ablate.db"]


def test_a_rebuild_that_is_cut_off_leaves_the_old_database_and_the_next_one_begins_anew(place, monkeypatch):
    old = place.database.read_bytes()

    def cut(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("ablate.cli.rebuilding.rebuild_study", cut)
    rebuild()
    assert names(place) == ["ablate.db"]
    assert place.database.read_bytes() == old
    monkeypatch.undo()
    monkeypatch.chdir(place.root)
    place.database.with_name("ablate.db.rebuilding").write_text("what a kill left")
    assert rebuild().exit_code == 0
    assert names(place) == ["ablate.db", "ablate.db.1.bak"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("smal",), "did you mean small?"),
        (("--database", "sqlite://"), "a database in memory cannot be rebuilt"),
        (("--database", "nonsense"), "not a database URL"),
        (("--workspace", "nowhere"), "--workspace nowhere: there is no such directory"),
    ],
)
def test_bad_input_is_said_and_changes_nothing(place, arguments, message):
    old = place.database.read_bytes()
    done = rebuild(*arguments)
    assert isinstance(done.exception, AblateError)
    assert message in str(done.exception)
    assert names(place) == ["ablate.db"]
    assert place.database.read_bytes() == old


def test_an_empty_workspace_has_nothing_to_rebuild(tmp_path):
    done = rebuild("--workspace", str(tmp_path))
    assert "nothing to rebuild" in str(done.exception)
    assert list(tmp_path.iterdir()) == []
