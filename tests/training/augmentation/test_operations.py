"""RandAugment: each operation is torchvision's, each magnitude is timm's, and each image gets its own."""

import random

import numpy as np
import pytest
import torch
from timm.data import auto_augment as timm_augment
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

from ablate.training.augmentation.policy import INCREASING_SCALES, SCALES, Layer, Operation, Policy, arguments
from ablate.training.augmentation.random_augment import apply_layer
from ablate.training.augmentation.share import Share
from ablate.training.augmentation.tones import TONES

BILINEAR = InterpolationMode.BILINEAR
NOTHING = torch.zeros((1, 1, 1))
SHAPES = [(1, 11, 17), (3, 9, 7), (3, 40, 30)]


def photograph(*shape, seed=0):
    """Smooth and noisy at once, dark and bright parts, and not all values."""
    rng = np.random.default_rng(seed)
    ramps = np.linspace(20, 180, shape[-1]) + rng.normal(0, 30, shape)
    return torch.from_numpy(ramps.clip(7, 233).astype(np.uint8))


def layer(operation, *given, applied=True):
    count = len(given)
    return Layer(np.full(count, operation), np.array(given, float), np.full(count, applied))


def sheared(image, slope, axis):
    angles = [0.0, 0.0]
    angles[axis] = float(np.degrees(np.arctan(slope)))
    return F.affine(image, 0.0, [0, 0], 1.0, angles, interpolation=BILINEAR, center=[0.0, 0.0])


TORCHVISION = {
    Operation.AUTO_CONTRAST: lambda image, _: F.autocontrast(image),
    Operation.EQUALIZE: lambda image, _: F.equalize(image),
    Operation.INVERT: lambda image, _: F.invert(image),
    Operation.ROTATE: lambda image, degrees: F.rotate(image, degrees, interpolation=BILINEAR),
    Operation.POSTERIZE: lambda image, bits: F.posterize(image, int(bits)),
    Operation.SOLARIZE: F.solarize,
    Operation.SOLARIZE_ADD: lambda image, added: torch.where(
        image < 128, (image.int() + added).clamp(max=255), image
    ).byte(),
    Operation.COLOR: F.adjust_saturation,
    Operation.CONTRAST: F.adjust_contrast,
    Operation.BRIGHTNESS: F.adjust_brightness,
    Operation.SHARPNESS: F.adjust_sharpness,
    Operation.SHEAR_X: lambda image, slope: sheared(image, slope, 0),
    Operation.SHEAR_Y: lambda image, slope: sheared(image, slope, 1),
    Operation.TRANSLATE_X: lambda image, part: torch.roll(F.pad(image, [40, 0]), -round(part * image.shape[-1]), -1)[
        ..., 40:-40
    ],
    Operation.TRANSLATE_Y: lambda image, part: torch.roll(F.pad(image, [0, 40]), -round(part * image.shape[-2]), -2)[
        :, 40:-40
    ],
}
GIVEN = {
    Operation.ROTATE: (-27.0, 3.5, 30.0),
    Operation.POSTERIZE: (0, 1, 4),
    Operation.SOLARIZE: (0, 26, 255),
    Operation.SOLARIZE_ADD: (0, 55, 110),
    Operation.SHEAR_X: (-0.3, 0.11, 0.27),
    Operation.SHEAR_Y: (-0.3, 0.11, 0.27),
}
WARPS = (Operation.ROTATE, Operation.SHEAR_X, Operation.SHEAR_Y, Operation.TRANSLATE_X, Operation.TRANSLATE_Y)


def given_to(operation, shape):
    size = {Operation.TRANSLATE_X: shape[2], Operation.TRANSLATE_Y: shape[1]}.get(operation)
    return GIVEN.get(operation, (0.1, 0.83, 1.9)) if size is None else (-2 / size, 1 / size, 3 / size)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("operation", Operation, ids=lambda operation: operation.name)
