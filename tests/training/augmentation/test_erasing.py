"""Random erasing: one rectangle of noise, in as many images as said, and nothing else."""

import pytest
import torch

from ablate.training.augmentation.erasing import erase
from ablate.training.augmentation.share import Share

CONSTANT = 17.0


def erased(probability, count=400, size=(30, 20), channels=3, step=0):
    share = Share(seed=3, epoch=1, step=step, first=0, count=count, total=count)
    pixels = torch.full((count, channels, *size), CONSTANT)
    result = erase(pixels, probability, share)
    assert bool((pixels == CONSTANT).all())  # what was given is as it was
    return result


@pytest.mark.parametrize("probability", [0.25, 1.0])
def test_as_many_images_have_a_rectangle_as_said(probability):
    is_erased = (erased(probability, 2_000) != CONSTANT).flatten(1).any(1)
    assert abs(float(is_erased.float().mean()) - probability) < 0.05


def test_what_is_erased_is_one_rectangle_in_all_channels():
    areas = []
    for image in erased(1.0):
        changed = image != CONSTANT
        assert bool((changed == changed[0]).all())
        rows, columns = changed[0].any(1), changed[0].any(0)
        if not rows.any():
            continue
        assert torch.equal(changed[0], rows[:, None] & columns)
        assert all(int(line.diff().abs().sum()) <= 2 for line in (rows.int(), columns.int()))
        areas.append(float(changed[0].float().mean()))
    assert len(areas) > 390
    assert 0.01 < min(areas) < 0.04
    assert 0.3 < max(areas) < 0.36


def test_the_noise_is_normal_and_each_pixel_has_its_own():
    noise = erased(1.0)
    noise = noise[noise != CONSTANT]
    assert abs(float(noise.mean())) < 0.02
    assert abs(float(noise.std()) - 1) < 0.02
    assert len(noise.unique()) > 0.9 * len(noise)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2)])
def test_images_in_which_no_rectangle_fits_stay(size):
    # A rectangle is smaller than the image in both directions.
    result = erased(1.0, size=size)
    if 1 in size:
        assert bool((result == CONSTANT).all())
    else:
        assert bool((result == CONSTANT).flatten(1).any(1).all())


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_images_keep_their_type(dtype):
    share = Share(seed=3, epoch=1, step=0, first=0, count=9, total=9)
    assert erase(torch.zeros((9, 1, 8, 6), dtype=dtype), 0.5, share).dtype == dtype
