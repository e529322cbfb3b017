from __future__ import annotations

import json
import math
import random
from collections.abc import Callable

import pytest
from laboratory import EPOCHS, NUMBERS, SETTINGS, Laboratory, accuracy

from ablate.specs import Configuration, Direction, Metric, Objective, Options, Plan, Pruner, Range, Sampler, TrialSpec
from ablate.study.search import Finished, Search

TunedMaker = Callable[..., Plan]
DISTURBANCES = 2


@pytest.fixture
def chance(capsys: pytest.CaptureFixture[str]) -> random.Random:
    seed = random.randrange(10_000)
    with capsys.disabled():
        print(f"[seed {seed}] ", end="")  # noqa: T201
    return random.Random(seed)


def told(trial: TrialSpec, value: float | None) -> Finished:
    return Finished(trial.name, trial.combination_hash, trial.seed, trial.tuning, value, trial.configuration)


def asked(search: Search) -> TrialSpec:
    trial = search.ask()
    assert trial is not None
    return trial


# Order and number


def test_every_combination_is_tried_equally_often_then_run_once_per_seed(make_tuned: TunedMaker) -> None:
    plan = make_tuned(trials=5)
    outcome = Laboratory(plan).to_the_end().outcome()
    expected = [f"{c.hash}-{kind}" for c in plan.combinations for kind in ("s0", "s4", "t1", "t2", "t3", "t4", "t5")]
    assert sorted(outcome) == sorted(expected)
    assert Search(plan).expected() == len(expected) == 14


def test_the_tries_of_a_combination_wait_for_each_other_and_combinations_run_side_by_side(
    make_tuned: TunedMaker,
) -> None:
    plan = make_tuned(trials=2, windows=(3, 5, 7))
    search = Search(plan)
    first = [asked(search) for _ in range(3)]
    assert [trial.combination for trial in first] == [plan.combinations[i].hash for i in (2, 0, 1)]
    assert [trial.tuning for trial in first] == [1, 1, 1]
    assert search.ask() is None
    search.tell(first[1].name, 0.5)
    second = asked(search)
    assert (second.combination, second.tuning) == (first[1].combination, 2)
    assert search.ask() is None


def test_replicates_of_a_tuned_combination_run_while_others_are_still_tuned(make_tuned: TunedMaker) -> None:
    search = Search(make_tuned(trials=1))
    slow, fast = asked(search), asked(search)
    search.tell(fast.name, 0.5)
    replicate = asked(search)
    assert (replicate.combination, replicate.tuning, replicate.seed) == (fast.combination, 0, 0)
    assert slow.name in search.running


def test_a_lost_try_is_asked_for_again_with_the_same_values(make_tuned: TunedMaker) -> None:
    search = Search(make_tuned())
    first = asked(search)
    search.give_back(first.name)
    assert first.name not in search.running
    assert search.ask() == first


def test_what_is_set_aside_holds_up_nothing_but_what_waits_for_it(make_tuned: TunedMaker) -> None:
    plan = make_tuned(trials=2)
    search = Search(plan)
    hopeless, other = asked(search), asked(search)
    search.set_aside(hopeless.name)
    assert search.running == (other.name,)
    search.tell(other.name, 0.5)
    rest = []
    while (trial := search.ask()) is not None:
        rest.append(trial)
        search.tell(trial.name, 0.5)
    assert [(trial.combination, trial.tuning) for trial in rest] == [(other.combination, n) for n in (2, 0, 0)]
    assert search.untuned == ()


def test_only_the_next_try_can_be_claimed(make_tuned: TunedMaker) -> None:
    plan = make_tuned()
    trial = asked(Search(plan))
    search = Search(plan)
    with pytest.raises(ValueError, match="not the next try"):
        search.claim(trial.model_copy(update={"tuning": 2}))
    search.claim(trial)
    with pytest.raises(ValueError, match="runs already"):
        search.claim(trial)
    assert asked(search).combination != trial.combination


# What is proposed, and what is made of it


