"""Sharing a batch among processes: every image once, and the mean over all as if there were one process."""

import random

import pytest
import torch

from ablate.training.processes import ALONE, Meeting, Processes
from ablate.training.tally import Tally


def shares(size, count):
    return [Processes(rank, count, Meeting(1, None)).share(size) for rank in range(count)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20, 64])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_image_counts_in_exactly_one_process_and_none_is_without(size, count):
    parts = shares(size, count)
    images = [torch.arange(size)[part.rows] for part in parts]
    assert all(len(rows) >= 1 for rows in images)
    counted = torch.cat([rows[: part.counted] for rows, part in zip(images, parts, strict=True)])
    assert torch.equal(counted, torch.arange(size))
    assert max(part.counted for part in parts) - min(part.counted for part in parts) <= 2


@pytest.mark.parametrize("size", [2, 7, 20, 33])
def test_neighbours_are_never_parted(size):
    for part in shares(size, 3):
        assert part.rows.start % 2 == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_mean_over_processes_of_weighted_means_is_the_mean_over_the_batch(seed):
    rng = random.Random(seed)
    size, count = rng.randrange(1, 30), rng.randrange(2, 6)
    values = torch.rand(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    means = [values[part.rows].mean() * part.weight for part in shares(size, count)]
    assert torch.stack(means).mean().item() == pytest.approx(values.mean().item())


def test_alone_it_takes_the_whole_batch_and_asks_nobody():
    tally, values = Tally(3, 1.0, 2.0), torch.ones(3)
    assert ALONE.share(7) == (slice(0, 7), 7, 1.0)
    assert ALONE.total(tally) is tally
    assert ALONE.mean(values) is values
    assert ALONE.follow_first(2) == 2


@pytest.mark.parametrize(("count", "meeting"), [(2, None), (1, Meeting(1, None))])
def test_several_processes_need_a_place_to_meet_and_one_needs_none(count, meeting):
    with pytest.raises(ValueError, match=f"{count} processes"):
        Processes(0, count, meeting)
