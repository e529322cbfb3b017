"""Optimizer and learning-rate schedule."""

import io

import pytest
import timm.optim
import torch
from timm.optim import create_optimizer_v2, get_optimizer_info, list_optimizers
from timm.scheduler import CosineLRScheduler, StepLRScheduler

from ablate.errors import InputError
from ablate.models import build
from ablate.specs import Backbone, DataSpec, ModelSpec, Optimizer, Schedule, TrainingSpec
from ablate.specs.optimizers import find_optimizer_refusal, options_of
from ablate.training import recipe
from ablate.training.recipe import create_optimizer, create_schedule

USABLE = [optimizer for optimizer in Optimizer if find_optimizer_refusal(optimizer) is None]
NEEDS = {
    Schedule.STEP: {"decay_epochs": 4},
    Schedule.WSD: {"decay_epochs": 4},
    Schedule.MULTISTEP: {"decay_milestones": (3, 7)},
}


@pytest.fixture(autouse=True, scope="module")
def _quick():
    # kron compiles what it computes, which takes half a minute and changes no number that matters here
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timm.optim.kron, "has_dynamo", False)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)


def learning_rates(spec, steps_per_epoch):
    model = torch.nn.Linear(3, 2)
    optimizer = create_optimizer(model, spec)
    schedule = create_schedule(optimizer, spec, steps_per_epoch)
    return course(optimizer, schedule, spec.epochs * steps_per_epoch)


def course(optimizer, schedule, steps):
    rates = []
    for step in range(1, steps + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step_update(step)
    return rates


def small_model():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 2),
        torch.nn.GroupNorm(1, 3),
        torch.nn.Flatten(),
        torch.nn.Linear(12, 5),
    )


def take_step(model, optimizer, number):
    pixels = torch.randn(7, 2, 3, 3, generator=torch.Generator().manual_seed(number))
    labels = torch.tensor([0, 1, 2, 3, 4, 0, 1])
    optimizer.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(model(pixels), labels).backward()
    optimizer.step()
    return [parameter.detach().clone() for parameter in model.parameters()]


def equal(first, second):
    return all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_the_optimizers_are_those_of_the_installed_timm():
    assert [optimizer.value for optimizer in Optimizer] == list_optimizers()


def test_the_options_that_an_optimizer_reads_are_those_that_timm_says():
    for optimizer in Optimizer:
        info = get_optimizer_info(optimizer.value)
        betas = info.num_betas if info.has_betas else 0
        assert options_of(optimizer) == (info.has_momentum, betas, info.has_eps), optimizer


def test_optimizers_that_want_more_than_timm_are_refused_with_the_reason_and_another():
    refused = {optimizer for optimizer in Optimizer if optimizer not in USABLE}
    assert refused == {o for o in Optimizer if o.startswith(("bnb", "fused"))} | {Optimizer.ADAHESSIAN}
    assert TrainingSpec(optimizer="bnblion8bit").refusal() == (
        "training.optimizer bnblion8bit needs the package bitsandbytes, which this training does not use: "
        "use another, such as lion"
    )
    with pytest.raises(InputError, match=r"fusedadamw needs NVIDIA's package apex, .* such as adamw"):
        create_optimizer(small_model(), TrainingSpec(optimizer="fusedadamw"))


