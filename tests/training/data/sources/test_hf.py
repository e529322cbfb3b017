"""Data sets of Hugging Face: from a folder or the cache, columns by type, the network only where it is allowed.

The library itself stands in only where it is installed; elsewhere what it documents is imitated.
"""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from huggingface_hub import constants

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.sources import read_source


class DatasetsError(Exception):
    """What the library raises of its own."""


class ImageFeature:
    def __init__(self, decode=True):
        self.decode = decode


class ClassLabel:
    def __init__(self, num_classes):
        self.num_classes = num_classes


class Table:
    """What is documented of `datasets.Dataset`."""

    def __init__(self, columns, features):
        self.columns, self.features = columns, features

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def __getitem__(self, key):
        if isinstance(key, str):
            return self.columns[key]
        assert not self.features["picture"].decode
        return {name: column[key] for name, column in self.columns.items()}

    def select_columns(self, names):
        return Table({name: self.columns[name] for name in names}, {name: self.features[name] for name in names})

    def cast_column(self, name, feature):
        return Table(self.columns, {**self.features, name: feature})


@pytest.fixture
def library(monkeypatch, picture):
    """The library with one data set, as far as it is used; notes how it was asked, and whether it was offline."""
    module = ModuleType("datasets")
    module.Image, module.ClassLabel = ImageFeature, ClassLabel
    module.exceptions = SimpleNamespace(DatasetsError=DatasetsError)
    module.config = SimpleNamespace(HF_HUB_OFFLINE=False)
    module.asked = []

    def load_dataset(name, variant, cache_dir):
        module.asked.append((name, variant, cache_dir, module.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE))
        if isinstance(module.content, Exception):
            raise module.content
        return module.content

    module.load_dataset = load_dataset
    module.load_from_disk = lambda path: module.asked.append(path) or module.content
    monkeypatch.setitem(sys.modules, "datasets", module)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)

    def table(count=6, unlabelled=False, **more):
        images = [{"bytes": picture(number, size=(4 + number, 5)), "path": None} for number in range(count)]
        labels = [-1 if unlabelled else number % 3 for number in range(count)]
        columns = {"picture": images, "what": labels, "id": list(range(count)), **dict.fromkeys(more, labels)}
        return Table(columns, {"picture": ImageFeature(), "what": ClassLabel(3), "id": object(), **more})

    module.table = table
    module.content = {"train": table(9), "validation": table(3)}
    return module


def spec(name="someone/animals", **changes):
    return DataSpec(**{"name": f"hf:{name}", "image_size": 8, "classes": 3, **changes})


def told(*arguments, **changes):
    with pytest.raises(DataError) as caught:
        read_source(spec(*arguments, **changes))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{Path.cwd()}/", "./")


def test_image_and_class_are_found_by_the_types_of_their_columns(library):
    parts = read_source(spec()).parts
    assert {split: pool.labels.tolist() for split, pool in parts.items()} == {
        Split.TRAIN: [0, 1, 2] * 3,
        Split.TEST: [0, 1, 2],
    }
    image = parts[Split.TRAIN].image(7)
    assert image.size == (11, 5)
    assert (np.asarray(image) == 7).all()


def test_the_network_is_shut_unless_download_is_true_and_left_as_it_was(library):
    read_source(spec())
    read_source(spec("someone/animals:small", download=True, root="/cache"))
    assert library.asked == [
        ("someone/animals", None, None, True, True),
        ("someone/animals", "small", "/cache", False, False),
    ]
    assert (library.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE) == (False, False)


def test_a_folder_of_that_name_is_read_from_disk(library, tmp_path):
    (tmp_path / "saved").mkdir()
    read_source(spec("saved"))
    assert library.asked == [str(tmp_path / "saved")]


def test_a_data_set_without_parts_is_one_piece(library):
    library.content = library.table(9)
    assert list(read_source(spec()).parts) == [Split.TRAIN]


def test_images_whose_classes_are_kept_back_are_no_part(library):
    library.content = {
        "train": library.table(9),
        "validation": library.table(3),
        "test": library.table(8, unlabelled=True),
    }
    assert {split: len(pool.labels) for split, pool in read_source(spec()).parts.items()} == {
        Split.TRAIN: 9,
        Split.TEST: 3,
    }


def test_of_coarse_and_fine_classes_those_with_as_many_as_was_said_are_taken(library):
    library.content = library.table(9, coarse=ClassLabel(2))
    assert read_source(spec()).parts[Split.TRAIN].labels.max() == 2
    library.content = library.table(9, other=ClassLabel(3))
    assert told() == (
        "hf:someone/animals, train: expected one column of images and one of 3 classes, found picture (ImageFeature), "
        "what (ClassLabel), id (object), other (ClassLabel): rename and cast its columns, and save it with save_to_disk"
    )


def test_what_is_not_there_is_told_with_both_remedies(library):
    library.content = ConnectionError("Couldn't reach\nthe Hub")
    assert told() == (
        "./someone/animals: there is no such folder, nor is hf:someone/animals in the cache of datasets "
        "(ConnectionError: Couldn't reach the Hub): save it there with save_to_disk, or set data.download: true"
    )
    assert told(download=True, root="/cache").endswith("save it there with save_to_disk, or try again later")


def test_an_image_that_does_not_decode_is_told_by_its_number(library):
    library.content["train"].columns["picture"][4]["bytes"] = b"nothing"
    with pytest.raises(DataError, match=r"^hf:someone/animals, train, image 4: expected an image, it does not decode"):
        read_source(spec())


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert told() == "hf:someone/animals: needs the package datasets: pip install 'ablate-studies[hf]'"


def test_what_the_library_saved_is_read(tmp_path, picture):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(3)})
    rows = {"image": [{"bytes": picture(k), "path": None} for k in range(9)], "label": [k % 3 for k in range(9)]}
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(str(tmp_path / "saved"))
    pool = read_source(spec("saved")).parts[Split.TRAIN]
    assert pool.labels.tolist() == [0, 1, 2] * 3
    assert (np.asarray(pool.image(5)) == 5).all()
