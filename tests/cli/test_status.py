"""`ablate status STUDY` says how far every combination is, and why trials failed."""

import pytest

from ablate.cli.tables import print_status
from ablate.specs import Environment, Factor, Failure, Level, Range, StudySpec, TrialResult, TrialSpec, Tune, identify
from ablate.study.design import plan, trials
from ablate.tracking.records import AttemptStatus
from ablate.tracking.store import Store

DECAY, RATE = "training.weight_decay", "training.learning_rate"
TUNE = Tune(settings={RATE: Range(low=1e-4, high=1e-2, log=True)}, trials=2, seed=17)


def planned(tune):
    levels = tuple(Level(label=label, settings={DECAY: value}) for label, value in (("low", 0.0), ("high", 0.1)))
    return plan(
        StudySpec(
            name="small",
            question="How much decay?",
            factors=(Factor(name=DECAY, levels=levels),),
            baseline={DECAY: "high"},
            seeds=(0, 1, 2),
            tune=tune,
        )
    )


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'ablate.db'}") as store:
        yield store


def begin(store, trial):
    store.begin_attempt("small", trial, 1, "local", 1, (), 1.0)


def finish(store, trial, failure=None):
    begin(store, trial)
    why = Failure(kind="Diverged", message=failure, traceback="long") if failure else None
    status = "failed" if failure else "complete"
    environment = Environment(packages={}, hardware={})
    store.finish_attempt(
        "small",
        TrialResult(
            trial=trial, attempt=1, status=status, started=1.0, ended=2.0, environment=environment, failure=why
        ),
    )


def status_of(store, capsys):
    """What is printed, but for the frame, and whether all is complete."""
    is_complete = print_status(store, "small")
    lines = capsys.readouterr().out.splitlines()
    return [[cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")] for line in lines], is_complete


def test_every_state_of_every_combination_is_counted_and_failures_come_in_the_order_of_the_plan(store, capsys):
    small = planned(None)
    store.record_plan(small)
    low, high = (
        [trial.name for trial in trials(small) if trial.combination_hash == c.hash] for c in small.combinations
    )
    finish(store, high[2], "no such thing")
    finish(store, low[2], "the loss is nan")
    finish(store, low[0], "the loss is inf")
    finish(store, low[1])
    begin(store, high[0])
    shown, is_complete = status_of(store, capsys)
    assert not is_complete
    assert shown[0] == ["small: How much decay?"]
    assert shown[2] == ["combination", "planned", "running", "complete", "failed"]
    assert shown[4:6] == [["low", "", "", "1", "2"], ["high", "1", "1", "", "1"]]
    assert [line[0] for line in shown[7:]] == [
        "failed: low · seed 0: Diverged: the loss is inf",
        "failed: low · seed 2: Diverged: the loss is nan",
        "failed: high · seed 2: Diverged: no such thing",
        "1 of 6 trials complete",
    ]
    assert [trial.failure for trial in store.failed_trials("small")] == [
        trial.failure for trial in store.trials("small") if trial.failure
    ]


def test_a_study_of_complete_trials_is_complete_whatever_an_earlier_plan_left(store, capsys):
    store.record_plan(planned(None))
    for trial in store.trials("small"):
        finish(store, trial.name, "it failed" if trial.seed == 2 else None)
    fewer = planned(None)
    store.record_plan(fewer.model_copy(update={"study": fewer.study.model_copy(update={"seeds": (0, 1)})}))
    shown, is_complete = status_of(store, capsys)
    assert is_complete
    assert shown[4:6] == [["low", "", "", "2", ""], ["high", "", "", "2", ""]]
    assert shown[7:] == [["4 of 4 trials complete"]]


def test_how_far_tuning_is_stands_beside_the_replicates_and_its_failures_before_theirs(store, capsys):
    tuned = planned(TUNE)
    store.record_plan(tuned)
    low, high = tuned.combinations
    assert low.hash == identify(low.configuration, TUNE)
    for combination, number in ((low, 1), (low, 2), (high, 1), (high, 2)):
        trial = TrialSpec(
            study="small",
            configuration=combination.configuration,
            seed=17,
            combination=combination.hash,
            tuning=number,
        )
        store.record_trial("small", trial)
        if combination is low:
            finish(store, trial.name, "too fast" if number == 2 else None)
        elif number == 1:
            begin(store, trial.name)
            store.end_attempt("small", trial.name, 1, AttemptStatus.PRUNED, "it did badly", 2.0)
    finish(store, f"{low.hash}-s1", "the loss is nan")
    shown, is_complete = status_of(store, capsys)
    assert not is_complete
    assert shown[2] == ["combination", "tuned", "planned", "running", "complete", "failed"]
    assert shown[4:6] == [["low", "2/2", "2", "", "", "1"], ["high", "1/2", "3", "", "", ""]]
    assert [line[0] for line in shown[7:]] == [
        "failed: low · tuning 2: Diverged: too fast",
        "failed: low · seed 1: Diverged: the loss is nan",
        "0 of 6 trials complete",
    ]
