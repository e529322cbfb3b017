from __future__ import annotations

import math
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from optuna.trial import TrialState

from ablate.specs import Plan, StudySpec
from ablate.study.design import plan, trials
from ablate.study.search import Finished, Search

STUDY = Path(__file__).parents[3] / "studies" / "sharing.yaml"


@pytest.fixture
def planned(good: str, load: Callable[..., StudySpec]) -> Plan:
    return plan(load(good))


def replicate(combination: str, seed: int, value: float | None) -> Finished:
    return Finished(f"{combination}-s{seed}", combination, seed, 0, value)


def drain(search: Search) -> list[tuple[str, int]]:
    """Asks and tells until nothing is left; the order as combination hash and seed."""
    order = []
    while (trial := search.ask()) is not None:
        order.append((trial.configuration.hash(), trial.seed))
        search.tell(trial.name, 0.5)
    return order


def test_every_combination_comes_once_before_the_second_seed_and_the_baseline_first(planned: Plan) -> None:
    labels = {combination.hash: combination.label() for combination in planned.combinations}
    order = drain(Search(planned))
    first = ["head · 5", "spatial · 3", "spatial · 5", "spatial · 7", "head · 3", "head · 7"]
    assert [(labels[h], seed) for h, seed in order] == [(label, seed) for seed in range(4) for label in first]


def test_the_seeds_come_in_the_order_of_the_study(planned: Plan) -> None:
    reordered = planned.model_copy(update={"study": planned.study.model_copy(update={"seeds": (7, 2)})})
    assert [seed for _, seed in drain(Search(reordered))] == [7] * 6 + [2] * 6


def test_finished_trials_are_not_asked_for_and_stand_in_the_study(planned: Plan) -> None:
    first, second = planned.combinations[:2]
    finished = [
        replicate(first.hash, 0, 0.75),
        replicate(second.hash, 3, None),
        replicate(first.hash, 99, 0.1),
        replicate("no such combination", 0, 0.2),
    ]
    search = Search(planned, finished)
    assert [trial.state for trial in search.study.trials] == [TrialState.COMPLETE, TrialState.FAIL]
    assert search.study.trials[0].params == {**first.choice, "seed": 0}
    assert search.study.best_value == 0.75
    order = drain(search)
    assert len(set(order)) == len(order) == 22
    assert not {(first.hash, 0), (second.hash, 3)} & set(order)


def test_a_study_in_which_everything_is_finished_asks_for_nothing(planned: Plan) -> None:
    finished = [replicate(c.hash, seed, 0.5) for c in planned.combinations for seed in planned.study.seeds]
    assert Search(planned, finished).ask() is None


def test_every_trial_runs_once_whatever_order_workers_answer_in(planned: Plan) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)
    search, lost = Search(planned), 0
    running: list[str] = []
    ended: list[str] = []
    while True:
        if len(running) < 5 and (trial := search.ask()) is not None:
            running.append(trial.name)
            continue
        if not running:
            break
        name = running.pop(chance.randrange(len(running)))
        if chance.random() < 0.2:
            search.give_back(name)
            lost += 1
        else:
            search.tell(name, None if chance.random() < 0.2 else chance.random())
            ended.append(name)
    assert sorted(ended) == sorted(trial.name for trial in trials(planned))
    assert len(search.study.trials) == len(ended) + lost


def test_a_lost_trial_is_asked_for_again_before_all_others(planned: Plan) -> None:
    search = Search(planned)
    first, second = search.ask(), search.ask()
    assert first is not None
    assert second is not None
    search.give_back(first.name)
    assert search.running == (second.name,)
    assert search.ask() == first
    search.tell(first.name, 0.25)
    assert search.study.best_value == 0.25


def test_a_trial_that_runs_already_is_claimed_and_not_asked_for(planned: Plan) -> None:
    search = Search(planned)
    third = list(trials(planned))[2]
    search.claim(third)
    assert search.running == (third.name,)
    assert (third.configuration.hash(), third.seed) not in drain(search)
    search.tell(third.name, 0.5)
    with pytest.raises(ValueError, match="not in deque"):
        search.claim(third)


def test_what_is_told_stands_in_the_study_under_the_levels(planned: Plan) -> None:
    search = Search(planned)
    trial = search.ask()
    assert trial is not None
    search.tell(trial.name, 0.875)
    (mirrored,) = search.study.trials
    assert mirrored.params == {"model.layer.sharing": "head", "model.layer.window": "5", "seed": 0}
    assert (mirrored.state, mirrored.value) == (TrialState.COMPLETE, 0.875)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_trial_without_a_finite_value_has_failed(planned: Plan, value: float | None) -> None:
    search = Search(planned, [replicate(planned.combinations[0].hash, 1, value)])
    trial = search.ask()
    assert trial is not None
    search.tell(trial.name, value)
    assert [mirrored.state for mirrored in search.study.trials] == [TrialState.FAIL, TrialState.FAIL]


def test_a_trial_is_told_only_while_it_runs(planned: Plan) -> None:
    search = Search(planned)
    trial = search.ask()
    assert trial is not None
    search.tell(trial.name, 0.5)
    with pytest.raises(KeyError):
        search.tell(trial.name, 0.5)
    with pytest.raises(KeyError):
        search.give_back(trial.name)


@pytest.mark.parametrize(("metric", "best"), [("loss", 0.125), ("accuracy", 0.5)])
def test_the_direction_is_that_of_the_objective(
    metric: str, best: float, good: str, load: Callable[..., StudySpec]
) -> None:
    search = Search(plan(load(good + f"objective: {{metric: {metric}, split: validation}}\n")))
    for value in (0.25, 0.5, 0.125):
        trial = search.ask()
        assert trial is not None
        search.tell(trial.name, value)
    assert search.study.best_value == best


def test_a_thousand_trials_are_asked_for_in_seconds(good: str, load: Callable[..., StudySpec]) -> None:
    search = Search(plan(load(good, "seeds=170")))
    start = time.perf_counter()
    assert len(drain(search)) == 1020
    assert time.perf_counter() - start < 4  # 0.3 s on an idle machine; growth with the square would take far more


def test_optuna_is_silent() -> None:
    # in a process of its own: Optuna's handler keeps the stream that it first saw
    code = (
        "from pathlib import Path; from ablate.study.load import load_study; from ablate.study.design import plan;"
        "from ablate.study.search import Search;"
        f"search = Search(plan(load_study(Path({str(STUDY)!r})))); search.tell(search.ask().name, 0.5)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
