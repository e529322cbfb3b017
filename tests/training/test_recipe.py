"""Optimizer and learning-rate schedule."""

import pytest
import torch

from ablate.specs import Optimizer, Schedule, TrainingSpec
from ablate.training.recipe import create_optimizer, create_schedule


def learning_rates(spec, steps_per_epoch):
    model = torch.nn.Linear(3, 2)
    optimizer = create_optimizer(model, spec)
    schedule = create_schedule(optimizer, spec, steps_per_epoch)
    rates = []
    for step in range(1, spec.epochs * steps_per_epoch + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step_update(step)
    return rates


def test_warm_up_rises_in_a_line_to_the_peak_and_the_cosine_falls_to_almost_nothing():
    rates = learning_rates(TrainingSpec(epochs=9, warmup_epochs=2, learning_rate=0.3), steps_per_epoch=5)
    assert rates[0] == pytest.approx(0, abs=1e-9)
    assert rates[5] == pytest.approx(0.15)
    assert rates[10] == pytest.approx(0.3)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.01


def test_a_constant_schedule_stays_at_the_peak_after_warm_up():
    spec = TrainingSpec(epochs=7, warmup_epochs=1, schedule=Schedule.CONSTANT, learning_rate=0.2)
    rates = learning_rates(spec, steps_per_epoch=3)
    assert rates[:3] == sorted(rates[:3])
    assert rates[3:] == pytest.approx([0.2] * 18)


@pytest.mark.parametrize("name", list(Optimizer))
def test_biases_are_not_decayed_and_weights_are(name):
    optimizer = create_optimizer(torch.nn.Linear(3, 2), TrainingSpec(optimizer=name, weight_decay=0.07))
    decays = {group["params"][0].ndim: group["weight_decay"] for group in optimizer.param_groups}
    assert decays == {1: 0.0, 2: 0.07}
