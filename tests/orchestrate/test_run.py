"""A run brings every planned trial to a result exactly once, whatever its jobs do."""

import time

import pytest
from filelock import FileLock
from scripted import (
    ENVIRONMENT,
    Listener,
    ScriptedExecutor,
    complete,
    die,
    fail,
    run_out_of_memory,
    value_of,
    write_metrics,
    write_result,
)

from ablate.errors import InputError, WorkspaceError
from ablate.jobs import lease
from ablate.jobs.executor import Ended
from ablate.jobs.journal import RESULT, create_attempt, read_spec
from ablate.orchestrate import underway
from ablate.specs import JobSpec, Objective, Resources, Split
from ablate.study.design import plan, trials
from ablate.tracking.records import AttemptStatus, TrialStatus


@pytest.mark.parametrize(("slots", "is_alone"), [(1, True), (2, False)])
def test_a_job_is_told_whether_it_computes_alone(bench, slots, is_alone):
    _, executor, _ = bench.run(executor=ScriptedExecutor(slots=slots))
    assert {read_spec(directory).is_alone for directory in executor.seen} == {is_alone}


def test_every_planned_trial_is_run_once_and_stored_with_what_it_found(bench):
    outcome, executor, listener = bench.run()
    assert outcome == (12, 0, 0, True, False, ())
    assert len(executor.seen) == len({directory.parent.name for directory in executor.seen}) == 12
    for trial in bench.store.trials("tested"):
        spec = read_spec(bench.attempt_directory(trial.name, 1))
        assert trial.status is TrialStatus.COMPLETE
        assert trial.scores[Split.TEST]["accuracy"] == value_of(spec)
        assert trial.costs.macs == 11
    assert listener.plans == [(12, 0, 0, 2)]
    assert listener.metrics == 12 * 3


def test_every_combination_comes_once_before_any_comes_with_the_second_seed(bench):
    _, executor, _ = bench.run()
    seeds = [read_spec(directory).trial.seed for directory in executor.seen]
    assert seeds == [0] * 4 + [1] * 4 + [2] * 4


def test_no_more_jobs_are_under_way_than_there_are_slots(bench):
    _, executor, _ = bench.run(executor=ScriptedExecutor(slots=3))
    assert executor.most_at_once == 3


def test_a_second_run_does_nothing_and_starts_no_executor(bench):
    bench.run()
    outcome, executor, listener = bench.run()
    assert outcome == (12, 0, 0, False, False, ())
    assert executor.seen == []
    assert listener.plans == []


def test_more_seeds_and_levels_run_only_what_is_missing(bench, make_study):
    bench.run()
    outcome, executor, _ = bench.run(spec=make_study(seeds=4, windows=(3, 5, 7)))
    assert outcome.complete == 3 * 2 * 4
    assert len(executor.seen) == 3 * 2 * 4 - 12


def test_a_failed_trial_is_recorded_with_its_reason_and_the_others_go_on(bench):
    def script(directory):
        return fail(directory) if read_spec(directory).trial.seed == 1 else complete(directory)

    outcome, _, listener = bench.run(script)
    assert (outcome.complete, outcome.failed, outcome.remaining) == (8, 4, 0)
    failed = [trial for trial in bench.store.trials("tested") if trial.status is TrialStatus.FAILED]
    assert {trial.failure.message for trial in failed} == {"the loss is nan"}
    assert [reason for _, status, reason in listener.ends if status is TrialStatus.FAILED] == [
        "Diverged: the loss is nan"
    ] * 4


def test_a_failed_trial_is_not_tried_again_until_it_is_reset(bench):
    bench.run(fail)
    assert bench.run()[1].seen == []
    assert bench.store.reset_failed("tested") == 12
    outcome, executor, _ = bench.run()
    assert outcome.complete == 12
    assert {directory.name for directory in executor.seen} == {"002"}


def test_a_trial_whose_process_dies_is_tried_again_and_counted_once(bench):
    def script(directory):
        return die(directory) if directory.name == "001" else complete(directory)

    outcome, executor, _ = bench.run(script)
    assert outcome.complete == 12
    assert len(executor.seen) == 24
    attempts = bench.store.attempts("tested")
    assert {(attempt.number, attempt.status) for attempt in attempts} == {
        (1, AttemptStatus.LOST),
        (2, AttemptStatus.COMPLETE),
    }
    assert attempts[0].reason == "its process was ended by SIGKILL"
    assert len(bench.store.curves("tested")) == 12 * 3 * 2


