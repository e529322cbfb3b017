"""What a recipe asks of a step: pieces of a batch, a moving average, layouts, compilation, and memory that runs out."""

import json
import logging
import os
import subprocess
import sys

import pytest
import torch

from ablate.errors import InputError
from ablate.models.backbone import ClassifierBackbone
from ablate.specs import Configuration, DataSpec, LayerSpec, ModelSpec, Split, TrainingSpec, TrialSpec
from ablate.training import train
from ablate.training.learner import Learner


class Memory(list):
    def numbers(self):
        return [(record.step, record.split, record.values) for record in self]

    def losses(self):
        return [record.values["loss"] for record in self]


def trial(**training):
    recipe = TrainingSpec(
        **{"epochs": 2, "batch_size": 32, "warmup_epochs": 0, "learning_rate": 5e-3, "gradient_clip": 1.0, **training}
    )
    model = ModelSpec(widths=(6, 10), depths=(1, 1), layer=LayerSpec(heads=2))
    return TrialSpec(
        study="s", configuration=Configuration(model=model, data=DataSpec(training_images=90), training=recipe), seed=5
    )


def run(**training):
    journal = Memory()
    train(trial(**training), journal)
    return journal


def test_a_batch_in_pieces_teaches_what_the_whole_batch_teaches():
    whole, pieces = run(), run(micro_batch_size=7)
    assert pieces.losses() == pytest.approx(whole.losses(), rel=1e-4)
    assert pieces.losses() != whole.losses()
    assert run(micro_batch_size=64).numbers() == whole.numbers()


class ShortOfMemory:
    """A machine that has memory for no more than `most` images at once."""

    def __init__(self, monkeypatch, most, error=torch.OutOfMemoryError):
        backward = Learner._backward

        def limited(learner, piece):
            if len(piece) > most:
                raise error("out of memory: tried to allocate 2.00 GiB")
            return backward(learner, piece)

        monkeypatch.setattr(Learner, "_backward", limited)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError, RuntimeError])
def test_where_memory_runs_out_smaller_pieces_teach_the_same_batch(monkeypatch, caplog, error):
    expected = run(micro_batch_size=8).numbers()
    ShortOfMemory(monkeypatch, 8, error)
    with caplog.at_level(logging.WARNING):
        assert run().numbers() == expected
    assert "memory ran out with 32 images at once" in caplog.messages[0]
    assert "going on with 8 at once" in caplog.messages[1]
    assert len(caplog.messages) == 2


def test_evaluation_takes_smaller_batches_where_memory_runs_out_and_counts_each_image_once(monkeypatch, caplog):
    expected = run()
    forward = ClassifierBackbone.forward

    def limited(model, pixels):
        if not model.training and len(pixels) > 100:
            raise torch.OutOfMemoryError("out of memory")
        return forward(model, pixels)

    monkeypatch.setattr(ClassifierBackbone, "forward", limited)
    with caplog.at_level(logging.WARNING):
        found = run()
    assert [message.rpartition(" ")[2] for message in caplog.messages] == ["256", "128", "64"]
    assert [record.values["accuracy"] for record in found] == [record.values["accuracy"] for record in expected]
    assert found.losses() == pytest.approx(expected.losses(), rel=1e-6)


def test_where_not_even_one_image_fits_it_fails(monkeypatch):
    ShortOfMemory(monkeypatch, 0)
    with pytest.raises(torch.OutOfMemoryError):
        run()


def test_another_error_is_not_taken_for_a_lack_of_memory(monkeypatch):
    ShortOfMemory(monkeypatch, 0, ValueError)
    with pytest.raises(ValueError, match="tried to allocate"):
        run()


def test_a_moving_average_is_evaluated_and_changes_nothing_that_is_learned():
    plain, averaged = run(), run(ema_decay=0.9)

    def of(journal, split):
        return [record.values for record in journal if record.split is split]

    assert of(averaged, Split.TRAIN) == of(plain, Split.TRAIN)
    assert of(averaged, Split.VALIDATION) != of(plain, Split.VALIDATION)


def test_the_average_of_a_decay_near_nothing_is_the_weights_themselves():
    assert run(ema_decay=1e-6).losses() == pytest.approx(run().losses(), rel=1e-4)


def test_the_layout_of_memory_changes_no_more_than_rounding():
    assert run(channels_last=True).losses() == pytest.approx(run().losses(), rel=1e-3)


COMPILED = """
import functools, json
import torch
torch.compile = functools.partial(torch.compile, backend="aot_eager", fullgraph=True)
from ablate.models.backbone import ClassifierBackbone
from ablate.specs import Configuration, DataSpec, LayerSpec, ModelSpec, TrainingSpec, TrialSpec
from ablate.training import train

model = ModelSpec(widths=(6,), depths=(1,), layer=LayerSpec(sharing="spatial", dynamics="static"))
for is_compiled in (False, True):
    recipe = TrainingSpec(epochs=1, batch_size=32, warmup_epochs=0, learning_rate=5e-3, compile=is_compiled)
    configuration = Configuration(model=model, data=DataSpec(training_images=64), training=recipe)
    records = []
    train(TrialSpec(study="s", configuration=configuration, seed=5), records)
    print(json.dumps([record.values["loss"] for record in records]))
"""


def test_a_compiled_model_learns_what_the_plain_one_does():
    # In a process of its own: the checks of shapes that tests add to the layers cannot be compiled. Traced and
    # differentiated as for any backend; what the default one makes of that takes a minute of a C++ compiler's time.
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr[-2000:]
    plain, compiled = (json.loads(line) for line in done.stdout.splitlines())
    assert compiled == pytest.approx(plain, rel=1e-4)


def test_half_precision_without_a_gpu_is_refused():
    with pytest.raises(InputError, match=r"training\.precision fp16 needs a GPU"):
        run(precision="fp16")
