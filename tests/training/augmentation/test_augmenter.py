"""Augmentation as a whole: reproducible, the same in shares, each image alone, and nothing where nothing is asked."""

import pytest
import torch

from ablate.specs import AugmentationSpec
from ablate.training.augmentation import Augmenter
from ablate.training.augmentation.share import Part, Share

EVERYTHING = {
    "padded": AugmentationSpec(
        crop="pad", padding=3, flip=0.5, random_augment="rand-m9-n2-mstd0.5-inc1", erasing=0.6, mixup=0.8, cutmix=1.0
    ),
    "resized": AugmentationSpec(crop="resized", flip=0.5, random_augment="rand-m7-n3", erasing=0.6, cutmix=1.0),
}
ALONE = {
    "pad": AugmentationSpec(crop="pad"),
    "resized": AugmentationSpec(crop="resized"),
    "flip": AugmentationSpec(flip=0.5),
    "random_augment": AugmentationSpec(random_augment="rand-m9-n2-mstd0.5-inc1"),
    "erasing": AugmentationSpec(erasing=0.5),
    "mixup": AugmentationSpec(mixup=0.8),
    "cutmix": AugmentationSpec(cutmix=1.0),
}
CLASSES = 5
SHAPES = [(1, 28, 28), (3, 13, 10)]


def batch(count, shape=(3, 13, 10), seed=0):
    random = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=random)
    return pixels, torch.randint(0, CLASSES, (count,), generator=random)


def through(spec, pixels, labels, seed=0, epoch=0, step=0, place=()):
    """What comes out of both stages, as one flat row for each image."""
    augmenter = Augmenter(spec, CLASSES)
    changed = augmenter.augment(pixels, seed, epoch, step, *place)
    assert (changed.dtype, changed.shape) == (torch.uint8, pixels.shape)
    finished, targets = augmenter.finish(changed.float() / 64 - 2, labels, seed, epoch, step, *place)
    if targets is None:
        targets = torch.nn.functional.one_hot(labels, CLASSES).float()
    return torch.cat((finished.flatten(1), targets), dim=1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("spec", (EVERYTHING | ALONE).values(), ids=EVERYTHING | ALONE)
def test_the_same_place_gives_the_same_bits_and_another_place_others(spec, shape):
    images = batch(32, shape)
    first = through(spec, *images)
    torch.rand(7)
    assert torch.equal(first, through(spec, *images))
    for other in ({"seed": 1}, {"epoch": 1}, {"step": 1}):
        assert not torch.equal(first, through(spec, *images, **other)), other


@pytest.mark.parametrize("count", [2, 7, 33])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("spec", (EVERYTHING | ALONE).values(), ids=EVERYTHING | ALONE)
def test_shares_of_a_batch_are_the_parts_of_the_whole(spec, shape, count):
    pixels, labels = batch(count, shape)
    for step in range(3):
        whole = through(spec, pixels, labels, step=step)
        for cut in {2 * (count // 4), 2 * (count // 3)} - {0}:
            parts = [
                through(spec, pixels[rows], labels[rows], step=step, place=(rows.start, count))
                for rows in (slice(0, cut), slice(cut, count))
            ]
            assert torch.equal(whole, torch.cat(parts))


@pytest.mark.parametrize("name", [name for name, spec in ALONE.items() if not spec.is_mixing])
def test_an_image_does_not_depend_on_what_its_neighbours_show(name):
    pixels, labels = batch(24)
    others, _ = batch(24, seed=1)
    others[5::6] = pixels[5::6]
    expected, found = through(ALONE[name], pixels, labels), through(ALONE[name], others, labels)
    assert torch.equal(found[5::6], expected[5::6])


def test_to_switch_one_change_off_leaves_what_the_others_draw():
    pixels, labels = batch(32)
    flipped = AugmentationSpec(flip=0.5)
    is_flipped = [
        (Augmenter(spec, CLASSES).augment(pixels, 0, 0, 0) != pixels).flatten(1).any(1)
        for spec in (flipped, flipped.model_copy(update={"erasing": 0.5, "mixup": 1.0}))
    ]
    assert torch.equal(*is_flipped)
    erased, both = AugmentationSpec(erasing=0.5), AugmentationSpec(erasing=0.5, random_augment="rand-m9", flip=0.5)
    zeros = torch.zeros(32, 1, 9, 8)
    noises = [Augmenter(spec, CLASSES).finish(zeros, labels, 0, 0, 0)[0] for spec in (erased, both)]
    assert torch.equal(*noises)


def test_what_changes_nothing_gives_back_what_it_was_given():
    pixels, labels = batch(6)
    augmenter = Augmenter(AugmentationSpec(padding=9), CLASSES)
    floats = pixels.float()
    assert augmenter.augment(pixels, 0, 0, 0) is pixels
    assert augmenter.finish(floats, labels, 0, 0, 0) == (floats, None)


@pytest.mark.parametrize("spec", EVERYTHING.values(), ids=EVERYTHING)
def test_what_is_given_stays_as_it_was(spec):
    pixels, labels = batch(16)
    kept, floats = pixels.clone(), torch.randn(16, 3, 13, 10)
    kept_floats = floats.clone()
    augmenter = Augmenter(spec, CLASSES)
    for step in range(5):
        augmenter.augment(pixels, 0, 0, step)
        augmenter.finish(floats, labels, 0, 0, step)
    assert torch.equal(pixels, kept)
    assert torch.equal(floats, kept_floats)


@pytest.mark.parametrize("spec", EVERYTHING.values(), ids=EVERYTHING)
def test_the_layout_in_memory_does_not_matter(spec):
    pixels, labels = batch(8)
    last = pixels.contiguous(memory_format=torch.channels_last)
    assert torch.equal(through(spec, pixels, labels), through(spec, last, labels))


@pytest.mark.parametrize("spec", EVERYTHING.values(), ids=EVERYTHING)
def test_no_images_are_no_trouble(spec):
    pixels, labels = batch(0)
    assert through(spec, pixels, labels, place=(0, 8)).shape[0] == 0


def test_a_share_that_is_not_of_the_batch_is_refused():
    pixels, _ = batch(4)
    with pytest.raises(ValueError, match="4 images from position 6 on are no share of a batch of 8"):
        Augmenter(EVERYTHING["padded"], CLASSES).augment(pixels, 0, 0, 0, first=6, total=8)


def test_draws_never_change_between_versions():
    # A stored study can be run again only if these stay as they are.
    share = Share(seed=3, epoch=1, step=2, first=0, count=4, total=4)
    assert share.rng(Part.CROP).integers(0, 9, 6).tolist() == [7, 0, 2, 3, 0, 0]
    assert share.rng(Part.FLIP).random() == pytest.approx(0.004427308373534, abs=1e-12)
    assert share.rng(Part.RANDOM_AUGMENT).standard_normal() == pytest.approx(-2.1390134932382368, abs=1e-12)
    assert share.rng(Part.MIXING).beta(0.8, 0.8) == pytest.approx(0.9975449447227537, abs=1e-12)
