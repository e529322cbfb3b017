"""Published data sets: IDX files packed or not, the arrays and files of torchvision, and nothing fetched unasked."""

import gzip
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torchvision

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.specs.datasets import TORCHVISION
from ablate.training.data.sources import mnist, read_source
from ablate.training.data.sources.idx import read_idx
from ablate.training.data.splits import split_source

IDX = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


@pytest.fixture
def published(monkeypatch):
    """Say how many images a data set of torchvision has, so that a test can make it."""

    def publish(name, **changes):
        monkeypatch.setitem(TORCHVISION, name, TORCHVISION[name]._replace(**changes))

    return publish


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return header + array.tobytes()


@pytest.fixture
def fashion(published, pixels, monkeypatch):
    """Write a small Fashion-MNIST: 20 + 10 images."""
    published("FashionMNIST", training=20, test=10)
    monkeypatch.setattr(mnist, "DEBIAN", {})
    arrays = [pixels(20, 28, 28), np.arange(20) % 10, pixels(10, 28, 28), np.arange(10)]

    def write(folder, *, packed=True):
        Path(folder).mkdir(parents=True)
        for name, array in zip(IDX, arrays, strict=True):
            content = idx(array.astype(np.uint8))
            path = Path(folder) / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(content) if packed else content)
        return arrays

    return write


def spec(name="FashionMNIST", **changes):
    return DataSpec(name=f"torchvision:{name}", **changes)


def told(*arguments, **changes):
    with pytest.raises(DataError) as caught:
        read_source(spec(*arguments, **changes))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{Path.cwd()}/", "./")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("folder", "root"),
    [
        ("data/FashionMNIST/raw", None),
        ("data/FashionMNIST", None),
        ("here", "here"),
        ("here/FashionMNIST", "here"),
        ("here/FashionMNIST/raw", "here"),
    ],
)
def test_idx_files_are_read_as_they_are_distributed_from_any_of_their_places(fashion, folder, root, packed):
    images, labels, *_ = fashion(folder, packed=packed)
    part = read_source(spec(root=root)).parts[Split.TRAIN]
    assert np.array_equal(part.pixels[:, 0], images)
    assert np.array_equal(part.labels, labels)


def test_files_in_the_common_folder_are_not_taken_for_any_successor_of_mnist(fashion):
    fashion("data")
    assert "torchvision:FashionMNIST is not there" in told()


@pytest.mark.skipif(not mnist.DEBIAN["FashionMNIST"].is_dir(), reason="apt-get install dataset-fashion-mnist")
def test_fashion_mnist_is_read_where_debian_puts_it():
    source = read_source(spec())
    selections = split_source(source, spec())
    assert source.fingerprint == "0b75b1a9ce739a16"
    counts = {split: np.bincount(of.pool.labels[of.rows]).tolist() for split, of in selections.items()}
    assert counts == {Split.TRAIN: [5400] * 10, Split.VALIDATION: [600] * 10, Split.TEST: [1000] * 10}
    assert source.parts[Split.TRAIN].pixels.mean() / 255 == pytest.approx(0.2860, abs=1e-4)


def test_a_place_that_is_named_is_the_only_one(tmp_path):
    assert told(root=str(tmp_path)) == (
        "./FashionMNIST/raw or ./FashionMNIST or "
        f"{tmp_path}: torchvision:FashionMNIST is not there: put {', '.join(IDX)} (.gz or unpacked) there, name "
        "another place in data.root or ABLATE_DATA, or set data.download: true"
    )


def test_nothing_is_fetched_unless_it_is_asked_for(fashion, monkeypatch):
    asked = []

    def fetch(root, download, train):
        asked.append((str(root), download, train))
        if not Path(root, "FashionMNIST").exists():
            fashion(root / "FashionMNIST" / "raw", packed=False)

    monkeypatch.setattr(torchvision.datasets, "FashionMNIST", fetch)
    told()
    assert asked == []
    read_source(spec(download=True))
    data = str(Path.cwd() / "data")
    assert asked == [(data, True, True), (data, True, False)]
    read_source(spec(download=True))
    assert len(asked) == 2


def test_what_cannot_be_fetched_is_told_with_the_reason(monkeypatch):
    def fail(**_):
        raise OSError("<urlopen error no\nroute>")

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", fail)
    assert told("CIFAR10", download=True) == (
        "./data: torchvision:CIFAR10 cannot be fetched (<urlopen error no route>): try again later, or put its files "
        "there"
    )


@pytest.mark.parametrize("name", ["CIFAR10", "SVHN", "STL10", "USPS", "EuroSAT", "Flowers102", "SUN397", "Imagenette"])
def test_every_published_data_set_that_is_missing_is_told_alike(name):
    message = told(name, image_size=16)
    assert message.startswith(f"./data: torchvision:{name} is not there, or damaged (")
    assert message.endswith(
        "): put its files there (or name another place in data.root or ABLATE_DATA), or set data.download: true"
    )
    assert "download=True" not in message


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_name_is_a_class_of_torchvision_whose_parts_it_knows(name, monkeypatch):
    monkeypatch.setattr(mnist, "DEBIAN", {})
    assert "is not there" in told(name, image_size=16)