@pytest.mark.parametrize("sampler", Sampler)
def test_every_sampler_stays_within_the_space_and_tries_different_values(
    sampler: Sampler, make_tuned: TunedMaker
) -> None:
    tried = [s for s in Laboratory(make_tuned(sampler)).to_the_end().specs.values() if s.tuning]
    rates = {trial.configuration.training.learning_rate for trial in tried}
    assert len(rates) >= 6  # the draws without a model are the same for both combinations
    assert all(1e-4 <= rate <= 1e-2 for rate in rates)
    assert all(type(trial.configuration.training.batch_size) is int for trial in tried)
    assert {trial.configuration.training.optimizer for trial in tried} == {"adamw", "sgd"}


@pytest.mark.parametrize("sampler", [Sampler.TPE, Sampler.GP, Sampler.CMA_ES])
def test_samplers_that_learn_come_nearer_to_the_best_than_chance(sampler: Sampler, make_tuned: TunedMaker) -> None:
    rate = {"training.learning_rate": Range(low=1e-4, high=1e-2, log=True)}

    def late_distance(sampler: Sampler) -> float:
        plan = make_tuned(sampler, trials=24, settings=rate, windows=(5,))
        tried = [trial for trial in Laboratory(plan).to_the_end().specs.values() if trial.tuning > 12]
        return sum(abs(math.log10(trial.configuration.training.learning_rate) + 2.7) for trial in tried) / len(tried)

    assert late_distance(sampler) < 0.6 * late_distance(Sampler.RANDOM)


def test_draws_without_a_model_are_the_same_for_all_combinations(make_tuned: TunedMaker) -> None:
    for sampler in (Sampler.RANDOM, Sampler.QMC):
        tried: dict[int, set[str]] = {}
        for trial in Laboratory(make_tuned(sampler)).to_the_end().specs.values():
            if trial.tuning:
                tried.setdefault(trial.tuning, set()).add(trial.configuration.training.model_dump_json())
        assert [len(values) for values in tried.values()] == [1] * 6


def test_another_tuning_seed_draws_other_values(make_tuned: TunedMaker) -> None:
    first, second = (asked(Search(make_tuned(seed=seed))) for seed in (0, 1))
    assert first.configuration.training.learning_rate != second.configuration.training.learning_rate
    assert (first.seed, second.seed) == (0, 1)


def test_sobol_points_fill_the_space_evenly_from_the_first_on(make_tuned: TunedMaker) -> None:
    settings = {"training.label_smoothing": Range(low=0.0, high=0.8)}
    plan = make_tuned(Sampler.QMC, trials=8, settings=settings, windows=(3,))
    tried = [s.configuration.training.label_smoothing for s in Laboratory(plan).to_the_end().specs.values() if s.tuning]
    assert sorted(int(value / 0.1) for value in tried) == list(range(8))


def test_what_is_proposed_survives_json_to_the_last_digit(make_tuned: TunedMaker) -> None:
    for trial in Laboratory(make_tuned()).to_the_end().specs.values():
        text = json.dumps(json.loads(trial.model_dump_json()))
        assert TrialSpec.model_validate_json(text) == trial


@pytest.mark.parametrize("value", [0.25, "sgd", 3], ids=str)
def test_a_setting_with_a_single_value_is_no_obstacle(value: str | float, make_tuned: TunedMaker) -> None:
    path = {"0.25": "training.label_smoothing", "sgd": "training.optimizer", "3": "training.warmup_epochs"}[str(value)]
    single = Options(values=(value,)) if isinstance(value, str) else Range(low=value, high=value, is_whole=value == 3)
    for sampler in (Sampler.TPE, Sampler.CMA_ES, Sampler.QMC, Sampler.RANDOM):
        settings = {path: single, "training.learning_rate": Range(low=1e-4, high=1e-2)}
        for trial in Laboratory(make_tuned(sampler, settings=settings)).to_the_end().specs.values():
            assert getattr(trial.configuration.training, path.partition(".")[2]) == value


# What is found