def test_an_operation_is_what_torchvision_makes_of_the_single_image(operation, shape):
    given = given_to(operation, shape)
    pixels = photograph(3, *shape)
    made = apply_layer(pixels, layer(operation, *given), NOTHING)
    assert (made.dtype, made.shape) == (torch.uint8, pixels.shape)
    expected = torch.stack([TORCHVISION[operation](*pair) for pair in zip(pixels, map(float, given), strict=True)])
    apart = (made.int() - expected.int()).abs()
    assert apart.max() <= 1
    # torchvision rounds in another order, so a value halfway, or one that is whole, may end up on either side.
    assert (apart > 0).float().mean() < (0 if operation in TONES else 0.04) + 1e-9


@pytest.mark.parametrize("operation", Operation, ids=lambda operation: operation.name)
def test_no_operation_does_nothing(operation):
    pixels = photograph(1, 3, 40, 30)
    given = given_to(operation, (3, 40, 30))[1]
    assert (apply_layer(pixels, layer(operation, given), NOTHING) != pixels).float().mean() > 0.3


def test_images_that_did_not_draw_their_operation_stay():
    pixels = photograph(4, 3, 9, 7)
    drawn = Layer(np.full(4, Operation.INVERT), np.zeros(4), np.array([True, False, False, True]))
    changed = apply_layer(pixels, drawn, NOTHING)
    assert torch.equal(changed[[0, 3]], 255 - pixels[[0, 3]])
    assert torch.equal(changed[[1, 2]], pixels[[1, 2]])


def test_all_operations_at_once_are_each_operation_alone():
    pixels = photograph(len(Operation), 3, 9, 7)
    given = [given_to(operation, (3, 9, 7))[1] for operation in Operation]
    order = random.Random(5).sample(list(Operation), len(Operation))
    mixed = Layer(np.array(order), np.array([given[operation] for operation in order]), np.ones(len(order), bool))
    together = apply_layer(pixels, mixed, NOTHING)
    for position, operation in enumerate(order):
        alone = apply_layer(pixels[position : position + 1], layer(operation, given[operation]), NOTHING)
        assert torch.equal(together[position], alone[0]), operation


@pytest.mark.parametrize("operation", WARPS, ids=lambda operation: operation.name)
def test_what_a_warp_leaves_behind_has_the_fill_of_each_channel(operation):
    pixels = torch.full((1, 3, 21, 33), 9, dtype=torch.uint8)
    fill = torch.tensor([200.0, 100.0, 50.0])[:, None, None]
    given = 30 if operation is Operation.ROTATE else 0.4
    warped = apply_layer(pixels, layer(operation, given), fill)[0].flatten(1)
    assert (warped == 9).any()
    assert warped.amax(1).tolist() == [200, 100, 50]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 3)])
def test_images_of_any_size_and_number_of_channels_pass_through_all(channels, size):
    pixels = photograph(len(Operation), channels, *size)
    drawn = Layer(np.arange(len(Operation)), np.full(len(Operation), 0.5), np.ones(len(Operation), bool))
    changed = apply_layer(pixels, drawn, NOTHING)
    assert (changed.dtype, changed.shape) == (torch.uint8, pixels.shape)


@pytest.mark.parametrize("value", [0, 77, 255])
def test_an_image_of_one_value_has_nothing_to_stretch_or_equalize(value):
    pixels = torch.full((2, 3, 9, 7), value, dtype=torch.uint8)
    drawn = Layer(np.array([Operation.AUTO_CONTRAST, Operation.EQUALIZE]), np.zeros(2), np.ones(2, bool))
    assert torch.equal(apply_layer(pixels, drawn, NOTHING), pixels)


