"""Studies of programs from file to database: killed or not, every trial counts once; and those that ship do run."""

from pathlib import Path

import pytest

from ablate.errors import InputError
from ablate.jobs.inline import InlineExecutor
from ablate.jobs.local import LocalExecutor
from ablate.orchestrate import run_study
from ablate.orchestrate.observer import Observer
from ablate.preflight.program import find_program_fault
from ablate.reporting import publish
from ablate.reproduction.compare import compare
from ablate.reproduction.rerun import run_again
from ablate.specs import Resources, Split
from ablate.study.load import load_plan
from ablate.tracking.records import TrialStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

ROOT = Path(__file__).parents[2]
CPU = Resources(workers=2, gpus_per_trial=0, threads_per_trial=1)

DYING = """\
question: Is anything lost, or counted twice?
program: python:own_code:goes_on
settings: {steps: 8, pause: 0.0, dies_after: 3}
factors: {settings.dies_after: [1, 5, 8]}
baseline: {settings.dies_after: 5}
seeds: 2
objective: {metric: accuracy, split: test}
"""


class Silent(Observer):
    def on_plan(self, remaining, complete, failed, slots):
        pass

    def on_start(self, trial, attempt):
        pass

    def on_metrics(self, trial, record):
        pass

    def on_end(self, trial, status, reason):
        pass

    def on_idle(self):
        pass

    def on_warning(self, message):
        pass


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def store(workspace):
    store = Store.open(workspace.database_url)
    yield store
    store.close()


def run(plan, store, workspace, executor):
    try:
        return run_study(plan, store, workspace, lambda: executor, Silent(), lambda: None)
    finally:
        executor.stop(0)


def test_every_trial_is_killed_once_goes_on_and_is_counted_once(tmp_path, store, workspace):
    file = tmp_path / "dying.yaml"
    file.write_text(DYING)
    plan = load_plan(file)
    outcome = run(plan, store, workspace, LocalExecutor(CPU))
    assert (outcome.complete, outcome.failed, outcome.remaining) == (6, 0, 0)
    records = store.trials("dying")
    assert [record.attempts for record in records] == [2] * 6
    scores = {}
    for record in records:
        found = store.metric_records("dying", record.name, 2)
        assert [item.step for item in found] == [1, 2, 3, 4, 5, 6, 7, 8, 8]
        scores.setdefault(record.seed, set()).add(record.scores[Split.TEST]["accuracy"])
    assert [len(values) for values in scores.values()] == [1, 1], "where it was killed makes no difference"


@pytest.fixture
def at_home(monkeypatch):
    """Where the checkout's own studies are run from."""
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("own-function", ["settings.trees=20"]),
        ("own-command", ["training.epochs=2", "factors.training.learning_rate=[0.01]"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("at_home")
def test_the_example_that_ships_runs_to_its_report_and_can_be_reproduced(name, sets, store, workspace, tmp_path):
    plan = load_plan(ROOT / "studies" / f"{name}.yaml", ["seeds=1", *sets], "example")
    assert find_program_fault(plan) is None
    outcome = run(plan, store, workspace, InlineExecutor(CPU))
    assert (outcome.complete, outcome.failed) == (len(plan.combinations), 0)
    records = store.trials("example")
    assert len({record.scores[Split.TEST]["accuracy"] for record in records}) > 1, "the factors change something"
    assert all(0.6 < record.scores[Split.TEST]["accuracy"] <= 1 for record in records)
    original = store.original("example", records[0].name)
    executor = InlineExecutor(CPU)
    again = run_again(original, tmp_path / "scratch" / records[0].name / "001", executor, executor.slots[0])
    assert compare(original, again).is_identical


def test_its_report_says_what_only_the_program_knows(tmp_path, store, workspace):
    file = tmp_path / "plain.yaml"
    text = (
        DYING.replace("goes_on", "plain").replace("settings.dies_after", "settings.score").replace("[1, 5, 8]", "[0.1]")
    )
    file.write_text(text.replace("{steps: 8, pause: 0.0, dies_after: 3}", "{score: 0.1}").replace(": 5}", ": 0.1}"))
    run(load_plan(file), store, workspace, InlineExecutor(CPU))
    publish(store, "plain", tmp_path / "report")
    report = (tmp_path / "report" / "report.md").read_text()
    assert "The trials ran a program of the study's own, `own_code:plain`" in report
    assert "**Size not known**" in report
    assert "MACs" not in report
    assert "same batches" not in report


def test_a_change_of_the_programs_source_is_a_change_of_code(tmp_path, store, workspace, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "changing_program.py"
    source.write_text("def run(configuration, seed, directory, report):\n    return {'accuracy': 0.5}\n")
    file = tmp_path / "changing.yaml"
    file.write_text(
        "question: Why?\nprogram: python:changing_program:run\nsettings: {depth: 1}\n"
        "factors: {settings.depth: [1, 2]}\nbaseline: {settings.depth: 1}\nseeds: 1\n"
    )
    assert run(load_plan(file), store, workspace, InlineExecutor(CPU)).complete == 2
    source.write_text(source.read_text().replace("0.5", "0.75"))
    from ablate.jobs.code import identify

    identify.cache_clear()  # a run is a process of its own
    with pytest.raises(InputError, match="2 of 2 complete trials ran with other code"):
        run(load_plan(file, ["seeds=2"], "changing"), store, workspace, InlineExecutor(CPU))
    source.unlink()
    identify.cache_clear()
    with pytest.raises(InputError, match="no module named changing_program"):
        run(load_plan(file, ["seeds=2"], "changing"), store, workspace, InlineExecutor(CPU))
    assert {record.status for record in store.trials("changing")} == {TrialStatus.COMPLETE, TrialStatus.PLANNED}


def test_a_check_says_what_is_wrong_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(Path(__file__).parent)
    file = tmp_path / "wrong.yaml"
    for program, fault in (
        ("python:own_code:plian", "program: own_code has no function plian: did you mean plain?"),
        (
            "{command: no-such-program}",
            "program.command: no-such-program is no program on PATH, nor a path to one from",
        ),
    ):
        file.write_text(DYING.replace("python:own_code:goes_on", program))
        assert find_program_fault(load_plan(file)).startswith(fault)
