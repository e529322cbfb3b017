"""A training that was broken off, wherever and however often, ends with the bits of one that was not."""

import contextlib
import itertools
import logging
import random

import pytest
import torch

from ablate.specs import (
    AugmentationSpec,
    Configuration,
    DataSpec,
    LayerSpec,
    ModelSpec,
    Resumption,
    Split,
    TrainingSpec,
    TrialSpec,
)
from ablate.training import Identity, Shelf, Stopped, pace, train
from ablate.training.checkpoint import read
from ablate.training.learner import Learner

STEPS = 4 * 4  # 4 epochs of 100 images in batches of 32: the last batch holds 4
IDENTITY = Identity("c", 3, {"threads": "1"})


class Killed(BaseException):
    """Stands for SIGKILL: nothing is tidied up."""


class Memory(list):
    def numbers(self):
        return [(record.step, record.split, record.values) for record in self]


def trial(**training):
    model = ModelSpec(widths=(6, 10), depths=(1, 2), drop_path=0.3, layer=LayerSpec(heads=2))
    recipe = TrainingSpec(
        **{"epochs": 4, "batch_size": 32, "warmup_epochs": 1, "gradient_clip": 1.0, "learning_rate": 5e-3, **training}
    )
    configuration = Configuration(model=model, data=DataSpec(training_images=100), training=recipe)
    return TrialSpec(study="s", configuration=configuration, seed=3)


def shelf(root, attempt, identity=IDENTITY):
    root.mkdir(exist_ok=True)
    earlier = {number: root / str(number) for number in range(1, attempt)}
    return Shelf(root / str(attempt), earlier, identity, lambda: None)


def files(root, attempt):
    return sorted((root / str(attempt)).glob("[0-9]*.pt"))


def final_state(root, attempt):
    """Weights and optimizer after the last step, and the metrics by then."""
    checkpoint = read(files(root, attempt)[-1], IDENTITY)
    assert checkpoint.progress.step == STEPS
    return checkpoint


def assert_same_bits(first, second):
    assert first.model.keys() == second.model.keys()
    assert all(torch.equal(first.model[name], second.model[name]) for name in first.model)
    assert (first.average is None) == (second.average is None)
    assert all(torch.equal(tensor, second.average[name]) for name, tensor in (first.average or {}).items())
    moments = [checkpoint.optimizer["state"] for checkpoint in (first, second)]
    assert len(moments[0]) == len(first.model)
    for place in moments[0]:
        assert all(torch.equal(moments[0][place][key], moments[1][place][key]) for key in moments[0][place])


@pytest.fixture
def always(monkeypatch):
    """A checkpoint before every step and after every epoch."""
    monkeypatch.setattr(pace, "SPACING", 0)
    monkeypatch.setattr(pace, "WITHIN_EPOCH_SECONDS", 0.0)


@pytest.fixture
def at_epochs(monkeypatch):
    """A checkpoint after every epoch."""
    monkeypatch.setattr(pace, "SPACING", 0)


@contextlib.contextmanager
def killed_in_step(number):
    """The process dies in its `number`-th step (from 0), after the weights have changed."""
    steps, take_step = itertools.count(), Learner.take_step

    def dying(self, batch):
        take_step(self, batch)
        if next(steps) == number:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "take_step", dying)
        yield


def run_killed(root, attempt, step, **training):
    journal = Memory()
    with killed_in_step(step), pytest.raises(Killed):
        train(trial(**training), journal, shelf=shelf(root, attempt))
    return journal


def undisturbed(root, **training):
    journal = Memory()
    train(trial(**training), journal, shelf=shelf(root, 1))
    return journal.numbers(), final_state(root, 1)


EVERYTHING = {
    "augmentation": AugmentationSpec(
        crop="pad", padding=1, flip=0.5, random_augment="rand-m9-mstd0.5", erasing=0.3, mixup=0.8, cutmix=1.0
    ),
    "ema_decay": 0.9,
    "micro_batch_size": 9,
}


@pytest.mark.parametrize(("seed", "training"), [(0, {}), (1, {}), (2, EVERYTHING), (3, EVERYTHING)])
def test_killed_at_random_steps_again_and_again_it_ends_with_the_same_bits(tmp_path, always, seed, training):
    numbers, state = undisturbed(tmp_path / "undisturbed", **training)
    rng, root, expected = random.Random(seed), tmp_path / "killed", None
    for attempt in range(1, 5):
        done = expected.step if expected else 0
        step = rng.randrange(min(6, STEPS - 1 - done))
        run_killed(root, attempt, step, **training)
        expected = Resumption(attempt=attempt, step=done + step) if step else expected
    journal, last = Memory(), shelf(root, 5)
    train(trial(**training), journal, shelf=last)
    assert last.resumption == expected
    assert journal.numbers() == numbers
    assert_same_bits(final_state(root, 5), state)


