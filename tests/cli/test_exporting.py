"""`ablate export` as a user types it."""

import optuna
import pytest
from shell import ablate

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
tune:
  training.learning_rate: {low: 0.001, high: 0.1, log: true}
  trials: 2
  sampler: random
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace in which a small study that tunes was run and exported, and what the export printed."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "small.yaml").write_text(STUDY)
    done = ablate("run", "small.yaml", "--mlflow", "off", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    exported = ablate("export", "small", "--optuna", "sqlite:///optuna.db", cwd=root)
    assert exported.returncode == 0, exported.stdout + exported.stderr
    return root, exported


def test_export_says_what_it_wrote_and_how_to_look_at_it(place):
    _, done = place
    lines = done.stdout.strip().splitlines()
    assert lines[0] == "small: 2 trials, 2 new"
    assert lines[1].startswith("small/spatial (")
    assert lines[2].startswith("small/head (")
    assert [line.partition(": ")[2] for line in lines[1:3]] == ["2 trials, 2 new"] * 2
    assert lines[3].endswith("optuna-dashboard sqlite:///optuna.db")
    assert done.stderr == ""


def test_what_was_exported_is_what_the_database_holds(place):
    root, _ = place
    storage = optuna.storages.RDBStorage(f"sqlite:///{root / 'optuna.db'}")
    rows = optuna.load_study(study_name="small", storage=storage).trials
    assert [(row.params["model.layer.sharing"], row.params["seed"]) for row in rows] == [("spatial", 0), ("head", 0)]
    for row in rows:
        assert row.user_attrs["combination"] == row.params["model.layer.sharing"]
        assert row.user_attrs["attempts"] == 1
        assert row.user_attrs["training_seconds"] > 0
        assert sorted(row.intermediate_values) == [1, 2]
        assert 0 <= row.value <= 1
        assert row.datetime_start < row.datetime_complete
    tries = next(name for name in optuna.get_all_study_names(storage) if name.startswith("small/head"))
    rows = optuna.load_study(study_name=tries, storage=storage).trials
    assert [row.value for row in rows] == [row.intermediate_values[2] for row in rows]  # judged on validation images
    assert all(0.001 <= row.params["training.learning_rate"] <= 0.1 for row in rows)


def test_exporting_again_adds_nothing(place):
    root, _ = place
    done = ablate("export", "small.yaml", "--optuna", "sqlite:///optuna.db", cwd=root)
    assert [line.rpartition(", ")[2] for line in done.stdout.splitlines()[:3]] == ["0 new"] * 3


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("sqlite:///db/ablate.db", "that file is the tracking database's or MLflow's"),
        ("sqlite:///db/../db/mlflow.db", "that file is the tracking database's or MLflow's"),
        ("sqlite://", "got a database in memory"),
        ("optuna.db", "or a journal as optuna.log"),
        ("sqlite:///nowhere/optuna.db", "unable to open database file"),
        ("mysql+nonsense://user:secret@host/db", "Can't load plugin"),
        ("user:secret@host://x", "host://x: not a database URL"),
        ("user:secret@host/db", "host/db: expected a URL as sqlite:///optuna.db"),
    ],
)
def test_what_cannot_hold_an_export_is_one_clear_line_without_credentials(place, target, said):
    root, _ = place
    done = ablate("export", "small", "--optuna", target, cwd=root)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stdout + done.stderr
    assert not (root / "db" / "mlflow.db").exists()


def test_without_a_target_the_formats_are_named(place):
    root, _ = place
    done = ablate("export", "small", cwd=root)
    assert done.returncode == 2
    assert all(option in done.stderr for option in ("--csv", "--parquet", "--latex", "--optuna"))


def test_several_forms_are_written_at_once_where_they_are_asked_for(place, tmp_path):
    root, _ = place
    before = sorted(root.rglob("*"))
    targets = ["--csv", tmp_path / "out", "--parquet", tmp_path / "out", "--latex", tmp_path / "tex"]
    done = ablate("export", "small.yaml", *targets, "--optuna", f"sqlite:///{tmp_path}/optuna.db", cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    first, second, *others = done.stdout.splitlines()
    assert first.startswith(
        f"{tmp_path / 'out'}: trials.csv, curves.csv, comparisons.csv, switches.csv, tuning.csv, tr"
    )
    assert second.startswith(f"{tmp_path / 'tex'}: comparison.tex, switches.tex")
    assert others[0] == "small: 2 trials, 2 new"
    assert (tmp_path / "out" / "tuning.parquet").exists()
    assert sorted(root.rglob("*")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["optuna.db", "out", "tex"]


def test_a_file_in_the_way_is_one_clear_line(place, tmp_path):
    root, _ = place
    (tmp_path / "trials.csv").touch()
    done = ablate("export", "small", "--csv", tmp_path, cwd=root)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {tmp_path / 'trials.csv'}: there already")
    assert len(done.stderr.splitlines()) == 1
