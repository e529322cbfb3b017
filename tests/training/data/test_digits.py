"""Digits: split once, stratified, recorded, and part of one another as the training set grows."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data import open_splits
from ablate.training.data.splits import split_indices

LABELS = load_digits().target.astype(np.int64)


def test_the_splits_are_disjoint_and_together_hold_every_image():
    indices = split_indices(LABELS, DataSpec())
    joined = np.concatenate(list(indices.values()))
    assert sorted(joined) == list(range(1797))


@pytest.mark.parametrize("count", [10, 47, 300, 1077])
def test_every_split_holds_the_classes_in_proportion(count):
    whole = np.bincount(LABELS) / len(LABELS)
    for rows in split_indices(LABELS, DataSpec(training_images=count)).values():
        assert np.abs(np.bincount(LABELS[rows], minlength=10) - whole * len(rows)).max() < 2.5


def test_fewer_training_images_are_part_of_more_and_the_test_images_stay():
    few, many = (split_indices(LABELS, DataSpec(training_images=count)) for count in (90, 431))
    assert set(few[Split.TRAIN]) < set(many[Split.TRAIN])
    assert np.array_equal(few[Split.TEST], many[Split.TEST])


def test_another_split_seed_gives_another_split_with_another_fingerprint():
    records = [open_splits(DataSpec(training_images=70, split_seed=seed)).records for seed in (0, 1, 0)]
    assert records[0] == records[2]
    assert all(records[0][split].fingerprint != records[1][split].fingerprint for split in records[0])


def test_the_record_says_how_many_images_of_each_class_there_are():
    splits = open_splits(DataSpec(training_images=123))
    for split, record in splits.records.items():
        labels = splits.supplies[split].labels
        assert record.images == len(labels) == sum(record.images_per_class)
        assert record.images_per_class == tuple(torch.bincount(labels, minlength=10).tolist())


def test_pixels_are_standardised_by_the_training_images_alone():
    splits = open_splits(DataSpec(training_images=200))
    train = splits.supplies[Split.TRAIN].pixels
    assert train.shape == (200, 1, 8, 8)
    assert train.mean().abs() < 1e-5
    assert (train.std() - 1).abs() < 1e-2
    assert splits.supplies[Split.TEST].pixels.mean().abs() > 1e-4


@pytest.mark.parametrize("count", [9, 1078])
def test_more_or_fewer_images_than_there_are_is_one_clear_error(count):
    with pytest.raises(DataError, match=f"training_images is {count}.*give 10 to 1077, or all"):
        open_splits(DataSpec(training_images=count))
