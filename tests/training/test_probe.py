"""What a few training steps tell: equal where nothing differs, different where a study could see it."""

import pytest
import torch

from ablate.errors import Diverged, InputError
from ablate.models import build, cost
from ablate.specs import (
    Backbone,
    Configuration,
    Connectivity,
    DataSpec,
    Dynamics,
    LayerSpec,
    ModelSpec,
    Schedule,
    Sharing,
    TrainingSpec,
)
from ablate.training import probe as probing
from ablate.training.costing import count_costs, measure_latency
from ablate.training.probe import STEPS, learning_rates, probe


@pytest.fixture(autouse=True, scope="module")
def _time_few_steps():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "MOST_TIMED", probing.LEAST_TIMED)
        yield


def configuration(data=None, training=None, **model):
    layer = model.pop("layer", {})
    return Configuration(
        model=ModelSpec(widths=(6,), depths=(1,), layer=LayerSpec(**{"sharing": "head", "heads": 2, **layer}), **model),
        data=DataSpec(**{"training_images": 40, **(data or {})}),
        training=TrainingSpec(**{"epochs": 4, "batch_size": 20, "warmup_epochs": 1, **(training or {})}),
    )


@pytest.fixture(scope="module")
def plain():
    return probe(configuration(), seed=3)


def test_the_same_configuration_leaves_the_same_fingerprint_and_another_seed_another(plain):
    assert probe(configuration(), seed=3).fingerprint == plain.fingerprint
    assert probe(configuration(), seed=4).fingerprint != plain.fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        configuration(training={"gradient_clip": 1e6}),
        configuration(drop_path=0.2),  # the only block is the first, and its rate is 0
    ],
)
def test_what_never_acts_leaves_the_fingerprint_as_it_is(plain, changed):
    assert changed.hash() != configuration().hash()
    assert probe(changed, seed=3).fingerprint == plain.fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        configuration(training={"epochs": 5}),
        configuration(training={"warmup_epochs": 2}),
        configuration(training={"schedule": "constant"}),
        configuration(training={"label_smoothing": 0.11}),
        configuration(training={"weight_decay": 0.06}),
        configuration(training={"optimizer": "sgd"}),
        configuration(training={"batch_size": 19}),
        configuration(training={"gradient_clip": 0.1}),
        configuration(training={"precision": "bf16"}),
        configuration(data={"split_seed": 1}),
        configuration(data={"training_images": 41}),
        configuration(mlp_ratio=2.5),
        configuration(layer={"sharing": "spatial"}),
        configuration(layer={"window": 5}),
    ],
    ids=lambda changed: changed.model_dump_json(exclude_defaults=True)[-60:],
)
def test_what_a_study_could_see_changes_the_fingerprint(plain, changed):
    assert probe(changed, seed=3).fingerprint != plain.fingerprint


LONG = {"epochs": 300_000, "warmup_epochs": 290_000, "learning_rate": 1e-3}


@pytest.mark.parametrize("changed", [{"weight_decay": 0.06}, {"schedule": "constant"}, {"epochs": 300_001}])
def test_what_acts_after_a_long_warm_up_alone_is_seen_in_the_first_steps(changed):
    prints = {probe(configuration(training=training), seed=0).fingerprint for training in (LONG, {**LONG, **changed})}
    assert len(prints) == 2


def test_more_epochs_are_seen_although_every_step_is_taken_at_the_same_rate():
    constant = {"schedule": "constant", "warmup_epochs": 0}
    prints = {probe(configuration(training={**constant, "epochs": n}), seed=0).fingerprint for n in (4, 5)}
    assert len(prints) == 2


def test_the_learning_rates_are_those_of_the_whole_training():
    recipe = TrainingSpec(epochs=500, warmup_epochs=100, learning_rate=0.5, schedule=Schedule.CONSTANT)
    rates = learning_rates(recipe, steps_per_epoch=10)
    assert (min(rates), max(rates)) == (0, 4999)
    assert rates[0] == 0
    assert rates[500] == pytest.approx(0.25)
    assert {rate for step, rate in rates.items() if step >= 1000} == {0.5}


def test_costs_steps_and_sizes_are_told(plain):
    assert plain.costs == count_costs(configuration())
    assert plain.steps == STEPS
    assert plain.steps_per_epoch == 2
    assert plain.seconds_per_step > 0 < plain.seconds_per_image
    assert plain.startup_seconds > 0


def test_a_loss_that_is_no_longer_finite_is_said():
    with pytest.raises(Diverged, match=r"the training loss is .* in epoch 2, step 3"):
        probe(configuration(training={"learning_rate": 1e38, "optimizer": "sgd"}), seed=0)


def test_what_cannot_be_built_is_refused_in_words():
    with pytest.raises(InputError, match="heads 4 does not divide 6 channels"):
        probe(configuration(layer={"heads": 4}), seed=0)
    with pytest.raises(InputError, match="heads 4 does not divide 6 channels"):
        count_costs(configuration(layer={"heads": 4}))


def test_drop_path_is_seen_where_it_acts():
    two = [configuration(drop_path=rate) for rate in (0.0, 0.2)]
    two = [item.model_copy(update={"model": item.model.model_copy(update={"depths": (2,)})}) for item in two]
    assert len({probe(item, seed=3).fingerprint for item in two}) == 2


def test_one_of_several_processes_takes_its_share_of_a_batch_and_as_many_steps(plain):
    half = probe(configuration(), seed=3, processes=2)
    assert half.steps_per_epoch == plain.steps_per_epoch
    assert half.fingerprint != plain.fingerprint


@pytest.mark.parametrize("backbone", Backbone)
def test_counting_without_weights_gives_the_costs_of_the_real_model_for_every_cell(backbone):
    stages = (
        {"widths": (8, 12), "depths": (1, 1)} if backbone is Backbone.HIERARCHICAL else {"widths": (8,), "depths": (1,)}
    )
    seen = 0
    for connectivity in Connectivity:
        for sharing in Sharing:
            for dynamics in Dynamics:
                layer = LayerSpec(connectivity=connectivity, sharing=sharing, dynamics=dynamics, heads=4)
                item = Configuration(model=ModelSpec(backbone=backbone, layer=layer, **stages))
                if item.refusal() is None:
                    facts = item.data.facts
                    assert count_costs(item) == cost(build(item.model, facts), facts.height, facts.width)
                    seen += 1
    assert seen > 40


def test_counting_draws_no_weights():
    state = torch.get_rng_state()
    wide = configuration(layer={"heads": 1}).model_copy(update={"model": ModelSpec(widths=(2_000,), depths=(1,))})
    assert count_costs(wide).parameters > 10**7
    assert torch.equal(torch.get_rng_state(), state)


def test_a_model_that_computes_more_takes_longer():
    narrow, wide = (measure_latency(Configuration(model=ModelSpec(widths=(w,), depths=(2,)))) for w in (8, 256))
    assert 0 < narrow < wide
