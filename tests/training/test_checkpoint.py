"""Checkpoints as files: whole, known to be whole, and only for the trial and the place that they belong to."""

import io
import pickle
import random

import pytest
import torch

from ablate.specs import MetricRecord, Split
from ablate.training import Identity, Shelf, checkpoint
from ablate.training.checkpoint import Checkpoint, UnusableCheckpoint, read, write
from ablate.training.progress import Progress
from ablate.training.tally import Tally

OURS = Identity("abc", 5, {"threads": "2", "torch": "2.9"})


def made(step=7):
    record = MetricRecord(step=1, split=Split.TRAIN, time=4.5, values={"loss": float("nan"), "accuracy": 0.1})
    progress = Progress(
        step=step,
        epoch=1,
        batches=3,
        seconds=0.1,
        last_finite_loss=2.5,
        records=[record],
    )
    tallies = [Tally(31, torch.tensor(0.3))]
    return Checkpoint(
        progress, tallies, {"weight": torch.arange(6.0).view(2, 3)}, {"state": {0: {"step": torch.tensor(7.0)}}}
    )


def test_what_is_read_is_what_was_written(tmp_path):
    path = write(tmp_path / "checkpoint", made(), OURS)
    found = read(path, OURS)
    assert torch.equal(found.model["weight"], made().model["weight"])
    assert found.optimizer == made().optimizer
    assert (found.progress.place, found.progress.batches, found.progress.seconds) == ((7, 1), 3, 0.1)
    assert found.tallies == [Tally(31, torch.tensor(0.3))]
    assert found.progress.records[0].time == 4.5
    assert found.progress.records[0].values["loss"] != found.progress.records[0].values["loss"]
    assert [item.name for item in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("seed", range(5))
def test_any_byte_that_is_lost_or_changed_is_noticed(tmp_path, seed):
    path = write(tmp_path, made(), OURS)
    whole, rng = path.read_bytes(), random.Random(seed)
    place = rng.randrange(len(whole))
    for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]):
        path.write_bytes(damaged)
        with pytest.raises(UnusableCheckpoint, match="it is damaged or cut off"):
            read(path, OURS)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (Identity("abd", 5, OURS.place), "belongs to configuration abd, seed 5; this is abc, seed 5"),
        (Identity("abc", 6, OURS.place), "belongs to configuration abc, seed 6; this is abc, seed 5"),
        (Identity("abc", 5, {**OURS.place, "threads": "3"}), "made with threads 3, here 2, so its bits would differ"),
        (Identity("abc", 5, {"threads": "2"}), "made with torch none, here 2.9"),
    ],
)
def test_one_of_another_trial_or_place_is_refused_with_the_reason(tmp_path, other, reason):
    with pytest.raises(UnusableCheckpoint, match=reason):
        read(write(tmp_path, made(), other), OURS)


def test_one_of_another_layout_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", 99)
    path = write(tmp_path, made(), OURS)
    monkeypatch.undo()
    with pytest.raises(UnusableCheckpoint, match="its format is 99, expected 2"):
        read(path, OURS)


class Evil:
    def __reduce__(self):
        return (print, ("executed",))


def test_nothing_that_a_file_holds_is_executed(tmp_path, capsys):
    held = io.BytesIO()
    torch.save({"format": 1, "identity": Evil()}, held)
    path = tmp_path / f"{7:09d}-{1:06d}-{checkpoint.hashlib.sha256(held.getvalue()).hexdigest()[:16]}.pt"
    path.write_bytes(held.getvalue())
    with pytest.raises(UnusableCheckpoint, match="it holds more than tensors and plain values"):
        read(path, OURS)
    assert "executed" not in capsys.readouterr().out
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)


def test_two_are_kept_and_an_older_one_goes_only_once_the_newer_is_in_place(tmp_path, monkeypatch):
    shelf = Shelf(tmp_path, {}, OURS, lambda: None)
    for step in (3, 5):
        shelf.put(made(step))

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        shelf.put(made(6))
    assert steps(tmp_path) == [3, 5]
    shelf.put(made(8))
    assert steps(tmp_path) == [5, 8]


def steps(directory):
    return [int(path.name[:9]) for path in sorted(directory.iterdir())]


def test_the_furthest_of_all_earlier_attempts_is_taken_up(tmp_path):
    earlier = {number: tmp_path / str(number) for number in (1, 2, 3)}
    for number, step in ((1, 4), (1, 900), (2, 31), (3, 5)):
        write(earlier[number], made(step), OURS)
    shelf = Shelf(tmp_path / "4", earlier, OURS, lambda: None)
    assert shelf.take_up().progress.step == 900
    assert (shelf.resumption.attempt, shelf.resumption.step) == (1, 900)
    shelf.clear()
    assert list(tmp_path.iterdir()) == []
