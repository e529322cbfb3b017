"""Images in tars: found by patterns, in parts by the words of their names, read in any order from where they lie."""

import gzip
import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.sources import read_source
from ablate.training.data.sources.webdataset import expand_braces


@pytest.fixture
def shard(picture):
    """Write a tar of images: all grey (first + k), of class k % 3; `extra` files come before."""

    def write(path, count=6, first=0, extra=(), suffix="png"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        files = list(extra)
        for number in range(first, first + count):
            files.append((f"deep/{number:04}.{suffix}", picture(number, size=(5 + number % 4, 6))))
            files.append((f"deep/{number:04}.cls", f"{number % 3}\n".encode()))
        with tarfile.open(path, "w") as tar:
            for name, content in files:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return Path(path)

    return write


def spec(pattern="shards", **changes):
    return DataSpec(**{"name": f"webdataset:{pattern}", "image_size": 8, "classes": 3, **changes})


def told(*arguments, **changes):
    with pytest.raises(DataError) as caught:
        read_source(spec(*arguments, **changes))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{Path.cwd()}/", "./")


def test_images_are_read_from_their_places_in_any_order_by_other_processes_too(shard):
    shard("shards/a-0.tar", count=5)
    shard("shards/a-1.tar", first=5)
    pool = pickle.loads(pickle.dumps(read_source(spec()).parts[Split.TRAIN]))
    assert pool.labels.tolist() == [number % 3 for number in range(11)]
    for index in (7, 0, 10, 3, 3, 5, 1):
        image = pool.image(index)
        assert image.size == (5 + index % 4, 6)
        assert (np.asarray(image) == index).all()


@pytest.mark.parametrize(
    "pattern",
    ["shards", "shards/*.tar", "shards/set-{train,val}-{00..01}.tar", "shards/set-*-0[01].tar"],
)
def test_words_of_the_paths_say_the_parts_and_validation_alone_is_the_test(shard, pattern):
    for part, first in (("train", 0), ("val", 50)):
        for number in (0, 1):
            shard(f"shards/set-{part}-{number:02}.tar", first=first + 6 * number)
    parts = read_source(spec(pattern)).parts
    assert {split: len(pool.labels) for split, pool in parts.items()} == {Split.TRAIN: 12, Split.TEST: 12}
    assert (np.asarray(parts[Split.TEST].image(7)) == 57).all()


def test_folders_say_the_parts_too(shard):
    for part, count in (("train", 6), ("valid", 4), ("test", 3)):
        shard(f"shards/{part}/0.tar", count=count)
    parts = read_source(spec()).parts
    assert [len(parts[split].labels) for split in (Split.TRAIN, Split.VALIDATION, Split.TEST)] == [6, 4, 3]


def test_other_files_of_a_sample_are_left_out(shard):
    shard("shards/0.tar", extra=[("deep/0000.json", b"{}"), ("deep/0001.txt", b"a cat"), ("readme", b"")])
    assert len(read_source(spec()).parts[Split.TRAIN].labels) == 6


def test_the_fingerprint_changes_with_names_and_sizes_and_not_with_the_place(shard):
    shard("shards/0.tar")
    shard("moved/0.tar")
    shard("other/0.tar", first=3)
    prints = [read_source(spec(place)).fingerprint for place in ("shards", "moved", "other")]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize(
    ("pattern", "expanded"),
    [
        ("a.tar", ["a.tar"]),
        ("a{8..11}", ["a8", "a9", "a10", "a11"]),
        ("{x,y}-{08..10}", ["x-08", "x-09", "x-10", "y-08", "y-09", "y-10"]),
        ("{000..001}/b", ["000/b", "001/b"]),
    ],
)
def test_braces_are_expanded_as_a_shell_does(pattern, expanded):
    assert expand_braces(pattern) == expanded


def test_a_pattern_that_matches_nothing_is_told(shard):
    shard("shards/a-0.tar")
    for pattern, place in (("shards/b*.tar", "shards/b*.tar"), ("shards/a-{0..1}.tar", "shards/a-1.tar")):
        assert told(pattern) == (
            f"./{place}: expected tar files, there is none: put them there, or name other ones in data.name, "
            "data.root or ABLATE_DATA"
        )


def test_a_shard_of_no_part_among_others_is_told(shard):
    shard("shards/train-0.tar")
    shard("shards/val-0.tar")
    shard("shards/more.tar")
    assert told().startswith("./shards/more.tar: expected train, val or test in its path, as other shards have it")


def test_a_packed_tar_is_told(shard):
    path = shard("shards/0.tar")
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert told().startswith("./shards/0.tar: expected a tar file that is not compressed: ")
    path.write_bytes(b"<html>no such file</html>" * 60)
    assert told().startswith("./shards/0.tar: expected a tar file that is not compressed: ")


@pytest.mark.parametrize(("length", "reason"), [(100, "truncated header"), (1500, "unexpected end of data")])
def test_a_tar_that_was_cut_off_is_told(shard, length, reason):
    path = shard("shards/0.tar", count=0, extra=[("9.png", b"x" * 1200)])
    path.write_bytes(path.read_bytes()[:length])
    assert told() == (
        f"./shards/0.tar: expected a tar file that is not compressed: {reason}; unpack it (gunzip), or fetch it again"
    )


def test_an_image_without_a_class_or_with_a_strange_one_is_told(shard, picture):
    shard("shards/0.tar", extra=[("deep/9.png", picture())])
    assert told() == "./shards/0.tar: deep/9.png has no class: expected deep/9.cls beside it"
    shard("shards/0.tar", extra=[("deep/9.png", picture()), ("deep/9.cls", b"cat")])
    assert told() == "./shards/0.tar: deep/9.cls holds b'cat', expected the number of a class"
    shard("shards/0.tar", extra=[("deep/9.png", picture()), ("deep/9.cls", b"-1")])
    assert told() == "webdataset:shards: the part for train holds label -1, expected 0 to 2: data.classes is 3"
    shard("shards/0.tar", count=0)
    assert told() == "./shards/0.tar: holds no image: expected KEY.jpg or KEY.png beside KEY.cls"


def test_an_image_that_does_not_decode_is_told_by_tar_and_name(shard):
    shard("shards/0.tar", extra=[("deep/9.jpg", b"nothing"), ("deep/9.cls", b"1")])
    pool = read_source(spec()).parts[Split.TRAIN]
    with pytest.raises(DataError, match=r"shards/0.tar: deep/9.jpg: expected an image, it does not decode"):
        pool.image(0)
    Path("shards/0.tar").unlink()
    with pytest.raises(DataError, match=r"shards/0.tar: deep/0000.png: cannot be read: No such file"):
        pool.image(1)
