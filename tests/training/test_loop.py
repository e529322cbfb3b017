"""The training loop: repeatable to the bit, fair between combinations, and honest when it diverges."""

import math

import pytest
import torch

from ablate.errors import Diverged
from ablate.specs import (
    Configuration,
    DataSpec,
    LayerSpec,
    ModelSpec,
    Precision,
    Split,
    TrainingSpec,
    TrialSpec,
)
from ablate.training import train
from ablate.training.data.held import HeldSupply
from ablate.training.tally import Tally


class Memory:
    def __init__(self):
        self.records = []

    def append(self, record):
        self.records.append(record)

    def numbers(self):
        return [(record.step, record.split, record.values) for record in self.records]


def trial(seed=0, layer=None, model=None, **training):
    model = model or ModelSpec(widths=(6, 10), depths=(1, 2), drop_path=0.1, layer=layer or LayerSpec(heads=2))
    recipe = TrainingSpec(**{"epochs": 2, "batch_size": 32, "warmup_epochs": 0, **training})
    configuration = Configuration(model=model, data=DataSpec(training_images=75), training=recipe)
    return TrialSpec(study="s", configuration=configuration, seed=seed)


def run(spec, **options):
    journal = Memory()
    return train(spec, journal, **options), journal


def test_the_same_seed_gives_the_same_bits_and_another_seed_other_numbers():
    torch.manual_seed(1)
    first = run(trial(seed=5))[1].numbers()
    torch.rand(13)  # what ran before in the process does not matter
    assert run(trial(seed=5))[1].numbers() == first
    assert run(trial(seed=6))[1].numbers() != first


def test_train_and_validation_come_after_every_epoch_and_test_once_at_the_end():
    journal = run(trial(epochs=3))[1]
    assert [(record.step, record.split) for record in journal.records] == [
        *((step, split) for step in (1, 2, 3) for split in (Split.TRAIN, Split.VALIDATION)),
        (3, Split.TEST),
    ]
    for record in journal.records:
        assert 0 <= record.values["accuracy"] <= 1
        assert math.isfinite(record.values["loss"])


def test_two_combinations_with_one_seed_see_the_same_batches_in_the_same_order(monkeypatch):
    attention = batches_seen(monkeypatch, LayerSpec(heads=2))
    depthwise = batches_seen(monkeypatch, LayerSpec(sharing="spatial", dynamics="static", window=5))
    assert len(attention) == len(depthwise) == 2 * 3
    assert all(torch.equal(a, b) for a, b in zip(attention, depthwise, strict=True))
    assert not torch.equal(attention[0], attention[3])


def batches_seen(monkeypatch, layer):
    """The pixels of every training batch of a trial with `layer`."""
    seen, batches = [], HeldSupply.training_batches

    def spy(self, *place):
        for batch in batches(self, *place):
            seen.append(batch.pixels.clone())
            yield batch

    with monkeypatch.context() as patch:
        patch.setattr(HeldSupply, "training_batches", spy)
        run(trial(seed=8, layer=layer))
    return seen


def test_training_learns():
    model = ModelSpec(widths=(12, 20), depths=(1, 2), layer=LayerSpec(sharing="spatial", dynamics="static"))
    outcome, journal = run(trial(model=model, epochs=30, batch_size=8, learning_rate=5e-3))
    losses = [record.values["loss"] for record in journal.records if record.split is Split.TRAIN]
    assert losses[-1] < 0.6 * losses[0]
    assert journal.records[-1].values["accuracy"] > 0.4
    assert outcome.costs.parameters > 0
    assert outcome.splits[Split.TRAIN].images == 75
    assert outcome.training_seconds > 0


def test_a_loss_that_is_not_finite_ends_the_trial_naming_the_place():
    with pytest.raises(Diverged, match=r"loss is (nan|inf) in epoch \d, step \d+ \(learning rate \d.*finite loss"):
        run(trial(learning_rate=1e20, optimizer="sgd", epochs=4))


def test_label_smoothing_changes_what_is_learned_but_not_how_loss_is_measured():
    plain, smooth = (run(trial(epochs=1, label_smoothing=value))[1].records for value in (0.0, 0.4))
    assert plain[0].values != smooth[0].values
    model = torch.nn.Linear(2, 3)
    tally = Tally()
    images, labels = torch.randn(5, 2), torch.tensor([0, 2, 1, 1, 0])
    tally.add(model(images), labels)
    assert tally.means()["loss"] == pytest.approx(torch.nn.functional.cross_entropy(model(images), labels).item())


def test_gradient_clipping_takes_part():
    free, clipped = (run(trial(gradient_clip=clip))[1].numbers() for clip in (None, 0.01))
    assert free != clipped


def test_bfloat16_runs_and_one_process_can_change_precision():
    half = run(trial(precision=Precision.BFLOAT16))[1].numbers()
    assert half != run(trial())[1].numbers()


def test_more_threads_are_set_as_asked():
    run(trial(epochs=1), threads=2)
    assert torch.get_num_threads() == 2
    run(trial(epochs=1), threads=1)
    assert torch.get_num_threads() == 1
