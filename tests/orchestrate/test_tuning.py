"""Tuning under the orchestrator: an equal budget, never counted as replicates, and exact whatever is killed."""

import random
import sys

import pytest
from filelock import FileLock
from scripted import ScriptedExecutor, fail

from ablate.jobs import lease
from ablate.jobs.executor import Ended
from ablate.jobs.journal import Journal, create_attempt, read_spec
from ablate.specs import JobSpec, MetricRecord, Pruner, Range, Sampler, Split, Tune
from ablate.tracking.records import AttemptStatus, TrialStatus

RATE = "training.learning_rate"
EPOCHS = 6


def finding(trial, step):
    """Validation accuracy of a made-up training: best at a rate of 3e-3, and better with every epoch."""
    rate = trial.configuration.training.learning_rate
    return 1.0 - abs(rate - 3e-3) * 100 - 0.5 / step + trial.seed % 7 * 1e-4


def learn(directory, result=True):
    from scripted import write_result

    spec, journal = read_spec(directory), Journal(directory)
    for step in range(1, EPOCHS + 1):
        values = {"accuracy": finding(spec.trial, step), "loss": 1.0}
        journal.append(MetricRecord(step=step, split=Split.VALIDATION, time=float(step), values=values))
    values = {"accuracy": finding(spec.trial, EPOCHS) - 0.01, "loss": 1.0}
    journal.append(MetricRecord(step=EPOCHS, split=Split.TEST, time=EPOCHS + 1.0, values=values))
    if result:
        write_result(directory)
    return Ended(directory, None)


@pytest.fixture
def tuned(make_study):
    def make(trials=4, pruner=Pruner.NONE, seeds=2, sampler=Sampler.TPE):
        rates = {RATE: Range(low=1e-4, high=1e-2, log=True)}
        tune = Tune(settings=rates, trials=trials, pruner=pruner, sampler=sampler)
        return make_study(seeds=seeds).model_copy(update={"tune": tune})

    return make


def told(bench):
    """Everything that was found, without when and in which attempt."""
    tuning = [
        (t.name, t.status, t.configuration, t.scores.get(Split.VALIDATION)) for t in bench.store.tuning_trials("tested")
    ]
    return tuning, [(t.name, t.status, t.configuration, t.scores) for t in bench.store.trials("tested")]


def test_every_combination_is_tuned_as_often_and_then_runs_its_seeds_with_what_it_found(bench, tuned):
    outcome, executor, _ = bench.run(learn, spec=tuned())
    assert outcome == (4 * 2, 0, 0, True, False, ())
    assert len(executor.seen) == 4 * 4 + 4 * 2
    tuning, trials = bench.store.tuning_trials("tested"), bench.store.trials("tested")
    assert len(tuning) == 16
    assert len(trials) == 8
    for trial in trials:
        own = [t for t in tuning if t.combination == trial.combination]
        assert sorted(t.tuning for t in own) == [1, 2, 3, 4]
        best = max(own, key=lambda t: t.scores[Split.VALIDATION]["accuracy"])
        assert trial.configuration.training.learning_rate == best.configuration.training.learning_rate
    assert set(bench.store.curves("tested").seed) == {0, 1}
    assert bench.run(learn, spec=tuned())[1].seen == []


def test_a_tuning_that_always_fails_is_said_and_its_seeds_stay_unrun(bench, tuned):
    def script(directory):
        trial = read_spec(directory).trial
        return fail(directory) if trial.configuration.model.layer.window == 5 else learn(directory)

    outcome, _, _ = bench.run(script, spec=tuned())
    assert outcome.complete == 4
    assert outcome.remaining == 4
    assert len(outcome.untuned) == 2
    assert bench.run(script, spec=tuned())[1].seen == []


def test_killed_and_taken_up_at_random_moments_a_tuned_study_finds_the_same(bench, tuned, tmp_path, capsys):
    seed = random.randrange(10_000)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    rng = random.Random(seed)
    spec = tuned(trials=7, pruner=Pruner.MEDIAN, sampler=Sampler.RANDOM)

    class Killed(BaseException):
        pass

    def unlucky(directory):
        if rng.random() < 0.15:
            raise Killed
        if rng.random() < 0.2:
            learn(directory, result=False)
            return Ended(directory, "killed")
        return learn(directory)

    for _ in range(200):
        try:
            outcome, _, _ = bench.run(unlucky, spec=spec)
        except Killed:
            continue
        if not outcome.remaining:
            break
    disturbed = told(bench)

    other = type(bench)(tmp_path / "undisturbed")
    other.run(learn, spec=spec)
    assert told(other) == disturbed
    other.store.close()
    assert any(trial.status is TrialStatus.PRUNED for trial in bench.store.tuning_trials("tested"))


def test_a_pruned_trial_is_cut_short_and_stays_so_in_a_database_made_anew(bench, tuned):
    spec = tuned(trials=7, pruner=Pruner.MEDIAN, sampler=Sampler.RANDOM)
    _, executor, listener = bench.run(learn, spec=spec)
    pruned = [t for t in bench.store.tuning_trials("tested") if t.status is TrialStatus.PRUNED]
    assert pruned
    assert {directory.parent.name for directory in executor.cancelled} == {t.name for t in pruned}
    assert sorted(n for n, status, _ in listener.ends if status is TrialStatus.PRUNED) == sorted(t.name for t in pruned)
    before = told(bench)
    bench.lose_database()
    assert bench.run(learn, spec=spec)[1].seen == []
    assert told(bench) == before


def test_a_tuning_trial_that_is_alive_is_adopted_and_judged_by_all_that_it_wrote(bench, tuned):
    spec = tuned(trials=1)
    first = []

    def remember(directory):
        first.append(read_spec(directory).trial)
        raise KeyboardInterrupt

    bench.run(remember, spec=spec)
    trial = first[0]
    directory = bench.attempt_directory(trial.name, 2)
    create_attempt(directory, JobSpec(trial=trial, attempt=2))
    lock = FileLock(directory / lease.LEASE)
    lock.acquire()

    def script(path):
        if lock.is_locked:
            lock.release()
            learn(directory)
        return learn(path)

    outcome, executor, _ = bench.run(executor=ScriptedExecutor(script), spec=spec)
    assert outcome.complete == 8
    assert directory not in executor.seen
    assert [a.status for a in bench.store.attempts("tested") if a.trial == trial.name] == [
        AttemptStatus.STOPPED,
        AttemptStatus.COMPLETE,
    ]
