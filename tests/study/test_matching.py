"""Equal cost: the search finds what looking at every value would find. Seeds stand in the names of the tests."""

import random

import pytest

from ablate.specs import Configuration, Factor, LayerSpec, Level, Match, ModelSpec, Range, StudySpec, Tune, identify
from ablate.study.design import plan
from ablate.study.ladder import create_ladder
from ablate.study.matching import match


def study(wanted, widths=(12, 24), heads=2, tune=None, sharings=("head", "spatial"), **model):
    layer = LayerSpec(dynamics="static", heads=heads, window=3)
    depths = (1,) * len(widths)
    levels = tuple(Level(label=s, settings={"model.layer.sharing": s}) for s in sharings)
    return StudySpec(
        name="s",
        question="?",
        base=Configuration(model=ModelSpec(widths=widths, depths=depths, layer=layer, **model)),
        factors=(Factor(name="model.layer.sharing", levels=levels),),
        baseline={"model.layer.sharing": sharings[0]},
        seeds=(0,),
        match=wanted,
        tune=tune,
    )


class Meter:
    """A cost that is known by heart, and how often it was asked for."""

    def __init__(self, cost):
        self.cost, self.rounds, self.seen = cost, 0, []

    def __call__(self, configurations):
        self.rounds += 1
        self.seen += configurations
        return [float(self.cost(configuration)) for configuration in configurations]


def quadratic(configuration):
    factor = {"head": 3, "spatial": 2, "none": 1}[configuration.model.layer.sharing]
    return factor * sum(width**2 for width in configuration.model.widths) + 10 * sum(configuration.model.widths)


def by_label(planned):
    return {combination.choice["model.layer.sharing"]: combination for combination in planned.combinations}


def nearest(configuration, setting, cost, target):
    """By looking at every value."""
    ladder = create_ladder(configuration, setting)
    candidates = [(rung, at) for rung in range(len(ladder.values)) if (at := ladder.at(rung)) is not None]
    return min(candidates, key=lambda item: (abs(cost(item[1]) / target - 1), item[0]))[1]


def test_a_study_without_match_stays_as_it_is():
    planned, meter = plan(study(None)), Meter(quadratic)
    assert match(planned, meter) is planned
    assert meter.rounds == 0


def test_the_baseline_keeps_its_value_and_sets_the_target():
    matched = by_label(match(plan(study(Match())), Meter(quadratic)))["head"]
    assert matched.matched.value == [12, 24]
    assert matched.matched.target == matched.matched.reached == quadratic(matched.configuration)
    assert matched.matched.is_met
    assert matched.hash == matched.configuration.hash()


def test_the_others_get_the_width_that_costs_as_much():
    combinations = by_label(match(plan(study(Match(), widths=(120, 240))), Meter(quadratic)))
    spatial = combinations["spatial"]
    assert list(spatial.configuration.model.widths) == spatial.matched.value == [147, 293]
    assert spatial.matched.reached == quadratic(spatial.configuration)
    assert spatial.matched.is_met
    assert spatial.hash == spatial.configuration.hash() != by_label(plan(study(Match())))["spatial"].hash
    assert spatial.choice == {"model.layer.sharing": "spatial"}


def test_a_target_in_numbers_moves_the_baseline_too():
    combinations = match(plan(study(Match(to=5000.0))), Meter(quadratic)).combinations
    for combination in combinations:
        expected = nearest(combination.configuration, "model.widths", quadratic, 5000.0)
        assert combination.configuration == expected
        assert combination.matched.target == 5000.0


def test_a_target_out_of_reach_takes_the_nearest_and_says_so():
    combinations = by_label(match(plan(study(Match(to=1e12))), Meter(quadratic)))
    assert combinations["head"].matched.value == [192, 384]
    assert not combinations["head"].matched.is_met
    smallest = by_label(match(plan(study(Match(to=1.0))), Meter(quadratic)))
    assert smallest["spatial"].matched.value == [1, 2]
    assert not smallest["spatial"].matched.is_met


