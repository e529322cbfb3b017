"""Folders of images: their layouts, what is held out of them, and one clear error for each that is wrong."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.sources import read_source
from ablate.training.data.splits import describe, split_source

THREE = {"ant": 12, "bee": 9, "cat": 15}


def spec(classes=3, **changes):
    return DataSpec(**{"name": "folder:pictures", "image_size": 8, "classes": classes, **changes})


def told(**changes):
    with pytest.raises(DataError) as caught:
        read_source(spec(**changes))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{Path.cwd()}/", "./")


def in_parts(**parts):
    return {f"{part}/{name}": count for part, names in parts.items() for name, count in names.items()}


def test_folders_of_classes_alone_are_split_three_ways_in_proportion(folder):
    folder(THREE)
    source = read_source(spec())
    assert list(source.parts) == [Split.TRAIN]
    assert np.bincount(source.parts[Split.TRAIN].labels).tolist() == [12, 9, 15]
    selections = split_source(source, spec())
    assert {split: len(selection.rows) for split, selection in selections.items()} == {
        Split.TEST: 7,
        Split.VALIDATION: 3,
        Split.TRAIN: 26,
    }
    assert sorted(np.concatenate([selection.rows for selection in selections.values()])) == list(range(36))
    for split, selection in selections.items():
        counts = np.array(describe(selection, 3).images_per_class)
        assert np.abs(counts - np.array([12, 9, 15]) / 36 * len(selection.rows)).max() < 2, split


def test_images_of_any_size_and_suffix_are_read_in_colour_or_in_grey(folder, picture):
    root = folder(THREE, suffix=".JPEG")
    (root / "ant" / "0.JPEG").write_bytes(picture(77, size=(9, 4)))
    for channels, mode in ((1, "L"), (3, "RGB")):
        image = read_source(spec(channels=channels)).parts[Split.TRAIN].image(0)
        assert (image.mode, image.size) == (mode, (9, 4))
        assert (np.asarray(image) == 77).all()


@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_validation_without_test_is_the_test_as_papers_report(folder, validation):
    folder(in_parts(train=THREE, **{validation: {"ant": 2, "bee": 3, "cat": 1}}))
    source = read_source(spec())
    assert {split: len(pool.labels) for split, pool in source.parts.items()} == {Split.TRAIN: 36, Split.TEST: 6}
    selections = split_source(source, spec())
    assert [len(selections[split].rows) for split in (Split.TRAIN, Split.VALIDATION, Split.TEST)] == [32, 4, 6]
    assert not set(selections[Split.TRAIN].rows) & set(selections[Split.VALIDATION].rows)


def test_three_parts_are_taken_as_they_are(folder):
    folder(in_parts(train=THREE, val={"ant": 2, "bee": 3, "cat": 1}, test={"ant": 1, "bee": 1, "cat": 2}))
    selections = split_source(read_source(spec()), spec())
    assert [len(selections[split].rows) for split in (Split.TRAIN, Split.VALIDATION, Split.TEST)] == [36, 6, 4]


def test_a_class_may_be_called_train(folder):
    folder({"train": 12, "bee": 9, "cat": 15})
    assert np.bincount(read_source(spec()).parts[Split.TRAIN].labels).tolist() == [9, 15, 12]


def test_classes_are_in_the_order_of_their_names_and_hidden_and_other_files_are_left_out(folder, picture):
    root = folder({"b": 2, "a": 1, "B": 3, "é": 4})
    (root / "a" / "._0.png").write_bytes(b"of another system")
    (root / "a" / "notes.txt").write_text("no image")
    (root / ".cache").mkdir()
    (root / "montage.png").write_bytes(picture())
    assert np.bincount(read_source(spec(4)).parts[Split.TRAIN].labels).tolist() == [3, 1, 2, 4]


def test_links_are_followed_and_deeper_folders_belong_to_their_class(folder, tmp_path, picture):
    root = folder({"ant": 2, "bee/deep/er": 3})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.png").write_bytes(picture())
    (root / "cat").symlink_to(elsewhere)
    assert np.bincount(read_source(spec()).parts[Split.TRAIN].labels).tolist() == [2, 3, 1]


def test_the_fingerprint_is_of_names_sizes_and_classes(folder, picture):
    root = folder(THREE)
    first = read_source(spec()).fingerprint
    assert re.fullmatch(r"[0-9a-f]{16}", first)
    assert read_source(spec(image_size=9, split_seed=4)).fingerprint == first
    (root / "ant" / "0.png").rename(root / "ant" / "new.png")
    renamed = read_source(spec()).fingerprint
    (root / "ant" / "new.png").write_bytes(picture(3, size=(30, 30)))
    assert len({first, renamed, read_source(spec()).fingerprint}) == 3


def test_images_can_be_sent_to_other_processes(folder):
    folder(THREE)
    pool = pickle.loads(pickle.dumps(read_source(spec()).parts[Split.TRAIN]))
    assert pool.image(13).tobytes() == read_source(spec()).parts[Split.TRAIN].image(13).tobytes()


def test_data_lies_below_root_then_below_the_environment_then_where_ablate_started(folder, tmp_path, monkeypatch):
    root = folder(THREE)
    assert len(read_source(spec()).parts[Split.TRAIN].labels) == 36
    (tmp_path / "away" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "away")
    assert told().startswith("./pictures: expected a folder")
    monkeypatch.setenv("ABLATE_DATA", str(tmp_path))
    assert len(read_source(spec()).parts[Split.TRAIN].labels) == 36
    assert told(root="away/inner").startswith("./inner/pictures: expected")
    monkeypatch.setenv("ABLATE_DATA", "/nonsense")
    assert len(read_source(spec(root=str(tmp_path))).parts[Split.TRAIN].labels) == 36
    assert len(read_source(spec(name=f"folder:{root}")).parts[Split.TRAIN].labels) == 36


def test_a_missing_folder_is_told_with_its_path_and_the_ways_out(tmp_path):
    assert told() == (
        "./pictures: expected a folder of images, there is none: put them there, or name another folder in "
        "data.name, data.root or ABLATE_DATA"
    )
    (tmp_path / "pictures").write_text("")
    assert "expected a folder of images, is a file" in told()


def test_a_layout_without_classes_is_told(folder, tmp_path):
    (tmp_path / "pictures").mkdir()
    assert told() == "./pictures: expected a folder for each class, it holds no folder"
    folder({".": 2})
    assert told() == "./pictures: expected a folder for each class, images lie directly in it"
    folder({"train": 2, "val/ant": 1, "val/bee": 2})
    assert "2 class folders (train, val), data.classes is 3" in told()


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (
            {"ant": 2, "bee": 2},
            "./pictures: holds 2 class folders (ant, bee), data.classes is 3: make them agree",
        ),
        (
            dict.fromkeys("abcdefg", 1),
            "./pictures: holds 7 class folders (a, b, c, d, e, ...), data.classes is 3: make them agree",
        ),
        (
            {"ant": 2, "bee": 0, "cat": 1},
            "./pictures/bee: expected a folder with images of class bee, no image in it",
        ),
        (
            in_parts(train=THREE, val={"ant": 1, "bee": 1}),
            "./pictures/val/cat: expected a folder with images of class cat, there is none",
        ),
        (
            in_parts(train=THREE, val={"ant": 1, "bee": 1, "cat": 1, "dog": 1}),
            "./pictures/val: holds the class folders dog, which ./pictures/train has not: make them agree",
        ),
        (
            in_parts(train=THREE, val=THREE, valid=THREE),
            "./pictures: val and valid both hold the validation images: keep one of them",
        ),
        (
            in_parts(val=THREE, test=THREE),
            "./pictures: expected train, val or test, found test, val: train is missing",
        ),
    ],
)
def test_folders_that_do_not_agree_are_told(folder, counts, message):
    folder(counts)
    assert told() == message


@pytest.mark.parametrize(("kind", "length"), [("PNG", 60), ("JPEG", 300), ("PNG", 0)])
def test_an_image_that_does_not_decode_is_told_by_its_path(folder, picture, kind, length):
    root = folder(THREE)
    (root / "bee" / "4.png").write_bytes(picture(3, size=(40, 30), kind=kind)[:length])
    with pytest.raises(DataError, match=r"/pictures/bee/4.png: expected an image, it does not decode: .*; replace"):
        read_source(spec()).parts[Split.TRAIN].image(12 + 4)


def test_a_broken_link_and_a_circle_of_links_are_told(folder):
    root = folder(THREE)
    (root / "bee" / "gone.png").symlink_to(root / "nowhere.png")
    assert told() == "./pictures/bee/gone.png: expected an image, is a link to nothing: restore what it names"
    (root / "bee" / "gone.png").unlink()
    (root / "bee" / "in").mkdir()
    (root / "bee" / "in" / "round").symlink_to(root / "bee" / "in")
    assert told() == "./pictures/bee/in/round: is a link to a folder above it: remove the link"


def test_fewer_images_than_asked_for_are_told_with_what_there_is(folder):
    folder(THREE)
    with pytest.raises(DataError) as caught:
        split_source(read_source(spec()), spec(training_images=27))
    assert str(caught.value) == (
        "folder:pictures: 26 of its 36 images are left to train on, in 3 classes, data.training_images is 27: give 3 "
        "to 26, or all"
    )
    with pytest.raises(DataError, match="give more images, or hold out fewer"):
        split_source(read_source(spec()), spec(validation=0.99))


def test_a_class_of_which_none_is_left_to_train_on_is_told(folder):
    folder({"ant": 40, "bee": 1})
    source = read_source(spec(2))
    missing = []
    for seed in range(30):
        try:
            split_source(source, spec(2, split_seed=seed))
        except DataError as error:
            missing.append(str(error))
    assert set(missing) == {
        "folder:pictures: class 1 has 1 images, and none is left to train on once others are held out: give more of "
        "it, or another data.split_seed"
    }