@pytest.mark.parametrize("step", [0, 3, 4, 6, 15])
def test_with_checkpoints_at_the_end_of_epochs_alone_the_bits_are_the_same(tmp_path, at_epochs, step):
    numbers, state = undisturbed(tmp_path / "undisturbed")
    root = tmp_path / "killed"
    run_killed(root, 1, step)
    journal, second = Memory(), shelf(root, 2)
    train(trial(), journal, shelf=second)
    assert (second.resumption.step if second.resumption else 0) == step // 4 * 4
    assert journal.numbers() == numbers
    assert_same_bits(final_state(root, 2), state)


def test_the_journal_begins_with_the_records_from_before_at_their_old_times(tmp_path, at_epochs):
    before = run_killed(tmp_path, 1, step=9)
    journal, seconds = Memory(), read(files(tmp_path, 1)[-1], IDENTITY).progress.seconds
    outcome = train(trial(), journal, shelf=shelf(tmp_path, 2))
    assert len(before) == 4
    assert journal[:4] == before
    assert [record.split for record in journal].count(Split.TEST) == 1
    assert outcome.training_seconds > seconds > 0


@pytest.mark.parametrize("asked", [0, 1, 5, 7, 14, 25])
def test_asked_to_stop_it_leaves_a_checkpoint_of_that_very_place(tmp_path, at_epochs, asked):
    numbers, state = undisturbed(tmp_path / "undisturbed")
    root, questions = tmp_path / "stopped", itertools.count()
    with pytest.raises(Stopped):
        train(trial(), Memory(), shelf=shelf(root, 1), is_stopping=lambda: next(questions) >= asked)
    assert next(questions) == asked + 1
    journal, second = Memory(), shelf(root, 2)
    train(trial(), journal, shelf=second)
    # Each epoch asks before 4 steps, before 1 batch of validation and at the end; the test takes 2 batches.
    assert (second.resumption.step if second.resumption else 0) == min(asked // 6 * 4 + min(asked % 6, 4), STEPS)
    assert journal.numbers() == numbers
    assert_same_bits(final_state(root, 1 if asked > 20 else 2), state)


def test_an_interrupt_leaves_a_checkpoint_of_the_step_before(tmp_path):
    with interrupted(torch.nn.functional, "cross_entropy", call=11), pytest.raises(KeyboardInterrupt):
        # Two calls a step, of which the second is the tally's, and one a validation: it is the sixth step.
        train(trial(), Memory(), shelf=shelf(tmp_path, 1))
    assert [int(path.name[:9]) for path in files(tmp_path, 1)] == [5]
    journal = Memory()
    train(trial(), journal, shelf=shelf(tmp_path, 2))
    undisturbed = Memory()
    train(trial(), undisturbed)
    assert journal.numbers() == undisturbed.numbers()


def test_an_interrupt_amid_the_update_of_the_weights_leaves_none(tmp_path):
    with interrupted(torch.optim.AdamW, "step", call=6), pytest.raises(KeyboardInterrupt):
        train(trial(), Memory(), shelf=shelf(tmp_path, 1))
    assert files(tmp_path, 1) == []


@contextlib.contextmanager
def interrupted(owner, name, call):
    """Ctrl-C in that call (from 0) of a function."""
    calls, function = itertools.count(), getattr(owner, name)

    def interrupting(*arguments, **options):
        if next(calls) == call:
            raise KeyboardInterrupt
        return function(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, interrupting)
        yield


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before_and_said(tmp_path, always, caplog, damage):
    numbers, state = undisturbed(tmp_path / "undisturbed")
    root = tmp_path / "killed"
    run_killed(root, 1, step=9)
    before, newest = files(root, 1)
    whole = newest.read_bytes()
    middle = len(whole) // 2
    damaged = {"cut": whole[:middle], "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]}
    newest.write_bytes(damaged.get(damage, b""))
    journal, second = Memory(), shelf(root, 2)
    with caplog.at_level(logging.INFO):
        train(trial(), journal, shelf=second)
    assert f"checkpoint {newest.name} of attempt 1 is passed over: it is damaged or cut off" in caplog.messages
    assert second.resumption.step == int(before.name[:9]) == 8
    assert journal.numbers() == numbers
    assert_same_bits(final_state(root, 2), state)


def test_a_training_of_a_fraction_of_a_second_writes_nothing(tmp_path):
    train(trial(epochs=2), Memory(), shelf=shelf(tmp_path, 1))
    assert not (tmp_path / "1").exists()
