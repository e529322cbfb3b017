"""Mixup and CutMix: neighbours are combined, and labels in the same shares as the images."""

import numpy as np
import pytest
import torch
from timm.data.mixup import mixup_target
from timm.loss import SoftTargetCrossEntropy

from ablate.specs import AugmentationSpec
from ablate.training.augmentation import Augmenter
from ablate.training.augmentation.mixing import Mix, draw_mix, mix_labels, mix_pixels
from ablate.training.augmentation.share import Share

CLASSES = 7
SIZE = (12, 9)


def whole(count=6, step=0):
    return Share(seed=3, epoch=1, step=step, first=0, count=count, total=count)


def mixes(count, **alphas):
    return [draw_mix(AugmentationSpec(**alphas), whole(step=step), SIZE) for step in range(count)]


@pytest.mark.parametrize("count", [1, 2, 5, 6])
def test_mixup_adds_shares_of_neighbours_and_of_their_labels(count):
    pixels, labels = torch.randn(count, 3, 5, 4, dtype=torch.float64), torch.arange(count)
    mixed, targets = mix_pixels(pixels, Mix(0.3, None)), mix_labels(labels, CLASSES, Mix(0.3, None))
    for position in range(count):
        partner = position ^ 1 if position ^ 1 < count else position
        torch.testing.assert_close(mixed[position], 0.3 * pixels[position] + 0.7 * pixels[partner])
        expected = torch.zeros(CLASSES)
        expected[position] += 0.3
        expected[partner] += 0.7
        torch.testing.assert_close(targets[position], expected)


def test_cutmix_puts_the_neighbours_box_in_place():
    pixels = torch.randn(5, 3, *SIZE)
    mixed = mix_pixels(pixels, Mix(0.5, (slice(2, 5), slice(0, 4))))
    is_inside = torch.zeros(SIZE, dtype=torch.bool)
    is_inside[2:5, 0:4] = True
    for position, partner in enumerate((1, 0, 3, 2, 4)):
        assert torch.equal(mixed[position], torch.where(is_inside, pixels[partner], pixels[position]))


def test_the_share_of_a_label_is_the_share_of_the_pixels():
    for mix in mixes(200, cutmix=1.0):
        ones = torch.stack((torch.ones(1, *SIZE), torch.zeros(1, *SIZE)))
        assert float(mix_pixels(ones, mix)[0].mean()) == pytest.approx(mix.kept, abs=1e-6)


def test_boxes_are_as_large_as_beta_says_and_lie_everywhere():
    found = mixes(600, cutmix=1.0)
    covered = np.zeros(SIZE)
    for mix in found:
        assert mix.box is not None
        covered[mix.box] += 1
    assert covered.min() > 60
    assert min(mix.kept for mix in found) < 0.25
    assert max(mix.kept for mix in found) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("alpha", [0.2, 0.8, 4.0])
def test_mixup_keeps_what_its_beta_distribution_says(alpha):
    kept = np.array([mix.kept for mix in mixes(3_000, mixup=alpha)])
    assert kept.mean() == pytest.approx(0.5, abs=0.035)
    assert kept.var() == pytest.approx(0.25 / (2 * alpha + 1), rel=0.1)


def test_with_both_half_of_the_batches_are_cut():
    is_cut = [mix.box is not None for mix in mixes(2_000, mixup=0.8, cutmix=1.0)]
    assert np.mean(is_cut) == pytest.approx(0.5, abs=0.055)
    assert all(mix.box is None for mix in mixes(50, mixup=0.8))


@pytest.mark.parametrize("alpha", [1e-6, 100])
def test_extreme_distributions_give_shares_too(alpha):
    for mix in mixes(50, mixup=alpha) + mixes(50, cutmix=alpha):
        assert 0 <= mix.kept <= 1


def test_the_shares_of_every_image_make_one():
    augmenter = Augmenter(AugmentationSpec(mixup=0.8, cutmix=1.0), CLASSES)
    labels = torch.tensor([0, 3, 3, 3, 6])
    for step in range(20):
        _, targets = augmenter.finish(torch.randn(5, 1, *SIZE), labels, 0, 0, step)
        assert targets.shape == (5, CLASSES)
        torch.testing.assert_close(targets.sum(1), torch.ones(5))
        assert bool(
            (targets.gather(1, labels[:, None])[2:, 0] == 1).all()
        )  # both of a pair have the same, or no partner


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.37])
def test_smoothing_in_the_loss_is_timms_smoothing_of_the_shares(smoothing):
    logits, labels, kept = torch.randn(6, CLASSES), torch.tensor([0, 1, 2, 3, 4, 6]), 0.7
    # timm's partner is the one at the same distance from the other end, ours the neighbour.
    timms_order = torch.tensor([0, 2, 4, 5, 3, 1])
    targets = mix_labels(labels, CLASSES, Mix(kept, None))
    ours = torch.nn.functional.cross_entropy(logits, targets, label_smoothing=smoothing)
    theirs = mixup_target(labels[timms_order], CLASSES, kept, smoothing)
    torch.testing.assert_close(ours, SoftTargetCrossEntropy()(logits[timms_order], theirs))


def test_a_share_that_begins_with_the_second_of_a_pair_is_refused():
    augmenter = Augmenter(AugmentationSpec(mixup=0.8), CLASSES)
    with pytest.raises(ValueError, match="begins with a pair, for neighbours are mixed: got position 3"):
        augmenter.finish(torch.randn(2, 1, *SIZE), torch.zeros(2, dtype=torch.int64), 0, 0, 0, first=3, total=8)