TIMM_NAMES = {
    Operation.AUTO_CONTRAST: "AutoContrast",
    Operation.EQUALIZE: "Equalize",
    Operation.INVERT: "Invert",
    Operation.ROTATE: "Rotate",
    Operation.POSTERIZE: "Posterize",
    Operation.SOLARIZE: "Solarize",
    Operation.SOLARIZE_ADD: "SolarizeAdd",
    Operation.COLOR: "Color",
    Operation.CONTRAST: "Contrast",
    Operation.BRIGHTNESS: "Brightness",
    Operation.SHARPNESS: "Sharpness",
    Operation.SHEAR_X: "ShearX",
    Operation.SHEAR_Y: "ShearY",
    Operation.TRANSLATE_X: "TranslateXRel",
    Operation.TRANSLATE_Y: "TranslateYRel",
}


@pytest.mark.parametrize("increasing", [False, True])
@pytest.mark.parametrize("operation", Operation, ids=lambda operation: operation.name)
def test_a_magnitude_means_what_it_means_in_timm(operation, increasing, monkeypatch):
    name = TIMM_NAMES[operation]
    if increasing and f"{name}Increasing" in timm_augment.LEVEL_TO_ARG:
        name += "Increasing"
    ours_of = INCREASING_SCALES if increasing else SCALES
    for sign, drawn in ((1, 0.1), (-1, 0.9)):  # timm negates where it draws more than a half
        monkeypatch.setattr(timm_augment.random, "random", lambda drawn=drawn: drawn)
        for magnitude in (0, 0.7, 3, 5.55, 9, 9.9, 10):
            ours = arguments(np.array([operation]), np.array([magnitude / 10]), np.array([sign]), ours_of)
            to_argument = timm_augment.LEVEL_TO_ARG[name]
            theirs = to_argument(magnitude, {}) if to_argument else (0,)
            assert ours[0] == pytest.approx(theirs[0] if isinstance(theirs, tuple) else theirs)


@pytest.mark.parametrize(
    "notation", ["rand-m9", "rand-m7-n3", "rand-m9-mstd0.5-inc1", "rand-m5-inc0-n1-mstd101", "rand-m10-n4-mstd1-inc1"]
)
def test_the_notation_is_read_as_timm_reads_it(notation):
    ours, theirs = Policy.parse(notation), timm_augment.rand_augment_transform(notation)
    assert ours.layers == theirs.num_layers
    names = {operation.name for operation in theirs.ops}
    assert ours.increasing == ("SolarizeIncreasing" in names)
    assert len(names) == len(Operation)
    for operation in theirs.ops:
        assert (operation.magnitude, operation.prob) == (ours.magnitude, 0.5)
        assert operation.magnitude_std == ours.deviation or ours.deviation > 100


def drawn(notation, count=6_000):
    return Policy.parse(notation).draw(Share(seed=1, epoch=2, step=3, first=0, count=count, total=count))


def test_operations_are_drawn_alike_and_half_of_them_carried_out():
    for one in drawn("rand-m9-n2"):
        counts = np.bincount(one.operations, minlength=len(Operation))
        assert len(counts) == len(Operation)
        assert np.abs(counts - 400).max() < 5 * 400**0.5
        assert abs(one.applied.mean() - 0.5) < 0.035


@pytest.mark.parametrize(
    ("notation", "mean", "deviation"),
    [("rand-m5", 5, 0), ("rand-m5-mstd0.5", 5, 0.5), ("rand-m8-mstd101", 4, 8 / 12**0.5)],
)
def test_magnitudes_scatter_as_said(notation, mean, deviation):
    first = drawn(notation)[0]
    found = np.abs(first.arguments[first.operations == Operation.SHEAR_X]) / 0.03
    assert found.mean() == pytest.approx(mean, abs=0.35)
    assert found.std() == pytest.approx(deviation, abs=0.12)


def test_a_magnitude_is_never_beyond_the_strongest():
    for one in drawn("rand-m10-mstd5"):
        rotations = one.arguments[one.operations == Operation.ROTATE]
        assert (np.abs(rotations).max(), rotations.min() < 0 < rotations.max()) == (30, True)
