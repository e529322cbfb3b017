"""A split in memory: every image once a pass, in an order of its epoch, from any batch on, shared among processes."""

import numpy as np
import pytest
import torch

from ablate.specs import AugmentationSpec
from ablate.training.augmentation import Augmenter
from ablate.training.data.held import HeldSupply
from ablate.training.data.standard import Standard, measure
from ablate.training.processes import ALONE, Meeting, Processes

IMAGES, SIZE, SEED = 53, 20, 7


def held(images=IMAGES, processes=ALONE, augmentation=None):
    pixels = torch.randint(0, 256, (images, 2, 3, 5), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    augmenter = Augmenter(augmentation or AugmentationSpec(), classes=images)
    standard = Standard((0.5, 0.25), (0.2, 0.1))
    return HeldSupply(pixels, torch.arange(images), standard, augmenter, processes, torch.device("cpu"))


def test_a_pass_holds_every_image_once_with_its_own_pixels():
    supply = held()
    batches = list(supply.training_batches(SIZE, SEED, epoch=0))
    assert [len(batch) for batch in batches] == [20, 20, 13]
    labels = torch.cat([batch.labels for batch in batches])
    assert sorted(labels.tolist()) == list(range(IMAGES))
    expected = supply._standardised(supply.pixels[labels])
    assert torch.equal(torch.cat([batch.pixels for batch in batches]), expected)


def test_another_epoch_or_seed_gives_another_order_and_the_same_gives_the_same():
    orders = [
        torch.cat([batch.labels for batch in held().training_batches(SIZE, seed, epoch)])
        for seed, epoch in ((SEED, 0), (SEED, 0), (SEED, 1), (SEED + 1, 0))
    ]
    assert torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0], orders[2])
    assert not torch.equal(orders[0], orders[3])


def test_a_pass_can_be_begun_at_any_batch():
    whole, rest = (list(held().training_batches(SIZE, SEED, 3, first)) for first in (0, 1))
    assert all(torch.equal(a.pixels, b.pixels) for a, b in zip(whole[1:], rest, strict=True))


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("kind", ["training", "evaluation"])
def test_processes_share_the_batches_of_one_process(count, kind):
    def batches(processes):
        supply = held(processes=processes)
        return list(supply.training_batches(SIZE, SEED, 2) if kind == "training" else supply.evaluation_batches(SIZE))

    shares = [batches(Processes(rank, count, Meeting(1, None))) for rank in range(count)]
    for whole, *parts in zip(batches(ALONE), *shares, strict=True):
        counted = torch.cat([part.labels[: part.counted] for part in parts])
        assert torch.equal(counted, whole.labels)
        assert torch.equal(torch.cat([part.pixels[: part.counted] for part in parts]), whole.pixels)


def test_evaluation_takes_the_images_as_they_are_stored():
    labels = [batch.labels for batch in held().evaluation_batches(SIZE)]
    assert torch.equal(torch.cat(labels), torch.arange(IMAGES))


def test_bytes_are_standardised_by_each_channels_mean_and_deviation():
    pixels = np.random.default_rng(11).integers(0, 256, (31, 3, 4, 7), dtype=np.uint8)
    pixels[:, 1] //= 5
    values = measure(pixels).apply(torch.from_numpy(pixels)).double()
    assert values.mean(dim=(0, 2, 3)).abs().max() < 1e-6
    assert (values.std(dim=(0, 2, 3), unbiased=False) - 1).abs().max() < 1e-5


def test_a_channel_that_never_varies_is_only_shifted():
    pixels = np.full((3, 1, 2, 2), 51, dtype=np.uint8)
    assert measure(pixels) == Standard((0.2,), (1.0,))
    assert measure(pixels).apply(torch.from_numpy(pixels)).abs().max() < 1e-6
