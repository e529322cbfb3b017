"""A database made anew from ledger and journals is the one that was: row for row, whatever was killed on the way."""

import random
import sys

import pytest
from rows import differing, read_rows
from scripted import complete, die, fail, run_out_of_memory, write_metrics, write_result
from test_tuning import learn

from ablate.errors import InputError, WorkspaceError
from ablate.jobs.executor import Ended
from ablate.jobs.journal import METRICS, RESULT, SPEC
from ablate.orchestrate import retry_failed
from ablate.orchestrate.hold import hold_study
from ablate.orchestrate.ledger import Ledger
from ablate.orchestrate.rebuild import Fate, choose_studies, hold_all, rebuild_study
from ablate.specs import Pruner, Range, Sampler, Tune
from ablate.tracking.records import AttemptStatus, MirroredStudyRecord, TrialStatus
from ablate.tracking.store import Store

RATES = {"training.learning_rate": Range(low=1e-4, high=1e-2, log=True)}
TUNE = Tune(settings=RATES, trials=6, pruner=Pruner.MEDIAN, sampler=Sampler.RANDOM)


class Killed(BaseException):
    """What ends the orchestrator at a moment at which nothing can be done about it."""


@pytest.fixture
def rebuild(bench):
    """Make the study anew in an empty database: its URL, and what was said of it."""
    numbers = iter(range(99))

    def made():
        url = f"sqlite:///{bench.workspace.root / f'rebuilt-{next(numbers)}.db'}"
        with Store.open(url) as store:
            return url, rebuild_study(store, bench.workspace, "tested")

    return made


@pytest.fixture
def rng(capsys):
    seed = random.randrange(10_000)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    return random.Random(seed)


def until_nothing_remains(bench, spec, script):
    for _ in range(200):
        try:
            outcome, _, _ = bench.run(script, spec=spec)
        except Killed:
            continue
        if not outcome.remaining:
            return
    pytest.fail("the study did not come to its end")


def kill_while_writing(monkeypatch, rng, share):
    """Let the orchestrator be killed before, within and after a line of the ledger."""
    enter = Ledger.enter

    def cut(self, entry):
        moment = rng.random() / share
        if moment < 1 / 3:
            raise Killed
        if moment < 2 / 3:
            with self._path.open("ab") as file:
                file.write(entry.model_dump_json().encode()[: rng.randrange(60)])
            raise Killed
        enter(self, entry)
        if moment < 1:
            raise Killed

    monkeypatch.setattr(Ledger, "enter", cut)


def test_after_a_chaotic_study_it_equals_the_original_row_for_row(bench, make_study, rebuild, rng, monkeypatch):
    first, wider = make_study(seeds=2), make_study(seeds=3, windows=(3, 7))
    tuned = make_study(seeds=1).model_copy(update={"tune": TUNE})

    def unlucky(directory):
        moment = rng.random()
        if moment < 0.1:
            raise Killed
        if moment < 0.2:
            write_metrics(directory)
            raise KeyboardInterrupt
        return rng.choice([complete, complete, die, fail, run_out_of_memory])(directory)

    def unlucky_learner(directory):
        if rng.random() < 0.1:
            raise Killed
        return learn(directory, result=rng.random() < 0.9)

    kill_while_writing(monkeypatch, rng, share=0.1)
    for spec in (first, wider, first, tuned):
        until_nothing_remains(bench, spec, unlucky_learner if spec is tuned else unlucky)
        if spec is wider:
            monkeypatch.undo()
            retry_failed(bench.store, bench.workspace, "tested", pytest.fail)
            kill_while_writing(monkeypatch, rng, share=0.1)
            until_nothing_remains(bench, spec, unlucky)
    monkeypatch.undo()
    bench.run(learn, spec=tuned)
    original = read_rows(bench.workspace.database_url)
    statuses = {attempt.status for attempt in bench.store.attempts("tested")}
    assert {AttemptStatus.LOST, AttemptStatus.FAILED, AttemptStatus.COMPLETE} <= statuses
    assert bench.store.unplanned_trials("tested") > 0
    url, account = rebuild()
    assert (account.damaged, account.unreadable) == ((), ())
    assert differing(original, read_rows(url)) == {}
    assert account.size == (
        original["trials"].total(),
        original["attempts"].total(),
        original["metrics"].total(),
    )


