"""What a training took is told of the training alone, costs next to nothing, and disturbs nothing."""

import pytest
import torch
from torch import nn

from ablate.specs import Device, EnergySource, Measures, Precision, TrainingSpec
from ablate.training import measures
from ablate.training.device import create_accelerator
from ablate.training.energy import EnergyMeter
from ablate.training.learner import Learner
from ablate.training.measures import has_batch_norm, measure, time_inference
from ablate.training.progress import Progress
from ablate.training.timing import time_passes

SHAPE = (1, 8, 8)
NOBODY = EnergyMeter(EnergySource.RAPL, [])


class Model(nn.Module):
    """Draws, counts its passes, and keeps statistics: all that a measurement could disturb."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Dropout(0.5))
        self.seen = []

    def forward(self, pixels):
        torch.rand(1)
        self.seen.append((len(pixels), self.training, torch.is_inference_mode_enabled()))
        return self.layers(pixels)


@pytest.fixture
def accelerator():
    return create_accelerator(Device.CPU, Precision.FLOAT32, 1)


def learner_after(accelerator, epochs, seconds, model=None, **progress):
    """A learner that has trained for so many epochs, in so many seconds each."""
    learner = Learner(model or Model(), TrainingSpec(batch_size=32), accelerator, seed=0, steps_per_epoch=3)
    for number in range(epochs):
        learner.progress.seconds += seconds[number]
        learner.progress.end_epoch()
    for name, value in progress.items():
        setattr(learner.progress, name, value)
    return learner


def test_speed_is_of_the_median_epoch_so_that_a_slow_first_one_does_not_count(accelerator):
    found = measure(learner_after(accelerator, 3, [0.9, 0.1, 0.2]), SHAPE, 300, None)
    assert found.seconds_per_epoch == pytest.approx(0.2)
    assert found.training_images_per_second == pytest.approx(1500)


def test_an_epoch_that_was_broken_off_counts_whole_with_what_was_kept_of_it():
    progress = Progress(seconds=2.0)  # as of a checkpoint in the midst of the first epoch
    progress.seconds += 1.0
    progress.end_epoch()
    progress.seconds += 0.5
    progress.end_epoch()
    assert progress.epoch_seconds == [3.0, 0.5]


def test_a_short_training_is_not_held_up_by_a_single_pass(accelerator):
    learner = learner_after(accelerator, 2, [0.9, 1.0])
    found = measure(learner, SHAPE, 300, None)
    assert learner.plain_model.seen == []
    assert (found.inference_batch, found.inference_latency_seconds, found.inference_images_per_second) == (None,) * 3


def test_inference_is_timed_alone_and_in_batches_without_gradients(accelerator):
    learner = learner_after(accelerator, 2, [50.0, 50.0])
    found = measure(learner, SHAPE, 300, None)
    assert found.inference_batch == 64
    assert 0 < found.inference_latency_seconds < 1
    assert found.inference_images_per_second > 1 / found.inference_latency_seconds
    assert set(learner.plain_model.seen) == {(1, False, True), (64, False, True)}


def test_no_draw_weight_or_statistic_is_disturbed(accelerator):
    learner = learner_after(accelerator, 1, [50.0])
    learner.model.train()
    before = {name: value.clone() for name, value in learner.plain_model.state_dict().items()}
    torch.manual_seed(5)
    measure(learner, SHAPE, 300, None)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(3))
    assert all(torch.equal(value, before[name]) for name, value in learner.plain_model.state_dict().items())
    assert learner.model.training


def test_it_takes_no_longer_than_its_share(accelerator, monkeypatch):
    asked = []
    monkeypatch.setattr(measures, "time_inference", lambda *given: asked.append(given[3]) or (None, None))
    for seconds in (10.0, 1000.0):
        measure(learner_after(accelerator, 1, [seconds]), SHAPE, 300, None)
    assert asked == [pytest.approx(0.2), 1.0]


class Slow(nn.Module):
    """Half a second a pass, by a clock that it turns itself."""

    def __init__(self, monkeypatch):
        super().__init__()
        self.seconds, self.passes = 0.0, 0
        monkeypatch.setattr("time.perf_counter", lambda: self.seconds)

    def forward(self, pixels):
        self.passes += 1
        self.seconds += 0.5
        return pixels


def test_a_model_too_slow_for_the_bound_is_given_up_soon_and_has_no_number(accelerator, monkeypatch):
    model = Slow(monkeypatch)
    assert time_inference(model, SHAPE, accelerator, 1.0) == (None, None)
    assert model.passes == 3
    assert time_passes(model, torch.zeros(1), accelerator, seconds=2.0, least=5) == [0.5] * 5, "without a bound"


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("no memory"), RuntimeError("expects 64 images")])
def test_a_model_that_refuses_a_batch_leaves_the_trial_its_other_numbers(accelerator, caplog, error):
    class Refusing(Model):
        def forward(self, pixels):
            if len(pixels) == 1:
                raise error
            return super().forward(pixels)

    found = measure(learner_after(accelerator, 1, [50.0], Refusing()), SHAPE, 300, None)
    assert found.inference_latency_seconds is None
    assert found.inference_images_per_second > 0
    assert f"inference of 1 images was not timed: {error}" in caplog.text


def test_energy_is_told_with_its_source_or_not_at_all(accelerator):
    counted = measure(learner_after(accelerator, 1, [1.0], joules=12.5), SHAPE, 300, NOBODY)
    assert (counted.energy_joules, counted.energy_source) == (12.5, EnergySource.RAPL)
    for joules, meter in ((None, NOBODY), (0.0, None)):
        found = measure(learner_after(accelerator, 1, [1.0], joules=joules), SHAPE, 300, meter)
        assert (found.energy_joules, found.energy_source) == (None, None)


def test_batches_that_memory_made_smaller_are_told_with_what_was_planned(accelerator):
    found = measure(learner_after(accelerator, 1, [1.0]), SHAPE, 300, None)
    assert (found.micro_batch, found.micro_batch_planned, found.memory_halvings) == (32, 32, 0)
    assert not found.was_halved
    found = measure(learner_after(accelerator, 1, [1.0], micro_batch_size=8, memory_halvings=2), SHAPE, 300, None)
    assert (found.micro_batch, found.micro_batch_planned, found.memory_halvings) == (8, 32, 2)
    assert found.was_halved


def test_batch_norm_is_recognised_in_whatever_form_and_other_norms_are_not():
    assert has_batch_norm(nn.Sequential(nn.Sequential(nn.BatchNorm2d(3))))
    assert has_batch_norm(nn.SyncBatchNorm(3))
    assert not has_batch_norm(nn.Sequential(nn.LayerNorm(3), nn.GroupNorm(1, 3), nn.InstanceNorm2d(3)))


def test_only_numbers_that_are_known_are_numbers():
    assert Measures(memory_halvings=0, energy_source=EnergySource.NVML, has_batch_norm=True).numbers() == {
        "memory_halvings": 0
    }