@pytest.mark.parametrize("name", USABLE)
def test_a_training_goes_on_to_the_bit_from_the_state_of_its_optimizer(name):
    spec = TrainingSpec(optimizer=name, learning_rate=1e-3)
    model = small_model()
    optimizer = create_optimizer(model, spec)
    start = take_step(model, optimizer, 0)
    file = io.BytesIO()
    torch.save((model.state_dict(), optimizer.state_dict()), file)
    expected = take_step(model, optimizer, 1)
    assert not equal(start, expected)

    torch.manual_seed(99)  # what torch has drawn in between must not matter
    other = small_model()
    again = create_optimizer(other, spec)
    file.seek(0)
    weights, state = torch.load(file, weights_only=True)
    other.load_state_dict(weights)
    again.load_state_dict(state)
    assert equal(take_step(other, again, 1), expected)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_without_options_an_optimizer_is_as_timm_makes_it(name):
    spec = TrainingSpec(optimizer=name)
    ours, plain = small_model(), small_model()
    first = create_optimizer(ours, spec)
    second = create_optimizer_v2(plain, opt=name, lr=2e-3, weight_decay=0.05, filter_bias_and_bn=True)
    assert [group.keys() for group in first.param_groups] == [group.keys() for group in second.param_groups]
    for number in range(3):
        assert equal(take_step(ours, first, number), take_step(plain, second, number))


def test_options_reach_every_optimizer_that_reads_them_and_no_other():
    for name in USABLE:
        reads = options_of(name)
        betas = (0.8, 0.85, 0.95)[: reads.betas] or (0.8, 0.85)
        given = TrainingSpec(optimizer=name, momentum=0.6, betas=betas, epsilon=3e-5)
        plain = create_optimizer(small_model(), TrainingSpec(optimizer=name)).defaults
        found = create_optimizer(small_model(), given).defaults
        changed = {option for option in found if found[option] != plain[option]} - {"betas_1d"}
        expected = {option for option, is_read in {"momentum": reads.momentum, "eps": reads.epsilon}.items() if is_read}
        expected |= {"beta1" if "adafactor" in name else "betas"} if reads.betas else set()
        assert changed == expected, name


def test_betas_of_a_number_that_the_optimizer_does_not_read_are_refused():
    assert TrainingSpec(optimizer="adan", betas=(0.9, 0.99)).refusal() == (
        "training.betas has 2 entries, optimizer adan reads 3: give 3"
    )
    assert TrainingSpec(optimizer="sgd", betas=(0.9, 0.99)).refusal() is None


@pytest.mark.parametrize("name", ["adamw", "sgd", "lion", "muon"])
def test_biases_are_not_decayed_and_weights_are(name):
    optimizer = create_optimizer(torch.nn.Linear(3, 2), TrainingSpec(optimizer=name, weight_decay=0.07))
    decays = {group["params"][0].ndim: group["weight_decay"] for group in optimizer.param_groups}
    assert decays == {1: 0.0, 2: 0.07}


def test_an_optimizer_or_schedule_that_an_older_timm_lacks_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(recipe, "list_optimizers", lambda: ["adamw"])
    with pytest.raises(
        InputError, match=r"training.optimizer muon is not in the installed timm [\d.]+: install a newer"
    ):
        create_optimizer(small_model(), TrainingSpec(optimizer="muon"))
    monkeypatch.setattr(recipe, "create_scheduler_v2", lambda *_, **__: (None, 3))
    optimizer = create_optimizer(small_model(), TrainingSpec())
    with pytest.raises(InputError, match=r"training.schedule wsd is not in the installed timm"):
        create_schedule(optimizer, TrainingSpec(schedule="wsd", decay_epochs=2), 5)


