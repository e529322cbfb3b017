"""Crops and mirror images: each is a part of its own image, and how often and how large is as said."""

import numpy as np
import pytest
import torch

from ablate.training.augmentation.boxes import TRIES, Boxes, fit_boxes
from ablate.training.augmentation.cropping import AREA, ASPECT, crop_padded, crop_resized, flip, resize_boxes
from ablate.training.augmentation.share import Share

SHAPES = [(1, 11, 17), (3, 9, 7)]


def bytes_of(*shape, seed=0):
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def whole(count, step=0):
    return Share(seed=3, epoch=1, step=step, first=0, count=count, total=count)


def windows(image, padding):
    """Every window of the padded image, by its offset, cut out by hand."""
    height, width = image.shape[1:]
    padded = torch.nn.functional.pad(image, (padding,) * 4)
    return {
        (top, left): padded[:, top : top + height, left : left + width]
        for top in range(2 * padding + 1)
        for left in range(2 * padding + 1)
    }


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("padding", [1, 2, 5])
def test_a_padded_crop_is_a_window_of_its_own_image(shape, padding):
    pixels = bytes_of(23, *shape)
    cropped = crop_padded(pixels, padding, whole(23))
    assert (cropped.dtype, cropped.shape) == (pixels.dtype, pixels.shape)
    for image, found in zip(pixels, cropped, strict=True):
        assert sum(torch.equal(found, window) for window in windows(image, padding).values()) == 1


def test_every_window_is_as_likely():
    pixels, counts = bytes_of(1, 1, 5, 7).expand(4_500, -1, -1, -1), dict.fromkeys(np.ndindex(3, 3), 0)
    cropped = crop_padded(pixels, 1, whole(4_500))
    for place, window in windows(pixels[0], 1).items():
        counts[place] = int((cropped == window).flatten(1).all(1).sum())
    assert sum(counts.values()) == 4_500
    assert max(abs(count - 500) for count in counts.values()) < 5 * 500**0.5


@pytest.mark.parametrize("shape", SHAPES)
def test_a_resized_crop_is_its_box_resized(shape):
    height, width = shape[1:]
    pixels = bytes_of(4, *shape)
    parts = [(0, 0, height, width), (2, 1, 3, 5), (1, 3, 7, 2), (height - 1, width - 1, 1, 1)]
    boxes = Boxes(*np.array(parts).T, found=np.ones(4, bool))
    made = resize_boxes(pixels, boxes)
    assert torch.equal(made[0], pixels[0])
    for image, found, box in zip(pixels, made, parts, strict=True):
        top, left, rows, columns = box
        inside = image[None, :, top : top + rows, left : left + columns].double()
        exact = torch.nn.functional.interpolate(inside, (height, width), mode="bilinear")[0]
        assert (found - exact).abs().max() < 0.501


def test_a_resized_crop_sees_nothing_outside_its_box():
    pixels = torch.zeros((1, 1, 11, 17), dtype=torch.uint8)
    pixels[:, :, 3:8, 4:10] = 200
    boxes = Boxes(*(np.array([value]) for value in (3, 4, 5, 6)), found=np.array([True]))
    assert torch.equal(resize_boxes(pixels, boxes), torch.full_like(pixels, 200))


def test_boxes_have_the_area_and_the_ratio_that_were_asked_for():
    draws = np.random.default_rng(1).random((3_000, TRIES, 4))
    boxes = fit_boxes(draws, (240, 180), AREA, ASPECT, largest=(240, 180))
    area, ratio = boxes.height * boxes.width / (240 * 180), boxes.width / boxes.height
    assert boxes.found.all()
    assert AREA[0] - 0.01 < area.min() < AREA[0] + 0.02
    assert area.max() > 0.95
    assert ASPECT[0] - 0.02 < ratio.min() < ASPECT[0] + 0.02
    assert ASPECT[1] - 0.02 < ratio.max() < ASPECT[1] + 0.02
    for start, length, size in ((boxes.top, boxes.height, 240), (boxes.left, boxes.width, 180)):
        assert (start >= 0).all()
        assert (start + length <= size).all()
        assert (start + length == size).any()


def test_where_no_box_fits_the_middle_of_the_image_is_taken():
    # A strip has no part of at least 8 % of it that is as high as it is wide.
    pixels = bytes_of(2, 1, 2, 60)
    middle = Boxes(*(np.full(2, value) for value in (0, 28, 2, 3)), found=np.ones(2, bool))
    assert torch.equal(crop_resized(pixels, whole(2)), resize_boxes(pixels, middle))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 2)])
def test_tiny_images_are_cropped_too(size):
    pixels = bytes_of(5, 3, *size)
    assert crop_padded(pixels, 4, whole(5)).shape == pixels.shape
    assert crop_resized(pixels, whole(5)).shape == pixels.shape


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_images_are_mirrored_as_often_as_said_and_otherwise_stay(probability):
    pixels = bytes_of(3_000, 1, 3, 5)
    flipped = flip(pixels, probability, whole(3_000))
    is_mirrored = (flipped == pixels.flip(-1)).flatten(1).all(1)
    is_same = (flipped == pixels).flatten(1).all(1)
    assert bool((is_mirrored | is_same).all())
    assert abs(float(is_mirrored.float().mean()) - probability) < 0.045
