"""Images that worker processes read ahead: the same as held ones, whoever reads them, and a lost reader has a name."""

import os
import signal

import numpy as np
import pytest
import torch
from PIL import Image

from ablate.errors import DataError, DataWorkerDied
from ablate.specs import AugmentationSpec, DataSpec, Split
from ablate.training.data import open_splits
from ablate.training.data.pool import PixelPool
from ablate.training.processes import ALONE, Meeting, Processes

SIZE, SEED = 7, 3
CHANGES = AugmentationSpec(crop="pad", padding=2, flip=0.5, random_augment="rand-m9-mstd0.5-inc1", erasing=0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two classes of colour images, none of the size that is asked for."""
    root, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(5)
    for split, count in (("train", 15), ("val", 5)):
        for label in ("cat", "dog"):
            directory = root / split / label
            directory.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (11 + number % 3, 14, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(directory / f"{number}.png")
    return root


def supply(folder, split=Split.TRAIN, augmentation=None, processes=ALONE, **said):
    spec = DataSpec(name=f"folder:{folder}", image_size=8, classes=2, **said)
    return open_splits(spec, augmentation, processes=processes).supplies[split]


def training(given, epoch=0, first=0):
    return list(given.training_batches(SIZE, SEED, epoch, first))


def test_streamed_images_are_those_that_would_be_held(folder):
    for split in (Split.TEST, Split.VALIDATION, Split.TRAIN):
        held, streamed = (supply(folder, split, held=is_held, workers=0) for is_held in (True, False))
        pairs = list(zip(held.evaluation_batches(SIZE), streamed.evaluation_batches(SIZE), strict=True))
        assert len(held) == len(streamed) == sum(len(batch) for _, batch in pairs)
        for one, other in pairs:
            assert torch.equal(one.labels, other.labels)
            back = [
                (batch.pixels * each._standard.apply(torch.full((1, 3, 1, 1), 255, dtype=torch.uint8)))
                for batch, each in ((one, held), (other, streamed))
            ]
            assert back[0].shape == back[1].shape
            raw = [bytes_of(batch.pixels, each._standard) for batch, each in ((one, held), (other, streamed))]
            assert torch.equal(*raw)
    assert [batch.labels.tolist() for batch in training(supply(folder, held=True))] == [
        batch.labels.tolist() for batch in training(supply(folder, held=False, workers=0))
    ]


def bytes_of(pixels, standard):
    mean, deviation = (torch.tensor(each).view(1, -1, 1, 1) for each in (standard.mean, standard.deviation))
    return ((pixels * deviation + mean) * 255).round().to(torch.uint8)


@pytest.mark.parametrize("crop", ["none", "pad", "resized"])
def test_the_number_of_readers_changes_no_bit(folder, crop):
    augmentation = CHANGES.model_copy(update={"crop": crop, "mixup": 0.8, "cutmix": 1.0})
    alone, read = (
        training(supply(folder, augmentation=augmentation, held=False, workers=workers)) for workers in (0, 2)
    )
    assert len(alone) == len(read) == 4
    for one, other in zip(alone, read, strict=True):
        assert torch.equal(one.pixels, other.pixels)
        assert torch.equal(one.targets, other.targets)


def test_a_pass_can_be_begun_at_any_batch_and_differs_between_epochs(folder):
    given = supply(folder, augmentation=CHANGES, held=False, workers=0)
    whole, rest, other = training(given), training(given, first=2), training(given, epoch=1)
    assert all(torch.equal(a.pixels, b.pixels) for a, b in zip(whole[2:], rest, strict=True))
    assert not torch.equal(whole[0].pixels, other[0].pixels)


def test_reading_leaves_torchs_own_generators_alone(folder):
    torch.manual_seed(9)
    before = torch.get_rng_state()
    training(supply(folder, augmentation=CHANGES, held=False, workers=0))
    list(supply(folder, held=False, workers=1).evaluation_batches(SIZE))
    assert torch.equal(torch.get_rng_state(), before)


def test_processes_share_the_images_of_one_process(folder):
    augmentation = CHANGES.model_copy(update={"mixup": 0.8})
    whole = training(supply(folder, augmentation=augmentation, held=False, workers=0))
    parts = [
        training(
            supply(
                folder,
                augmentation=augmentation,
                processes=Processes(rank, 2, Meeting(1, None)),
                held=False,
                workers=0,
            )
        )
        for rank in range(2)
    ]
    for batch, *shares in zip(whole, *parts, strict=True):
        assert torch.equal(torch.cat([share.pixels[: share.counted] for share in shares]), batch.pixels)
        assert torch.equal(torch.cat([share.targets[: share.counted] for share in shares]), batch.targets)


@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_does_not_decode_is_named(folder, tmp_path, workers):
    for part in ("train", "val"):
        for label in ("cat", "dog"):
            (tmp_path / part / label).mkdir(parents=True)
            for image in (folder / part / label).iterdir():
                (tmp_path / part / label / image.name).write_bytes(image.read_bytes())
    broken = tmp_path / "val" / "dog" / "3.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(DataError, match=rf"^{broken}: expected an image, it does not decode"):
        list(supply(tmp_path, Split.TEST, held=False, workers=workers).evaluation_batches(SIZE))


class Deadly(PixelPool):
    """Kills the process that reads its fifth image, as the system does that is short of memory."""

    def image(self, index):
        if index == 5 and os.getpid() != MAIN:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().image(index)


MAIN = os.getpid()


def test_a_reader_that_dies_is_a_failure_with_its_own_name(folder):
    given = supply(folder, held=False, workers=1)
    pool = Deadly(np.zeros((30, 3, 8, 8), dtype=np.uint8), np.zeros(30, dtype=np.int64))
    given._decoder._selection = given._decoder._selection._replace(pool=pool)
    with pytest.raises(DataWorkerDied, match=r"a process that reads images is gone .*lower data\.workers"):
        training(given)
