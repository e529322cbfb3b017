"""`ablate reproduce`: a trial trained again is the stored one, and what is not equal is found and named."""

import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from types import SimpleNamespace

import pytest
from rich.console import Console
from shell import ablate

from ablate.cli import reproducing
from ablate.cli.choices import Exit
from ablate.cli.progress import create_display
from ablate.errors import AblateError, InputError, TrackingError
from ablate.jobs.inline import InlineExecutor
from ablate.orchestrate import run_study
from ablate.study.load import load_plan
from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY = """
name: small
question: Which is better?
model: {widths: [6], depths: [1], layer: {window: 3, heads: 2}}
data: {training_images: 40}
training: {epochs: 3, batch_size: 20, warmup_epochs: 0, optimizer: sgd}
factors:
  training.learning_rate: [0.01, 1e30]
baseline: {training.learning_rate: 0.01}
seeds: 2
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A workspace in which the small study was run once, and the names of a trial that learned and one that failed."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "small.yaml").write_text(STUDY)
    plan = load_plan(root / "small.yaml")
    with (
        Store.open(Workspace(root).database_url) as store,
        create_display(plan, Console(file=io.StringIO())) as display,
    ):
        run_study(
            plan,
            store,
            Workspace(root),
            lambda: InlineExecutor(plan.study.resources),
            display,
            lambda: None,
        )
    learned, failed = (f"{combination.hash}-s1" for combination in plan.combinations)
    return SimpleNamespace(root=root, learned=learned, failed=failed)


@pytest.fixture
def place(stored, tmp_path):
    """A copy of that workspace, to be changed."""
    shutil.copytree(stored.root, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def reproduce(monkeypatch, capsys):
    """The command within this process: the exit code and the lines that it prints."""
    monkeypatch.setattr(reproducing, "LocalExecutor", InlineExecutor)

    def call(root, trial, study=None, keep=None):
        code = reproducing.reproduce_trial(trial, study, root, None, keep)
        return code, capsys.readouterr().out.splitlines()

    return call


def change(root, statement, *values):
    """Change rows of the tracking database; returns how many."""
    with closing(sqlite3.connect(root / "db" / "ablate.db")) as connection, connection:
        return connection.execute(statement, values).rowcount


def files(root):
    """Every file with its bytes, but for what SQLite keeps beside a database."""
    found = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm")))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_a_trial_comes_out_the_same_and_leaves_nothing_behind(stored):
    before = files(stored.root)
    done = ablate("reproduce", f"small/{stored.learned[:7]}-s1", cwd=stored.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"small/{stored.learned} once more: 0.01 · seed 1, 3 epochs, CPU, 1 thread",
        "identical: all 14 numbers are equal to the bit",
    ]
    assert files(stored.root) == before
    assert not Workspace(stored.root).scratch.exists()


def test_a_number_that_was_changed_in_the_database_is_named_with_its_step(place, stored, reproduce):
    changed = change(
        place,
        """UPDATE metrics SET value = value + 0.000244140625 WHERE step = 2
           AND key_id = (SELECT id FROM metric_keys WHERE split = 'validation' AND name = 'loss')
           AND attempt_id = (SELECT a.id FROM attempts a JOIN trials t ON t.id = a.trial_id WHERE t.name = ?)""",
        stored.learned,
    )
    assert changed == 1
    code, lines = reproduce(place, stored.learned)
    assert code is Exit.INCOMPLETE
    assert lines[1:3] == [
        "not identical: 1 of 14 numbers differ, first at epoch 2 (validation loss, by 0.00024)",
        "  validation loss: 1 of 3 differ, first at epoch 2, by 0.00024 at most",
    ]
    assert "nothing that was recorded" in lines[3]
    assert "not repeatable" in lines[3]
    assert len(lines) == 4
    assert reproduce(place, stored.learned.replace("-s1", "-s0"))[0] is Exit.COMPLETE


def test_a_number_that_the_database_lost_is_missing_then(place, stored, reproduce):
    change(place, "DELETE FROM metrics WHERE step = 3 AND key_id = (SELECT min(id) FROM metric_keys)")
    code, lines = reproduce(place, stored.learned)
    assert code is Exit.INCOMPLETE
    assert "1 of 14 numbers differ, first at epoch 3 (" in lines[1]
    assert lines[1].endswith("missing then)")


def test_what_differs_in_the_environment_is_listed_then_and_now(place, stored, reproduce):
    change(
        place,
        """UPDATE environments SET packages = json_set(packages, '$.torch', '2.0.1'), code = ?,
           hardware = json_set(hardware, '$.processor', 'Fast 9000', '$.cores', 4096)""",
        "ab" * 32,
    )
    change(place, "UPDATE metrics SET value = value + 1 WHERE step = 1")
    code, lines = reproduce(place, stored.learned)
    assert code is Exit.INCOMPLETE
    listed = lines[lines.index("what differs in the environment:") + 1 :]
    assert listed[0].startswith("  code: abababababab -> ")
    assert any(line.startswith("  processor: Fast 9000 -> ") for line in listed)
    assert any(line.startswith("  torch: 2.0.1 -> ") for line in listed)
    assert listed[-2] == "what differs besides, and decides no number:"
    assert listed[-1].startswith("  cores: 4096 -> ")


def test_parameters_and_images_are_compared_too(place, stored, reproduce):
    change(place, "UPDATE attempts SET parameters = 7 WHERE is_accepted")
    change(place, "UPDATE data_splits SET fingerprint = 'f'")
    code, lines = reproduce(place, stored.learned)
    assert code is Exit.INCOMPLETE
    assert lines[1].startswith("not identical: all 14 numbers are equal to the bit; parameters 7, now ")
    assert "; images of train 40 (" in lines[1]


def test_a_failure_comes_again_with_the_numbers_before_it(place, stored, reproduce):
    code, lines = reproduce(place, stored.failed)
    assert code is Exit.COMPLETE
    assert lines[1].startswith("identical: failed (Diverged: the training loss is ")
    change(place, "UPDATE attempts SET failure_message = 'another reason' WHERE status = 'failed'")
    code, lines = reproduce(place, stored.failed)
    assert code is Exit.INCOMPLETE
    assert "it ended failed (Diverged: another reason), now failed (Diverged: the training loss is " in lines[1]


def test_the_journal_is_kept_where_it_is_asked_for(place, stored, reproduce):
    kept = place / "kept"
    code, lines = reproduce(place, stored.learned, keep=kept)
    assert (code, lines[-1]) == (Exit.COMPLETE, f"journal: {kept}")
    numbers = [
        [json.loads(line)["values"] for line in (directory / "metrics.jsonl").read_text().splitlines()]
        for directory in (kept, Workspace(place).attempt_directory("small", stored.learned, 1))
    ]
    assert numbers[0] == numbers[1]
    with pytest.raises(InputError, match="expected a directory that is empty or not there yet"):
        reproduce(place, stored.learned, keep=kept)
    assert not Workspace(place).scratch.exists()


def test_a_name_in_several_studies_needs_the_study(place, stored, reproduce):
    plan = load_plan(place / "small.yaml", (), "other")
    with Store.open(Workspace(place).database_url) as store:
        store.record_plan(plan)
    with pytest.raises(InputError, match=r"in 2 studies: say which by --study \(other, small\)"):
        reproduce(place, stored.learned)
    assert reproduce(place, stored.learned, study="small")[0] is Exit.COMPLETE
    with pytest.raises(TrackingError, match="is planned: there is nothing to compare with before it is over"):
        reproduce(place, stored.learned, study="other")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE studies SET spec = json_set(spec, '$.source', json('{}'))",
            "study small was imported: its trials cannot be run again",
        ),
        (
            "UPDATE combinations SET configuration = json_set(configuration, '$.model.layer.sharing', 'sideways')",
            "this version cannot read its configuration: model.layer.sharing: ",
        ),
        (
            "UPDATE combinations SET configuration = json_set(configuration, '$.training.impetus', 0.9)",
            "this version cannot read its configuration: training.impetus: ",
        ),
    ],
)
def test_a_trial_that_cannot_be_run_again_is_refused_in_one_line(place, stored, reproduce, statement, said):
    assert change(place, statement) >= 1
    before = files(place)
    with pytest.raises(AblateError) as error:
        reproduce(place, stored.learned)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert files(place) == before


def test_bad_input_is_one_line_and_exit_code_two(stored):
    done = ablate("reproduce", f"{stored.learned[:4]}0{stored.learned[5:]}x", cwd=stored.root)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"did you mean small/{stored.learned}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_who_interrupts_it_finds_nothing_left_behind(place, stored):
    change(place, "UPDATE combinations SET configuration = json_set(configuration, '$.training.epochs', 20000)")
    before = files(place)
    command = [sys.executable, "-W", "ignore", "-c", "from ablate.cli import main; main()", "reproduce", stored.learned]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 100
            while not (running := list(place.glob("db/scratch/*/*/001/metrics.jsonl"))) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert running
            job = int((running[0].parent / "holder").read_text())
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()  # which would else be waited for, and for long
    assert process.returncode == 130
    assert said.splitlines()[-1] == "interrupted: nothing was kept"
    assert files(place) == before
    assert not Workspace(place).scratch.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(job, 0)