def test_pruned_and_stopped_attempts_come_back_with_their_reasons(bench, make_study, rebuild):
    spec = make_study(seeds=1).model_copy(update={"tune": TUNE})
    left = [5]

    def script(directory):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return learn(directory)

    bench.run(script, spec=spec)
    bench.run(learn, spec=spec)
    statuses = {attempt.status for attempt in bench.store.attempts("tested")}
    assert {AttemptStatus.PRUNED, AttemptStatus.STOPPED, AttemptStatus.COMPLETE} == statuses
    assert differing(read_rows(bench.workspace.database_url), read_rows(rebuild()[0])) == {}


def test_made_anew_over_the_old_rows_nothing_changes_and_what_was_mirrored_stays(bench, make_study):
    bench.run(lambda directory: fail(directory) if directory.parent.name.endswith("s1") else complete(directory))
    bench.run(spec=make_study(windows=(3, 7)))
    bench.store.record_mirrored_study(
        "tested", "there", MirroredStudyRecord(experiment="7", note_digest="n", report_digest=None)
    )
    for task in bench.store.mirror_tasks("tested", "there"):
        bench.store.record_mirrored_trial("tested", "there", task, f"run of {task.trial}", 2)
    before = read_rows(bench.workspace.database_url)
    assert before["mirrored_trials"].total() == 18
    account = rebuild_study(bench.store, bench.workspace, "tested")
    assert account.fate is Fate.REBUILT
    assert differing(before, read_rows(bench.workspace.database_url)) == {}
    assert bench.store.mirror_tasks("tested", "there") == ()


def test_a_study_that_is_cut_off_while_it_is_made_anew_is_as_it_was(bench, monkeypatch):
    bench.run()
    before = read_rows(bench.workspace.database_url)

    def cut(done, _total):
        if done == 7:
            raise Killed

    with pytest.raises(Killed):
        rebuild_study(bench.store, bench.workspace, "tested", cut)
    assert differing(before, read_rows(bench.workspace.database_url)) == {}


def test_a_deleted_database_comes_back_with_the_next_run_earlier_plans_included(bench, make_study):
    bench.run(spec=make_study(windows=(3, 7)))
    bench.run(fail)
    before = read_rows(bench.workspace.database_url)
    bench.lose_database()
    _, executor, listener = bench.run()
    assert (executor.seen, listener.warnings) == ([], [])
    assert differing(before, read_rows(bench.workspace.database_url)) == {}


def test_what_a_kill_kept_from_the_database_is_made_up_for_by_the_next_run(bench, make_study, monkeypatch, rebuild):
    def cut(*_arguments, **_options):
        raise Killed

    for method in ("record_plan", "begin_attempt", "finish_attempt"):
        monkeypatch.setattr(Store, method, cut)
        with pytest.raises(Killed):
            bench.run()
        monkeypatch.undo()
    assert bench.run()[0].complete == 12
    assert {attempt.executor for attempt in bench.store.attempts("tested")} == {"scripted"}
    assert differing(read_rows(bench.workspace.database_url), read_rows(rebuild()[0])) == {}


def test_a_study_begun_before_there_were_ledgers_is_given_one(bench, make_study, rebuild):
    bench.run(lambda directory: die(directory) if directory.name == "001" else complete(directory))
    bench.workspace.study_ledger("tested").unlink()
    before = read_rows(bench.workspace.database_url)
    assert rebuild()[1].fate is Fate.MISSING
    kept = rebuild_study(bench.store, bench.workspace, "tested")
    assert (kept.fate, kept.size.trials) == (Fate.KEPT, 12)
    bench.run()
    assert differing(before, read_rows(rebuild()[0])) == {}


def test_a_damaged_line_of_the_ledger_loses_only_what_no_journal_tells(bench, rebuild):
    bench.run()
    before = {(trial.name, trial.accepted_attempt): trial.scores for trial in bench.store.trials("tested")}
    path = bench.workspace.study_ledger("tested")
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1], lines[9] = b"\0\0\0\n", b'{"kind": "begin"}\n'
    path.write_bytes(b"".join(lines))
    url, account = rebuild()
    assert [str(damaged).partition(": ")[0] for damaged in account.damaged] == [f"{path}:2", f"{path}:10"]
    with Store.open(url) as store:
        trials, attempts = store.trials("tested"), store.attempts("tested")
    assert {(trial.name, trial.accepted_attempt): trial.scores for trial in trials} == before
    assert "journal" in {attempt.executor for attempt in attempts}