def test_a_trial_whose_process_always_dies_is_left_after_three_times_and_done_by_the_next_run(bench):
    outcome, executor, listener = bench.run(die)
    assert (outcome.complete, outcome.failed, outcome.remaining) == (0, 0, 12)
    assert len(executor.seen) == 36
    left = "its process was ended by SIGKILL; 3 times in this run, so it is left for the next one"
    assert sorted(name for name, _, reason in listener.ends if reason == left) == sorted(
        trial.name for trial in bench.store.trials("tested")
    )
    assert bench.run()[0].complete == 12


def test_a_result_that_comes_late_from_an_attempt_that_was_given_up_changes_nothing(bench):
    def script(directory):
        return die(directory) if directory.name == "001" else complete(directory)

    bench.run(script)
    before = bench.store.trials("tested")
    for trial in before:
        with lease.hold(bench.attempt_directory(trial.name, 1)) as is_mine:
            assert not is_mine  # what a late job finds
    assert bench.run()[0].has_changed is False
    assert bench.store.trials("tested") == before


def test_a_study_goes_on_with_other_code_only_where_that_is_allowed(bench, make_study):
    def elsewhere(directory):
        write_metrics(directory)
        write_result(directory, environment=ENVIRONMENT.model_copy(update={"code": "0" * 64}))
        return Ended(directory, None)

    bench.run(elsewhere)
    assert bench.run()[0].complete == 12  # nothing is left to run, so nothing is mixed
    with pytest.raises(InputError, match=r"12 of 12 complete trials ran with other code .* --allow-code-change"):
        bench.run(spec=make_study(seeds=4))
    assert bench.run(spec=make_study(seeds=4), allow_code_change=True)[0].complete == 16


def test_two_runs_at_once_are_refused_saying_who_holds_the_study(bench):
    lock = bench.workspace.study_lock("tested")
    lock.parent.mkdir(parents=True)
    (lock.parent / "run.holder").write_text("process 123 on here since today")
    with FileLock(lock), pytest.raises(WorkspaceError, match="study tested is being run by process 123 on here"):
        bench.run()


def test_a_lack_of_memory_is_tried_again_and_decides_the_trial_only_when_no_attempt_is_left(bench):
    def script(directory):
        is_unlucky = read_spec(directory).trial.seed == 1 and directory.name != "003"
        is_hopeless = read_spec(directory).trial.seed == 2
        return run_out_of_memory(directory) if is_unlucky or is_hopeless else complete(directory)

    outcome, _, listener = bench.run(script)
    assert (outcome.complete, outcome.failed, outcome.remaining) == (8, 4, 0)
    for trial in bench.store.trials("tested"):
        assert trial.attempts == (1 if trial.seed == 0 else 3)
        assert trial.status is (TrialStatus.FAILED if trial.seed == 2 else TrialStatus.COMPLETE)
    said = [reason for _, status, reason in listener.ends if status is TrialStatus.PLANNED]
    assert said == ["OutOfMemory: batch of 64; it will run again"] * (4 * 2 + 4 * 2)
    assert bench.run()[1].seen == []


def test_how_often_a_trial_is_tried_is_said_by_the_study(bench, make_study):
    spec = make_study().model_copy(update={"resources": Resources(attempts=1)})
    assert len(bench.run(die, spec=spec)[1].seen) == 12
    assert bench.run(run_out_of_memory, spec=spec)[0].failed == 12


def test_a_lack_of_memory_that_a_killed_run_left_behind_is_tried_again(bench, make_study):
    trial = next(iter(trials(plan(make_study()))))
    directory = bench.attempt_directory(trial.name, 1)
    create_attempt(directory, JobSpec(trial=trial, attempt=1))
    run_out_of_memory(directory)
    assert bench.run()[0].complete == 12
    assert [a.status for a in bench.store.attempts("tested") if a.trial == trial.name] == [
        AttemptStatus.FAILED,
        AttemptStatus.COMPLETE,
    ]


def test_a_second_interrupt_ends_the_jobs_at_once_and_loses_nothing(bench):
    def script(directory):
        if read_spec(directory).trial.seed == 1:
            raise KeyboardInterrupt
        return complete(directory)

    def impatient(grace_seconds, _):
        if grace_seconds > 0:
            raise KeyboardInterrupt

    outcome, executor, _ = bench.run(executor=ScriptedExecutor(script, on_stop=impatient))
    assert outcome.is_interrupted
    assert executor.graces[-1] == 0
    assert outcome.complete == 4
    assert bench.run()[0].complete == 12