def test_the_tolerance_decides_what_is_met():
    reached = {}
    for tolerance in (0.02, 0.2):
        wanted = Match(tolerance=tolerance)
        reached[tolerance] = by_label(match(plan(study(wanted, widths=(4,), heads=4)), Meter(quadratic)))[
            "spatial"
        ].matched
    assert reached[0.02].value == reached[0.2].value == [5]
    assert reached[0.02].reached == 100
    assert reached[0.02].target == 88
    assert (reached[0.02].is_met, reached[0.2].is_met) == (False, True)


def test_of_two_equally_near_the_smaller_is_taken():
    wanted = Match(to=100.0)
    meter = Meter(lambda configuration: 96 if configuration.model.widths[0] <= 5 else 104)
    planned = match(plan(study(wanted, widths=(5,), heads=1)), meter)
    assert {combination.matched.reached for combination in planned.combinations} == {96}


@pytest.mark.parametrize("setting", ["model.widths", "model.mlp_ratio", "model.depths", "model.layer.window"])
@pytest.mark.parametrize("seed", range(4))
def test_for_any_growing_cost_the_search_finds_what_looking_at_every_value_finds(setting, seed):
    rng = random.Random(seed)
    power, offset, bend = rng.uniform(0.3, 3), rng.uniform(0, 500), rng.uniform(0, 2)
    factor = {"head": 1, "spatial": rng.uniform(0.2, 5)}
    head = setting.rpartition(".")[2]

    def cost(configuration):
        holder = configuration.model.layer if head == "window" else configuration.model
        value = getattr(holder, head)
        size = sum(value) if isinstance(value, tuple) else value
        return offset + factor[configuration.model.layer.sharing] * (size**power + bend * size)

    sharings = ("head", "spatial")
    planned = plan(study(Match(vary=setting), sharings=sharings))
    meter = Meter(cost)
    for combination in match(planned, meter).combinations:
        before = by_label(planned)[combination.choice["model.layer.sharing"]].configuration
        expected = nearest(before, setting, cost, combination.matched.target)
        assert cost(combination.configuration) == pytest.approx(cost(expected), rel=1e-12)
    assert meter.rounds <= 20


@pytest.mark.parametrize("seed", range(5))
def test_a_cost_with_noise_ends_too_and_is_near(seed):
    rng = random.Random(seed)
    known = {}

    def cost(configuration):
        return known.setdefault(configuration.hash(), quadratic(configuration) * rng.uniform(0.97, 1.03))

    meter = Meter(cost)
    spatial = by_label(match(plan(study(Match(), widths=(120, 240))), meter))["spatial"]
    assert quadratic(spatial.configuration) == pytest.approx(spatial.matched.target, rel=0.07)
    assert meter.rounds <= 20


def test_one_call_a_round_serves_all_combinations_and_few_are_needed():
    sharings = ("head", "spatial", "none")
    meter = Meter(quadratic)
    match(plan(study(Match(), widths=(120, 240), sharings=sharings)), meter)
    assert meter.rounds <= 7
    assert len(meter.seen) <= 20
    assert len({configuration.hash() for configuration in meter.seen}) == len(meter.seen)


def test_matching_again_gives_the_same_plan():
    first, second = (match(plan(study(Match())), Meter(quadratic)) for _ in range(2))
    assert first == second


def test_the_hash_of_a_tuned_combination_covers_its_tuning():
    tune = Tune(settings={"training.learning_rate": Range(low=1e-4, high=1e-2)}, trials=3)
    for combination in match(plan(study(Match(), tune=tune)), Meter(quadratic)).combinations:
        assert combination.hash == identify(combination.configuration, tune) != combination.configuration.hash()


def test_choices_that_become_one_configuration_become_one_combination():
    widths = (
        Level(label="narrow", settings={"model.widths": [8]}),
        Level(label="wide", settings={"model.widths": [16]}),
    )
    base = study(Match(), widths=(8,), heads=1, sharings=("spatial",))
    varied = base.model_copy(
        update={"factors": (Factor(name="model.widths", levels=widths),), "baseline": {"model.widths": "wide"}}
    )
    (only,) = match(plan(varied), Meter(quadratic)).combinations
    assert only.is_baseline
    assert only.choice == {"model.widths": "wide"}
    assert only.aliases == ({"model.widths": "narrow"},)