def tell_all(search: Search, values: list[float | None]) -> None:
    """Tells the tries of a single combination."""
    for value in values:
        search.tell(asked(search).name, value)


@pytest.mark.parametrize(
    ("metric", "direction", "best"), [(Metric.ACCURACY, Direction.MAXIMIZE, 2), (Metric.LOSS, Direction.MINIMIZE, 1)]
)
def test_replicates_run_with_the_earliest_of_the_best(
    metric: Metric, direction: Direction, best: int, make_tuned: TunedMaker
) -> None:
    plan = make_tuned(trials=5, windows=(3,), objective=Objective(metric=metric, direction=direction))
    search, tried = Search(plan), []
    for value in (0.5, 0.75, 0.75, None, 0.5):
        tried.append(asked(search))
        search.tell(tried[-1].name, value)
    expected = tried[best - 1].configuration
    replicates = [asked(search), asked(search)]
    assert [trial.configuration for trial in replicates] == [expected, expected]
    assert [trial.combination for trial in replicates] == [plan.combinations[0].hash] * 2
    assert [trial.seed for trial in replicates] == [0, 4]


def test_a_combination_whose_tries_all_failed_is_named_and_has_no_replicates(make_tuned: TunedMaker) -> None:
    plan = make_tuned(trials=2)
    search = Search(plan)
    doomed = plan.combinations[0].hash
    asked_for = []
    while (trial := search.ask()) is not None:
        asked_for.append(trial.name)
        search.tell(trial.name, None if trial.combination == doomed else 0.5)
    assert search.untuned == (doomed,)
    assert len(asked_for) == 6
    assert search.expected() == 8
    assert not [name for name in asked_for if name.startswith(f"{doomed}-s")]


def test_replicates_run_with_what_the_first_of_them_ran_with(make_tuned: TunedMaker) -> None:
    """A failed try that is run again may turn out best: then seeds would be compared that ran with different values."""
    plan = make_tuned(trials=2, windows=(3,))
    search = Search(plan)
    tries = [asked(search)]
    search.tell(tries[0].name, 0.5)
    tries.append(asked(search))
    search.tell(tries[1].name, None)
    first = asked(search)
    again = Search(plan, [told(tries[0], 0.5), told(tries[1], 0.9), told(first, 0.4)])
    assert asked(again).configuration == first.configuration == tries[0].configuration


def test_a_try_that_is_run_again_is_proposed_from_those_before_it(make_tuned: TunedMaker) -> None:
    done = Laboratory(make_tuned(windows=(3,))).to_the_end()
    for missing in (trial for trial in done.specs.values() if trial.tuning):
        known = [trial for trial in done.finished.values() if trial.tuning and trial.name != missing.name]
        assert Search(done.plan, known).ask() == missing


# Whatever is killed


@pytest.mark.parametrize("sampler", [Sampler.TPE, Sampler.CMA_ES, Sampler.QMC, Sampler.RANDOM])
@pytest.mark.parametrize("pruner", Pruner)
def test_a_disturbed_search_comes_to_the_same_trials_with_the_same_values(
    sampler: Sampler, pruner: Pruner, make_tuned: TunedMaker, chance: random.Random
) -> None:
    has_generations = sampler is Sampler.CMA_ES  # of six trials, after which it remembers something
    settings = NUMBERS if has_generations else SETTINGS
    plan = make_tuned(sampler, pruner, trials=9 if has_generations else 7, settings=settings)
    undisturbed = Laboratory(plan).to_the_end()
    rebuilt = lost = 0
    for _ in range(DISTURBANCES):
        disturbed = Laboratory(plan, chance).to_the_end()
        assert disturbed.outcome() == undisturbed.outcome()
        assert len(disturbed.outcome()) == Search(plan).expected()
        rebuilt, lost = rebuilt + disturbed.rebuilt, lost + disturbed.lost
    assert rebuilt > 2
    assert lost > 2


