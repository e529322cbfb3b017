"""One's own data set: arrays or data sets that a function returns, checked before they are believed."""

import re
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.sources import read_source
from ablate.training.data.splits import split_source

LABELS = np.arange(12) % 3


@pytest.fixture
def returned(monkeypatch):
    """Make the function that a study file names, `own_images:read`, return what a test gives."""

    def give(value):
        module = type("Module", (), {"read": staticmethod(value if callable(value) else lambda: value)})
        monkeypatch.setitem(sys.modules, "own_images", module)

    return give


def spec(name="own_images:read", **changes):
    return DataSpec(**{"name": f"python:{name}", "image_size": 5, "classes": 3, **changes})


def told(*arguments, **changes):
    with pytest.raises(DataError) as caught:
        read_source(spec(*arguments, **changes))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_module_beside_the_study_is_found_where_ablate_was_started(tmp_path):
    (tmp_path / "beside_the_study.py").write_text(
        "import numpy as np\ndef read():\n    return {'train': (np.zeros((30, 5, 7), np.uint8), np.arange(30) % 3)}\n"
    )
    selections = split_source(read_source(spec("beside_the_study:read")), spec())
    assert sorted(len(selection.rows) for selection in selections.values()) == [2, 6, 22]


@pytest.mark.parametrize("as_given", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (0, 2, 3, 1)], ids=["NCHW", "NHWC"])
def test_arrays_and_tensors_of_either_layout_are_the_same_images(returned, pixels, as_given, axes):
    images = pixels(12, 3, 5, 7)
    returned({"train": (as_given(np.ascontiguousarray(images.transpose(axes))), as_given(LABELS))})
    pool = read_source(spec()).parts[Split.TRAIN]
    assert np.array_equal(pool.pixels, images)
    assert pool.labels.tolist() == LABELS.tolist()
    assert np.array_equal(np.asarray(pool.image(4)), images[4].transpose(1, 2, 0))


def test_colour_becomes_grey_as_pillow_does_it_and_grey_is_repeated(returned, pixels):
    images = pixels(12, 5, 7, 3)
    returned({"train": (images, LABELS)})
    grey = read_source(spec(channels=1)).parts[Split.TRAIN].pixels
    assert np.array_equal(grey[3, 0], np.asarray(Image.fromarray(images[3]).convert("L")))
    returned({"train": (images / 255, LABELS)})
    assert np.abs(read_source(spec(channels=1)).parts[Split.TRAIN].pixels - grey / 255).max() < 0.003
    returned({"train": (images[..., 0], LABELS)})
    assert np.array_equal(read_source(spec()).parts[Split.TRAIN].pixels[:, 2], images[..., 0])


def test_floats_in_0_to_1_stay_floats(returned):
    returned({"train": (np.full((12, 5, 7), 0.5), LABELS), "val": (np.full((3, 5, 7), 1.0), LABELS[:3])})
    parts = read_source(spec(channels=1)).parts
    assert parts[Split.TRAIN].pixels.dtype == np.float32
    assert (np.asarray(parts[Split.TRAIN].image(0)) == 128).all()
    assert list(parts) == [Split.TRAIN, Split.TEST]


class Pictures(torch.utils.data.Dataset):
    """Images of several sizes, one by one."""

    def __init__(self, images, labels=None):
        self.images = images
        if labels is not None:
            self.targets = labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index], int(LABELS[index])


@pytest.mark.parametrize("labels", [None, LABELS.tolist()])
@pytest.mark.parametrize("form", [np.asarray, Image.fromarray, lambda image: torch.from_numpy(image).permute(2, 0, 1)])
def test_a_data_set_of_pytorch_gives_images_one_by_one(returned, pixels, form, labels):
    images = [pixels(4 + index, 6, 3) for index in range(12)]
    returned({"train": Pictures([form(image) for image in images], labels)})
    source = read_source(spec())
    pool = source.parts[Split.TRAIN]
    assert pool.labels.tolist() == LABELS.tolist()
    assert np.array_equal(np.asarray(pool.image(9)), images[9])
    assert re.fullmatch("[0-9a-f]{16}", source.fingerprint)


