"""What an earlier run left is read to its end: results are kept, the living adopted, the dead given up."""

import shutil

import pytest
from filelock import FileLock
from scripted import complete, die, fail, write_metrics, write_result

from ablate.jobs import lease
from ablate.jobs.files import CHECKPOINTS
from ablate.jobs.journal import METRICS, create_attempt, read_metrics
from ablate.specs import JobSpec
from ablate.study.design import plan, trials
from ablate.tracking.records import AttemptStatus, TrialStatus


@pytest.fixture
def begun(bench, make_study):
    """A study of which an earlier run created one attempt, and then was killed: its directory, and its trial."""
    spec = make_study()
    bench.store.record_plan(plan(spec))
    trial = next(iter(trials(plan(spec))))
    directory = bench.attempt_directory(trial.name, 1)
    create_attempt(directory, JobSpec(trial=trial, attempt=1))
    bench.store.begin_attempt("tested", trial.name, 1, "local", 1, (), 5.0)
    return directory, trial


def attempts_of(bench, trial):
    return [(a.number, a.status) for a in bench.store.attempts("tested") if a.trial == trial.name]


def test_a_result_that_came_after_the_orchestrator_was_killed_is_kept(bench, begun):
    directory, trial = begun
    complete(directory)
    outcome, executor, _ = bench.run()
    assert outcome.complete == 12
    assert directory not in executor.seen
    assert attempts_of(bench, trial) == [(1, AttemptStatus.COMPLETE)]


def test_a_journal_that_was_read_in_part_is_read_on_and_no_metric_is_counted_twice(bench, begun):
    directory, trial = begun
    write_metrics(directory, epochs=1)
    read = read_metrics(directory)
    bench.store.ingest(
        "tested", trial.name, 1, read.records[:1], 1 + directory.joinpath(METRICS).read_bytes().index(b"\n")
    )
    write_result(directory)
    bench.run()
    curves = bench.store.curves("tested")
    mine = curves[(curves.combination == trial.configuration.hash()) & (curves.seed == trial.seed)]
    assert sorted(zip(mine.split, mine.metric, strict=True)) == [
        ("test", "accuracy"),
        ("test", "loss"),
        ("validation", "accuracy"),
        ("validation", "loss"),
    ]


def test_an_attempt_whose_process_died_with_the_orchestrator_is_lost_and_run_again(bench, begun):
    directory, trial = begun
    die(directory)
    outcome, _, _ = bench.run()
    assert outcome.complete == 12
    assert attempts_of(bench, trial) == [(1, AttemptStatus.LOST), (2, AttemptStatus.COMPLETE)]
    assert lease.is_abandoned(directory)


def test_an_attempt_created_but_never_entered_or_started_is_given_up_and_run_again(bench, make_study):
    trial = next(iter(trials(plan(make_study()))))
    directory = bench.attempt_directory(trial.name, 1)
    create_attempt(directory, JobSpec(trial=trial, attempt=1))
    assert bench.run()[0].complete == 12
    assert attempts_of(bench, trial) == [(1, AttemptStatus.LOST), (2, AttemptStatus.COMPLETE)]


def test_a_job_that_is_alive_is_adopted_and_not_run_twice(bench, begun):
    directory, trial = begun
    lock = FileLock(directory / lease.LEASE)
    lock.acquire()
    write_metrics(directory, epochs=1)

    def script(path):
        if lock.is_locked:  # the orphan ends while the first of our own jobs runs
            write_result(directory)
            lock.release()
        return complete(path)

    outcome, executor, listener = bench.run(script)
    assert outcome.complete == 12
    assert len(executor.seen) == 11
    assert attempts_of(bench, trial) == [(1, AttemptStatus.COMPLETE)]
    assert listener.starts[0] == (trial.name, 1)


def test_an_adopted_job_that_dies_is_run_again(bench, begun):
    directory, trial = begun
    lock = FileLock(directory / lease.LEASE)
    lock.acquire()

    def script(path):
        lock.release()
        return complete(path)

    assert bench.run(script)[0].complete == 12
    assert attempts_of(bench, trial) == [(1, AttemptStatus.LOST), (2, AttemptStatus.COMPLETE)]


def test_a_deleted_database_is_made_anew_from_the_journals(bench):
    bench.run()
    before = bench.store.trials("tested")
    curves = bench.store.curves("tested")
    bench.lose_database()
    outcome, executor, _ = bench.run()
    assert executor.seen == []
    assert outcome.complete == 12
    assert bench.store.trials("tested") == before
    assert bench.store.curves("tested").equals(curves)


def test_a_database_made_anew_keeps_the_attempt_that_came_after_a_failure(bench):
    bench.run(fail)
    bench.store.reset_failed("tested")
    bench.run()
    before = bench.store.trials("tested")
    bench.lose_database()
    outcome, executor, _ = bench.run()
    assert executor.seen == []
    assert outcome.complete == 12
    assert [(t.name, t.accepted_attempt, t.scores) for t in bench.store.trials("tested")] == [
        (t.name, 2, t.scores) for t in before
    ]


def test_deleted_journals_of_a_running_attempt_are_a_loss_and_of_complete_trials_are_none(bench, begun):
    directory, trial = begun
    shutil.rmtree(directory)
    assert bench.run()[0].complete == 12
    assert attempts_of(bench, trial)[0] == (1, AttemptStatus.LOST)
    shutil.rmtree(bench.workspace.study_runs("tested"))
    outcome, executor, _ = bench.run()
    assert executor.seen == []
    assert outcome.complete == 12


def test_checkpoints_of_a_trial_that_is_over_are_removed_though_its_job_was_killed_before_it_could(bench, begun):
    directory, _ = begun
    complete(directory)
    (directory / CHECKPOINTS).mkdir()
    (directory / CHECKPOINTS / "1.pt").touch()
    bench.run()
    assert not (directory / CHECKPOINTS).exists()


def test_checkpoints_of_a_trial_that_is_to_go_on_are_kept(bench, begun):
    directory, _ = begun
    (directory / CHECKPOINTS).mkdir()

    def script(path):
        if path.parent == directory.parent:
            assert (directory / CHECKPOINTS).exists()
        return complete(path)

    bench.run(script)
    assert not (directory / CHECKPOINTS).exists()


def test_recovering_twice_changes_nothing(bench, begun):
    complete(begun[0])
    bench.run()
    before = bench.store.trials("tested"), bench.store.attempts("tested")
    bench.run()
    assert (bench.store.trials("tested"), bench.store.attempts("tested")) == before
    assert {trial.status for trial in before[0]} == {TrialStatus.COMPLETE}