def test_gaussian_processes_propose_the_same_after_a_rebuild(make_tuned: TunedMaker, chance: random.Random) -> None:
    plan = make_tuned(Sampler.GP, Pruner.MEDIAN, trials=5, windows=(3,))
    assert Laboratory(plan, chance).to_the_end().outcome() == Laboratory(plan).to_the_end().outcome()


def test_an_untuned_study_comes_to_the_same_trials_when_disturbed(
    make_tuned: TunedMaker, chance: random.Random
) -> None:
    untuned = make_tuned(None, windows=(3, 5, 7))
    undisturbed = Laboratory(untuned).to_the_end().outcome()
    assert len(undisturbed) == 6
    for _ in range(DISTURBANCES):
        assert Laboratory(untuned, chance).to_the_end().outcome() == undisturbed


def test_values_that_an_older_optuna_proposed_are_kept(make_tuned: TunedMaker) -> None:
    plan = make_tuned(Sampler.CMA_ES, trials=3, windows=(3,))
    trial = asked(Search(plan))
    other = trial.configuration.training.model_copy(update={"learning_rate": 0.00321})
    strange = trial.model_copy(update={"configuration": trial.configuration.model_copy(update={"training": other})})
    search = Search(plan, [told(strange, 0.9)])
    tell_all(search, [0.1, 0.2])
    assert asked(search).configuration.training.learning_rate == 0.00321


# Pruning


def pruned(plan: Plan) -> tuple[Laboratory, list[Finished]]:
    done = Laboratory(plan).to_the_end()
    return done, [trial for trial in done.finished.values() if trial.is_pruned]


@pytest.mark.parametrize("pruner", [pruner for pruner in Pruner if pruner is not Pruner.NONE])
def test_every_pruner_stops_some_tries_early_and_no_replicate(pruner: Pruner, make_tuned: TunedMaker) -> None:
    done, stopped = pruned(make_tuned(Sampler.RANDOM, pruner, trials=12))
    assert stopped
    assert all(1 < len(trial.curve) < EPOCHS for trial in stopped)  # the first epoch warms up
    assert len(done.finished) == Search(done.plan).expected()
    assert all(trial.tuning for trial in stopped)


def test_nothing_is_pruned_without_a_pruner(make_tuned: TunedMaker) -> None:
    assert pruned(make_tuned(Sampler.RANDOM, trials=12))[1] == []


@pytest.mark.parametrize("pruner", [pruner for pruner in Pruner if pruner is not Pruner.NONE])
def test_a_try_that_ran_on_past_its_verdict_counts_as_it_stood_then(pruner: Pruner, make_tuned: TunedMaker) -> None:
    done, stopped = pruned(make_tuned(Sampler.TPE, pruner, trials=12, windows=(3,)))
    late = []
    for trial in done.finished.values():
        spec = done.specs[trial.name]
        if trial.is_pruned:
            whole = tuple((epoch, accuracy(spec, epoch)) for epoch in range(1, EPOCHS + 1))
            late.append(trial._replace(is_pruned=False, curve=whole, value=whole[-1][1] + 1))
        elif trial.tuning:
            late.append(trial)
    assert stopped
    assert (
        asked(Search(done.plan, late)).configuration == done.specs[f"{done.plan.combinations[0].hash}-s0"].configuration
    )


def test_a_verdict_stands_from_its_epoch_on_also_for_a_second_attempt(make_tuned: TunedMaker) -> None:
    search = Search(make_tuned(Sampler.RANDOM, Pruner.MEDIAN, trials=9, windows=(3,)))
    for _ in range(3):
        good = asked(search)
        assert not any(search.report(good.name, epoch, 0.9) for epoch in range(1, EPOCHS + 1))
        search.tell(good.name, 0.9)
    bad = asked(search)
    assert [search.report(bad.name, epoch, 0.1 * epoch) for epoch in (1, 2, 3)] == [False, True, True]
    search.give_back(bad.name)
    assert asked(search) == bad
    assert [search.report(bad.name, epoch, 0.1 * epoch) for epoch in (1, 2)] == [False, True]
    search.tell_pruned(bad.name)
    assert asked(search).tuning == 5


