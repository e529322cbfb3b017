"""What is kept and said of a data set: which images, of which content, on which scale."""

import logging

import numpy as np
import pytest
from PIL import Image

from ablate.specs import AugmentationSpec, DataSpec, Split
from ablate.training.data import open_splits


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(4)
    for split, count in (("train", 8), ("val", 3)):
        for label in ("oak", "elm", "ash"):
            (tmp_path / split / label).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / split / label / f"{number}.png")
    return tmp_path


def opened(folder, **said):
    return open_splits(DataSpec(name=f"folder:{folder}", image_size=6, classes=3, **said))


def test_the_fingerprint_of_the_files_is_kept_beside_that_of_the_rows(folder):
    before = opened(folder).records
    assert len({record.content for record in before.values()}) == 1
    image = folder / "train" / "elm" / "5.png"
    image.write_bytes(image.read_bytes() + b"more")
    after = opened(folder).records
    for split, record in before.items():
        assert after[split].fingerprint == record.fingerprint
        assert after[split].content != record.content


def test_digits_have_none_since_they_come_with_a_package():
    assert {record.content for record in open_splits(DataSpec()).records.values()} == {None}


def test_the_log_says_how_many_images_of_which_shape_and_scale_there_are(folder, caplog):
    with caplog.at_level(logging.INFO):
        content = opened(folder, held=True).records[Split.TRAIN].content
    (line,) = caplog.messages
    assert line.startswith(
        f"data folder:{folder}: 22 / 2 / 9 images to train / validate / test, 6 x 6 x 3, 3 classes, "
    )
    assert line.endswith(f", fingerprint {content}")
    assert line.count("0.") == 6


def test_floats_are_bytes_where_they_are_to_be_changed():
    plain, changed = (open_splits(DataSpec(), AugmentationSpec(flip=flip)).supplies[Split.TEST] for flip in (0.0, 0.5))
    for one, other in zip(plain.evaluation_batches(100), changed.evaluation_batches(100), strict=True):
        assert (one.pixels - other.pixels).abs().max() < 0.01