@pytest.mark.parametrize("backbone", Backbone)
def test_layer_decay_slows_every_layer_by_its_distance_from_the_head(backbone):
    widths, depths = ((8, 16), (2, 1)) if backbone is Backbone.HIERARCHICAL else ((8,), (3,))
    model = build(ModelSpec(backbone=backbone, widths=widths, depths=depths), DataSpec().facts)
    spec = TrainingSpec(layer_decay=0.5, learning_rate=0.4, warmup_epochs=0)
    optimizer = create_optimizer(model, spec)
    create_schedule(optimizer, spec, 5).step_update(0)
    named = {id(parameter): name for name, parameter in model.named_parameters()}
    rates = {named[id(p)]: group["lr"] for group in optimizer.param_groups for p in group["params"]}
    assert {rate for name, rate in rates.items() if name.startswith("head")} == {0.4}
    assert {rate for name, rate in rates.items() if name.startswith(("patch_embed", "position"))} == {0.4 / 16}
    names = ["blocks.0", "blocks.1", "blocks.2"]
    if backbone is Backbone.HIERARCHICAL:
        names = ["stages.0.0", "stages.0.1", "stages.1.0"]
    for block, expected in zip(names, (0.05, 0.1, 0.2), strict=True):
        assert {rate for name, rate in rates.items() if name.startswith(f"{block}.")} == {expected}
    decays = {named[id(p)]: group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    assert decays["head.fc.bias"] == 0.0 < decays["head.fc.weight"]


def test_layer_decay_of_a_model_that_does_not_tell_its_layers_is_refused():
    with pytest.raises(InputError, match=r"training.layer_decay is 0.7, but Sequential has no group_matcher"):
        create_optimizer(small_model(), TrainingSpec(layer_decay=0.7))


def test_warm_up_rises_in_a_line_to_the_peak_and_the_cosine_falls_to_almost_nothing():
    rates = learning_rates(TrainingSpec(epochs=9, warmup_epochs=2, learning_rate=0.3), steps_per_epoch=5)
    assert rates[0] == pytest.approx(0, abs=1e-9)
    assert rates[5] == pytest.approx(0.15)
    assert rates[10] == pytest.approx(0.3)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.01


@pytest.mark.parametrize("warmup", [0, 2])
def test_cosine_and_constant_keep_the_bits_that_they_have_always_had(warmup):
    spec = TrainingSpec(epochs=9, warmup_epochs=warmup, learning_rate=3e-3)
    steps, warm = 9 * 7, warmup * 7
    same = {"warmup_t": warm, "warmup_prefix": True, "t_in_epochs": False}
    optimizer = create_optimizer(torch.nn.Linear(3, 2), spec)
    cosine = course(optimizer, CosineLRScheduler(optimizer, t_initial=steps - warm, **same), steps)
    assert learning_rates(spec, 7) == cosine
    optimizer = create_optimizer(torch.nn.Linear(3, 2), spec)
    constant = course(optimizer, StepLRScheduler(optimizer, decay_t=steps + 1, decay_rate=1.0, **same), steps)
    assert learning_rates(spec.model_copy(update={"schedule": Schedule.CONSTANT}), 7) == constant


def test_a_constant_schedule_stays_at_the_peak_after_warm_up():
    spec = TrainingSpec(epochs=7, warmup_epochs=1, schedule=Schedule.CONSTANT, learning_rate=0.2)
    rates = learning_rates(spec, steps_per_epoch=3)
    assert rates[:3] == sorted(rates[:3])
    assert rates[3:] == pytest.approx([0.2] * 18)


@pytest.mark.parametrize("schedule", Schedule)
@pytest.mark.parametrize("warmup", [0, 2])
def test_every_schedule_begins_at_the_warm_up_rate_and_never_leaves_its_bounds(schedule, warmup):
    spec = TrainingSpec(
        epochs=10,
        warmup_epochs=warmup,
        schedule=schedule,
        learning_rate=0.4,
        warmup_learning_rate=0.1,
        minimum_learning_rate=0.002,
        **NEEDS.get(schedule, {}),
    )
    assert spec.refusal() is None
    rates = learning_rates(spec, steps_per_epoch=5)
    assert rates[0] == pytest.approx(0.1 if warmup else 0.4, rel=1e-3)
    assert rates[5 * warmup] == pytest.approx(0.4, rel=1e-3)
    assert rates[5 * warmup :] == sorted(rates[5 * warmup :], reverse=True)
    assert max(rates) <= 0.4
    assert min(rates) >= 0.002


def test_every_schedule_takes_a_course_of_its_own():
    spec = {"epochs": 10, "warmup_epochs": 1}
    courses = {
        tuple(learning_rates(TrainingSpec(schedule=schedule, **spec, **NEEDS.get(schedule, {})), 5))
        for schedule in Schedule
    }
    assert len(courses) == len(Schedule)


def test_steps_and_milestones_are_epochs_from_the_first_one_on():
    spec = TrainingSpec(epochs=9, warmup_epochs=1, learning_rate=0.5, schedule="step", decay_epochs=4, decay_rate=0.5)
    rates = learning_rates(spec, steps_per_epoch=3)
    assert rates[3:] == [0.5] * 9 + [0.25] * 12 + [0.125] * 3
    milestones = {"schedule": Schedule.MULTISTEP, "decay_milestones": (2, 7)}
    rates = learning_rates(spec.model_copy(update=milestones), steps_per_epoch=3)
    assert rates[3:] == [0.5] * 3 + [0.25] * 15 + [0.125] * 6


def test_poly_of_power_one_is_a_straight_line():
    spec = TrainingSpec(epochs=4, warmup_epochs=0, learning_rate=0.4, schedule="poly", minimum_learning_rate=0.2)
    assert learning_rates(spec, 1) == pytest.approx([0.4, 0.35, 0.3, 0.25])
    curved = learning_rates(spec.model_copy(update={"decay_power": 2.0}), 1)
    assert curved == pytest.approx([0.4, 0.2 + 0.2 * 9 / 16, 0.25, 0.2 + 0.2 / 16])


def test_stable_and_decay_holds_the_peak_until_the_last_epochs():
    rates = learning_rates(TrainingSpec(epochs=10, warmup_epochs=2, schedule="wsd", decay_epochs=3), 4)
    assert set(rates[8:29]) == {2e-3}
    assert rates[29] < 2e-3
    assert rates[28:] == sorted(rates[28:], reverse=True)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"schedule": "step"}, "schedule step needs training.decay_epochs: give it, such as 30"),
        (
            {"schedule": "multistep"},
            "schedule multistep needs training.decay_milestones: give it, such as [30, 60, 80]",
        ),
        (
            {"schedule": "step", "decay_epochs": 30},
            "training.decay_epochs reaches 30, which schedule step never comes to in training.epochs 30 with "
            "training.warmup_epochs 3: give at most 29",
        ),
        (
            {"schedule": "wsd", "decay_epochs": 28},
            "training.decay_epochs reaches 28, which schedule wsd never comes to in training.epochs 30 with "
            "training.warmup_epochs 3: give at most 27",
        ),
        (
            {"schedule": "multistep", "decay_milestones": (9, 9)},
            "training.decay_milestones [9, 9] do not rise: give each epoch once, in order",
        ),
        (
            {"minimum_learning_rate": 0.01},
            "training.minimum_learning_rate 0.01 is above training.learning_rate 0.002: give less",
        ),
        (
            {"warmup_learning_rate": 0.01},
            "training.warmup_learning_rate 0.01 is above training.learning_rate 0.002: give less",
        ),
    ],
)
def test_a_course_that_cannot_be_taken_is_refused(fields, message):
    assert TrainingSpec(**fields).refusal() == message


def test_what_is_not_read_makes_no_other_experiment():
    unread = {
        "momentum": 0.8,
        "decay_epochs": 3,
        "decay_milestones": (2, 3),
        "decay_rate": 0.5,
        "decay_power": 2.0,
    }
    assert TrainingSpec(**unread).canonical() == TrainingSpec()
    read = TrainingSpec(betas=(0.9, 0.95), epsilon=1e-6, minimum_learning_rate=1e-5, warmup_learning_rate=1e-6)
    assert read.canonical() == read
    assert TrainingSpec(warmup_epochs=0, warmup_learning_rate=1e-6).canonical() == TrainingSpec(warmup_epochs=0)
    constant = TrainingSpec(schedule="constant", minimum_learning_rate=1e-5)
    assert constant.canonical() == TrainingSpec(schedule="constant")