def test_after_the_last_epoch_nothing_is_pruned(make_tuned: TunedMaker) -> None:
    search = Search(make_tuned(Sampler.RANDOM, Pruner.MEDIAN, trials=9, windows=(3,)))
    for _ in range(3):
        good = asked(search)
        search.report(good.name, EPOCHS, 0.9)
        search.tell(good.name, 0.9)
    assert not search.report(asked(search).name, EPOCHS, 0.1)


def test_no_verdict_is_given_on_numbers_that_are_none(make_tuned: TunedMaker) -> None:
    search = Search(make_tuned(Sampler.RANDOM, Pruner.MEDIAN, trials=1, windows=(3,)))
    trial = asked(search)
    assert not search.report(trial.name, 2, float("nan"))
    search.tell(trial.name, float("inf"))
    assert search.ask() is None
    assert search.untuned == (trial.combination,)


def test_replicates_are_never_pruned(make_tuned: TunedMaker) -> None:
    search = Search(make_tuned(Sampler.RANDOM, Pruner.MEDIAN, trials=1, windows=(3,)))
    tell_all(search, [0.9])
    replicate = asked(search)
    assert not any(search.report(replicate.name, epoch, 0.0) for epoch in range(1, EPOCHS + 1))
    with pytest.raises(ValueError, match="never pruned"):
        search.tell_pruned(replicate.name)
    assert search.running == (replicate.name,)


def test_a_pruned_try_is_the_best_only_where_nothing_else_is(make_tuned: TunedMaker) -> None:
    plan = make_tuned(Sampler.RANDOM, trials=2, windows=(3,))
    search = Search(plan)
    first = asked(search)
    search.tell(first.name, 0.5)
    second = asked(search)
    cut = told(second, 0.9)._replace(is_pruned=True)
    assert asked(Search(plan, [told(first, 0.5), cut])).configuration == first.configuration
    assert asked(Search(plan, [told(first, None), cut])).configuration == second.configuration


# What the user is told


@pytest.mark.parametrize(
    ("sampler", "settings", "trials", "said"),
    [
        (Sampler.TPE, "both", 1, []),
        (Sampler.CMA_ES, "numbers", 8, []),
        (Sampler.CMA_ES, "numbers", 7, ["generations of 6 trials"]),
        (Sampler.CMA_ES, "both", 8, ["training.optimizer is drawn at random"]),
        (Sampler.CMA_ES, "options", 8, ["no tuned setting is one"]),
    ],
)
def test_a_sampler_that_does_less_than_its_name_says_so(
    sampler: Sampler, settings: str, trials: int, said: list[str], make_tuned: TunedMaker
) -> None:
    numbers = {
        "training.learning_rate": Range(low=1e-4, high=1e-2),
        "training.weight_decay": Range(low=0.0, high=0.1),
    }
    options = {"training.optimizer": Options(values=("adamw", "sgd"))}
    chosen = {"numbers": numbers, "options": options, "both": {**numbers, **options}}[settings]
    notes = Search(make_tuned(sampler, trials=trials, settings=chosen)).notes
    assert len(notes) == len(said)
    assert all(part in note for part, note in zip(said, notes, strict=True))


def test_a_study_that_does_not_tune_has_nothing_to_say(make_tuned: TunedMaker) -> None:
    search = Search(make_tuned(None))
    assert (search.notes, search.untuned, search.expected()) == ((), (), 4)
    assert asked(search).combination is None


def test_a_tuned_configuration_differs_in_nothing_but_what_is_tuned(make_tuned: TunedMaker) -> None:
    plan = make_tuned()
    trial = asked(Search(plan))
    base: Configuration = plan.combinations[1].configuration
    tuned = {"learning_rate", "batch_size", "optimizer"}
    assert trial.configuration.model == base.model
    assert trial.configuration.data == base.data
    assert trial.configuration.training.model_dump(exclude=tuned) == base.training.model_dump(exclude=tuned)