def test_the_fingerprint_is_of_pixels_and_labels(returned, pixels):
    images = pixels(12, 3, 5, 7)
    other = images.copy()
    other[7, 1, 2, 3] ^= 1
    prints = []
    for array, labels in ((images, LABELS), (other, LABELS), (images, LABELS[::-1]), (images.copy(), LABELS)):
        returned({"train": (array, labels)})
        prints.append(read_source(spec()).fingerprint)
    assert prints[0] == prints[3]
    assert len(set(prints)) == 3


def test_a_function_that_cannot_be_had_is_told_and_what_it_raises_passes(returned):
    assert told("nowhere_at_all:read") == (
        "python:nowhere_at_all:read: cannot be imported: No module named 'nowhere_at_all'; install it, or start ablate "
        "in the folder that holds it"
    )
    assert "cannot be imported: module 'json' has no attribute 'read'" in told("json:read")

    def fail():
        raise KeyError("speed")

    returned(fail)
    with pytest.raises(KeyError, match="speed"):
        told()


EXPECTED = "expected a dict of train, validation and test, each (images, labels) or a data set"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], f": {EXPECTED}, it returned list"),
        ({}, ": expected train, val or test, found nothing: train is missing"),
        ({"tests": 1}, ": expected train, val or test, found tests: train is missing"),
        ({"train": 3}, f", train: {EXPECTED}, found int"),
        ({"train": "abc"}, f", train: {EXPECTED}, found str"),
        (
            {"train": (np.zeros((12, 5), np.uint8), LABELS)},
            ", train: expected images [images, channels, height, width] or [images, height, width, channels] of 1 or 3 "
            "channels, found an array of 12 x 5",
        ),
        (
            {"train": ([np.zeros((5, 5), np.uint8), np.zeros((6, 5), np.uint8)], [0, 1])},
            ", train: expected an array, these cannot be put into one: their sizes or types differ; make them equal",
        ),
        (
            {"train": (np.full((12, 5, 5), 255.0), LABELS)},
            ", train: expected images of uint8, or of floats in 0 to 1, found floats from 255 to 255",
        ),
        (
            {"train": (np.full((12, 5, 5), np.nan), LABELS)},
            ", train: expected images of uint8, or of floats in 0 to 1, found floats from nan to nan",
        ),
        (
            {"train": (np.zeros((12, 5, 5), np.int32), LABELS)},
            ", train: expected images of uint8, or of floats in 0 to 1, found int32",
        ),
        (
            {"train": (np.zeros((12, 5, 5), np.uint8), LABELS[:11])},
            ", train: 12 images with 11 labels: expected one for each",
        ),
        (
            {"train": (np.zeros((12, 5, 5), np.uint8), LABELS / 2)},
            ", train: expected a list of whole numbers as labels, found float64 of 1 axes",
        ),
        ({"train": (np.zeros((0, 5, 5), np.uint8), LABELS[:0])}, ": the part for train holds no image"),
        (
            {"train": (np.zeros((12, 5, 5), np.uint8), LABELS + 1)},
            ": the part for train holds label 3, expected 0 to 2: data.classes is 3",
        ),
        (
            {"train": (np.zeros((12, 5, 5), np.uint8), np.minimum(LABELS, 1))},
            ": class 2 has no image to train on, data.classes is 3: make them agree",
        ),
        ({"train": Pictures([1, 2, 3])}, None),
    ],
)
def test_what_is_not_images_with_labels_is_told(returned, value, message):
    returned(value)
    if message is not None:
        assert told() == f"python:own_images:read{message}"
    else:
        assert told().startswith("python:own_images:read, train, image 0: expected images [images, channels")