@pytest.mark.parametrize(
    ("name", "given", "option"),
    [("CIFAR10", (8, 32, 30, 3), "train"), ("SVHN", (8, 3, 32, 30), "split"), ("USPS", (8, 16, 14), "train")],
)
def test_arrays_of_every_layout_become_the_same_and_are_counted(published, monkeypatch, pixels, name, given, option):
    array = pixels(*given)
    expected = array.transpose(0, 3, 1, 2) if given[-1] == 3 else array.reshape(8, -1, *given[-2:])

    def give(root, download, **options):
        assert list(options) == [option]
        return SimpleNamespace(data=array, targets=[0, 1, 2, 3, 0, 1, 2, 3], labels=np.arange(8) % 4)

    monkeypatch.setattr(torchvision.datasets, name, give)
    published(name, classes=4, training=8, test=8)
    assert np.array_equal(read_source(spec(name)).parts[Split.TEST].pixels, expected)
    published(name, training=9)
    assert told(name) == f"./data: torchvision:{name} has 9 train images, found 8: fetch it again"


def test_of_images_in_files_the_paths_are_asked_for_and_none_is_decoded(published, monkeypatch, tmp_path, picture):
    published("DTD", classes=2, training=3, validation=2, test=2)
    counts = {"train": 3, "val": 2, "test": 2}
    (tmp_path / "data").mkdir()
    for split, count in counts.items():
        for number in range(count):
            (tmp_path / "data" / f"{split}{number}.jpg").write_bytes(picture(number) if number != 1 else b"nothing")

    def give(root, download, split, loader):
        order = reversed(range(counts[split]))  # as a file system may
        return [(loader(f"{root}/{split}{number}.jpg"), number % 2) for number in order]

    monkeypatch.setattr(torchvision.datasets, "DTD", give)
    source = read_source(spec("DTD", image_size=8))
    assert {split: pool.labels.tolist() for split, pool in source.parts.items()} == {
        Split.TRAIN: [0, 1, 0],
        Split.VALIDATION: [0, 1],
        Split.TEST: [0, 1],
    }
    assert (np.asarray(source.parts[Split.TRAIN].image(2)) == 2).all()
    with pytest.raises(DataError, match=r"data/train1.jpg: expected an image, it does not decode"):
        source.parts[Split.TRAIN].image(1)
    (tmp_path / "data" / "val0.jpg").unlink()
    assert told("DTD", image_size=8) == (
        "./data/val0.jpg: expected an image: No such file or directory; fetch the data set again"
    )


def test_grey_images_are_repeated_where_colour_is_asked_for(fashion):
    images, *_ = fashion("data/FashionMNIST")
    part = read_source(spec(channels=3)).parts[Split.TRAIN]
    assert part.pixels.shape == (20, 3, 28, 28)
    assert all(np.array_equal(part.pixels[:, channel], images) for channel in range(3))
    assert part.image(4).mode == "RGB"


def test_labels_that_the_data_set_has_not_are_told(fashion):
    fashion("data/FashionMNIST")
    for labels, message in (
        (
            np.arange(20) % 11,
            "torchvision:FashionMNIST: the part for train holds label 10, expected 0 to 9: data.classes is 10",
        ),
        (
            np.arange(20) % 9,
            "torchvision:FashionMNIST: class 9 has no image to train on, data.classes is 10: make them agree",
        ),
    ):
        (Path("data/FashionMNIST") / f"{IDX[1]}.gz").write_bytes(gzip.compress(idx(labels.astype(np.uint8))))
        assert told() == message
    (Path("data/FashionMNIST") / f"{IDX[1]}.gz").write_bytes(gzip.compress(idx(np.zeros(19, np.uint8))))
    assert told() == (
        f"./data/FashionMNIST/{IDX[0]}.gz: holds 20 images, ./data/FashionMNIST/{IDX[1]}.gz 19 labels; fetch them again"
    )


GOOD = idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected an IDX file of bytes with 3 axes (0x00000803), it begins with nothing; fetch it again"),
        (
            b"<html>",
            "expected an IDX file of bytes with 3 axes (0x00000803), it begins with 0x3c68746d; fetch it again",
        ),
        (
            GOOD[:3] + b"\1" + GOOD[4:],
            "expected an IDX file of bytes with 3 axes (0x00000803), it begins with 0x00000801",
        ),
        (GOOD[:-1], "expected 2 x 3 x 4 values in 40 bytes, found 39; fetch it again"),
        (GOOD + b"\0", "expected 2 x 3 x 4 values in 40 bytes, found 41; fetch it again"),
        (GOOD[:10], "values in 16 bytes, found 10; fetch it again"),
        (GOOD[:4] + b"\xff" * 12, "x 4294967295 values in"),
    ],
)
def test_a_damaged_idx_file_is_told(tmp_path, content, message):
    path = tmp_path / "images"
    path.write_bytes(GOOD)
    assert read_idx(path, 3)[1, 2].tolist() == [20, 21, 22, 23]
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_idx(path, 3)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("content", [gzip.compress(GOOD)[:-9], gzip.compress(GOOD)[:20] + b"xx", b"not gzip", b""])
def test_a_damaged_gzip_file_is_told(tmp_path, content):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"images\.gz: .*; fetch it again"):
        read_idx(path, 3)