def test_a_second_interrupt_before_the_jobs_were_asked_ends_them_all_the_same(bench, monkeypatch):
    def script(directory):
        raise KeyboardInterrupt

    def interrupted(self, message):
        raise KeyboardInterrupt

    monkeypatch.setattr(Listener, "on_warning", interrupted)
    outcome, executor, _ = bench.run(script)
    assert outcome.is_interrupted
    assert executor.graces == [0]
    assert {a.status for a in bench.store.attempts("tested")} == {AttemptStatus.STOPPED}


def test_a_result_that_comes_while_the_jobs_are_being_stopped_is_kept(bench):
    def script(directory):
        raise KeyboardInterrupt

    def finish(_, running):
        for directory in running:
            complete(directory)

    outcome, _, _ = bench.run(executor=ScriptedExecutor(script, slots=3, on_stop=finish))
    assert outcome.complete == 2  # the third is the one whose script was interrupted
    assert bench.run()[0].complete == 12


def test_a_plan_that_reads_differently_is_a_change_although_nothing_runs(bench, make_study):
    bench.run()
    assert bench.run(spec=make_study(seeds=2))[0].has_changed
    assert not bench.run(spec=make_study(seeds=2))[0].has_changed


def test_an_interrupt_ends_the_jobs_and_the_next_run_goes_on(bench):
    def script(directory):
        if read_spec(directory).trial.seed == 1:
            raise KeyboardInterrupt
        return complete(directory)

    outcome, executor, _ = bench.run(script)
    assert outcome.is_interrupted
    assert executor.is_stopped
    assert outcome.complete == 4
    stopped = [attempt for attempt in bench.store.attempts("tested") if attempt.status is AttemptStatus.STOPPED]
    assert {attempt.reason for attempt in stopped} == {"stopped by request"}
    assert bench.run()[0].complete == 12


def test_an_error_of_the_orchestrator_leaves_no_job_behind(bench):
    def script(directory):
        ended = complete(directory)
        (directory / RESULT).write_text("nonsense")
        return ended

    executor = ScriptedExecutor(script)
    with pytest.raises(WorkspaceError, match="expected a whole TrialResult"):
        bench.run(executor=executor)
    assert executor.is_stopped


def test_the_mirror_is_told_while_the_study_runs_and_at_the_end(bench):
    bench.run()
    assert bench.mirrored >= 3


def test_a_mirror_that_is_slow_takes_no_more_than_half_of_the_time(bench, monkeypatch):
    calls = []

    def mirror():
        calls.append(time.monotonic())
        time.sleep(0.2)

    monkeypatch.setattr(bench, "mirror", mirror)
    monkeypatch.setattr(underway, "QUICK_SECONDS", 0.1)
    began = time.monotonic()
    bench.run()
    assert len(calls) <= (time.monotonic() - began) / 0.4 + 2


def test_who_asks_to_stop_does_not_wait_for_the_mirror(bench):
    mirrored = []

    def script(directory):
        mirrored.append(bench.mirrored)
        raise KeyboardInterrupt

    assert bench.run(script)[0].is_interrupted
    assert mirrored == [bench.mirrored]


def test_a_process_that_ends_without_a_result_while_its_job_lives_on_is_watched_until_it_is_done(bench, monkeypatch):
    held = {}

    def lost_from_sight(directory):
        """The executor believes that the process is gone; another still holds the attempt."""
        if directory.name == "001" and not held:
            held[directory] = FileLock(directory / "other")
            monkeypatch.setattr(
                lease, "abandon", lambda path, *mark, force: path not in held and original(path, *mark, force=force)
            )
            monkeypatch.setattr(lease, "is_held", lambda path: path in held and not finish(path))
            return die(directory)
        return complete(directory)

    def finish(directory):
        write_metrics_after_death(directory)
        held.pop(directory)
        return True

    original = lease.abandon
    outcome, _, _ = bench.run(lost_from_sight)
    assert outcome.complete == 12
    assert {attempt.status for attempt in bench.store.attempts("tested")} == {AttemptStatus.COMPLETE}


def write_metrics_after_death(directory):
    write_metrics(directory, epochs=3)
    write_result(directory)


def test_another_margin_of_equivalence_runs_nothing_and_asks_for_a_new_report(bench, make_study):
    bench.run()
    for margin in (0.005, 0.01, None):
        spec = make_study().model_copy(update={"objective": Objective(equivalence=margin)})
        outcome, executor, _ = bench.run(spec=spec)
        assert (outcome.complete, outcome.has_changed, executor.seen) == (12, True, [])
        assert bench.store.spec("tested").objective.equivalence == margin
        assert not bench.run(spec=spec)[0].has_changed