def test_a_damaged_plan_loses_only_itself_and_the_next_run_writes_it_again(bench, make_study, rebuild):
    bench.run(spec=make_study(windows=(3, 7)))
    (damaged,) = bench.workspace.study_plan("tested", "x").parent.iterdir()
    bench.run()
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:100])
    url, account = rebuild()
    assert any("expected a whole Plan" in said for said in account.unreadable)
    with Store.open(url) as store:
        assert len(store.trials("tested")) == 12
        assert store.unplanned_trials("tested") == 0
    bench.run(spec=make_study(windows=(3, 7)))
    assert damaged.read_bytes() == whole


@pytest.mark.parametrize("file", [SPEC, RESULT])
def test_an_attempt_that_cannot_be_read_is_named_and_its_trial_is_run_again(bench, rebuild, file):
    bench.run()
    trial = bench.store.trials("tested")[0]
    path = bench.attempt_directory(trial.name, 1) / file
    path.write_text("{")
    url, account = rebuild()
    assert any(str(path) in said for said in account.unreadable)
    with Store.open(url) as store:
        again = {found.name: found for found in store.trials("tested")}[trial.name]
        assert (again.status, again.scores) == (TrialStatus.PLANNED, {})
    bench.lose_database()
    outcome, executor, _ = bench.run()
    assert [directory.parent.name for directory in executor.seen] == [trial.name]
    assert outcome.complete == 12
    assert differing(read_rows(bench.workspace.database_url), read_rows(rebuild()[0])) == {}


def test_a_damaged_line_of_a_running_journal_is_told_of_once_and_the_run_goes_on(bench, rebuild):
    def script(directory):
        write_metrics(directory, epochs=1)
        with (directory / METRICS).open("rb+") as file:
            first = file.readline()
            file.seek(0)
            file.write(b"\0" * (len(first) - 1))
        write_result(directory)
        return Ended(directory, None)

    outcome, _, listener = bench.run(script)
    assert outcome.complete == 12
    damaged = [said for said in listener.warnings if said.startswith(str(bench.workspace.runs))]
    assert len(damaged) == len(set(damaged)) == 12
    assert all(f"{METRICS}:1: is not a MetricRecord" in said for said in damaged)
    assert bench.run()[2].warnings == []
    url, account = rebuild()
    assert len(account.damaged) == 12
    assert differing(read_rows(bench.workspace.database_url), read_rows(url)) == {}


def test_a_result_whose_objective_stood_on_a_damaged_line_does_not_count_and_its_trial_runs_again(bench, rebuild):
    def script(directory):
        ended = complete(directory)
        if directory.name == "001":
            text = (directory / METRICS).read_bytes()
            (directory / METRICS).write_bytes(text[:-3] + b"?\n")
        return ended

    outcome, executor, listener = bench.run(script)
    assert outcome.complete == 12
    assert len(executor.seen) == 24
    assert {trial.accepted_attempt for trial in bench.store.trials("tested")} == {2}
    lost = [attempt for attempt in bench.store.attempts("tested") if attempt.status is AttemptStatus.LOST]
    assert {attempt.reason for attempt in lost} == {
        "metrics.jsonl is damaged where test accuracy may have stood, so its result cannot count"
    }
    assert {status for _, status, _ in listener.ends} == {TrialStatus.PLANNED, TrialStatus.COMPLETE}
    assert differing(read_rows(bench.workspace.database_url), read_rows(rebuild()[0])) == {}


def test_an_objective_that_is_damaged_later_is_not_made_up_when_the_database_is_made_anew(bench, rebuild):
    bench.run()
    trial = bench.store.trials("tested")[0]
    path = bench.attempt_directory(trial.name, 1) / METRICS
    text = path.read_bytes()
    for harm in (text[:-30], text[:-30] + b"\0" * 29 + b"\n", text[: text.rindex(b"\n", 0, -1) + 1], b""):
        path.write_bytes(harm)
        url, account = rebuild()
        assert str(path) in str(account.damaged[0])
        with Store.open(url) as store:
            again = {found.name: found for found in store.trials("tested")}[trial.name]
            assert (again.status, again.scores) == (TrialStatus.PLANNED, {})


def test_a_study_that_a_run_holds_is_not_made_anew_and_an_unknown_one_is_named_with_the_nearest(bench):
    bench.run()
    with (
        hold_study(bench.workspace, "tested"),
        pytest.raises(WorkspaceError, match="is being run by"),
        hold_all(bench.workspace),
    ):
        pass
    assert choose_studies(bench.workspace, bench.store, ()) == ("tested",)
    with pytest.raises(InputError, match="did you mean tested"):
        choose_studies(bench.workspace, bench.store, ["testd"])
