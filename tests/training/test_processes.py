"""Sharing a batch among processes: every image once, and the mean over all as if there were one process."""

import random

import pytest
import torch

from ablate.training.data import Images
from ablate.training.processes import ALONE, Meeting, Processes
from ablate.training.tally import Tally


def batch(size):
    return Images(torch.arange(size * 6.0).view(size, 1, 2, 3), torch.arange(size))


def shares(size, count):
    return [Processes(rank, count, Meeting(1, None)).share(batch(size)) for rank in range(count)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20, 64])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_image_counts_in_exactly_one_process_and_none_is_without(size, count):
    parts = shares(size, count)
    assert all(len(part.images) >= 1 for part in parts)
    counted = torch.cat([part.images.labels[: part.counted] for part in parts])
    assert torch.equal(counted, torch.arange(size))
    assert max(part.counted for part in parts) - min(part.counted for part in parts) <= 1


@pytest.mark.parametrize("seed", range(4))
def test_the_mean_over_processes_of_weighted_means_is_the_mean_over_the_batch(seed):
    rng = random.Random(seed)
    size, count = rng.randrange(1, 30), rng.randrange(2, 6)
    means = [part.images.pixels.double().mean() * part.weight for part in shares(size, count)]
    assert torch.stack(means).mean().item() == pytest.approx(batch(size).pixels.double().mean().item())


def test_alone_nothing_is_copied_and_nobody_is_asked():
    whole, tally, values = batch(7), Tally(3, 1.0, 2.0), torch.ones(3)
    assert ALONE.share(whole) == (whole, 7, 1.0)
    assert ALONE.total(tally) is tally
    assert ALONE.mean(values) is values
    assert ALONE.follow_first(2) == 2


@pytest.mark.parametrize(("count", "meeting"), [(2, None), (1, Meeting(1, None))])
def test_several_processes_need_a_place_to_meet_and_one_needs_none(count, meeting):
    with pytest.raises(ValueError, match=f"{count} processes"):
        Processes(0, count, meeting)
