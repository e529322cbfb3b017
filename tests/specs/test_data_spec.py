"""Data sets by name: what is known of them, what has to be said, what is refused, and what changes no number."""

import pytest

from ablate.errors import DataError
from ablate.specs import Configuration, DatasetFacts, DataSpec, describe_splits
from ablate.specs.datasets import TORCHVISION
from ablate.training.data.sources import READERS

FORMS = "expected digits, torchvision:NAME, folder:PATH, hf:NAME, webdataset:PATTERN or python:MODULE:CALLABLE"
SAID = {"image_size": 24, "classes": 5}


def test_a_published_data_set_is_known_before_a_file_of_it_is_read():
    assert DataSpec(name="torchvision:CIFAR10").facts == DatasetFacts(32, 32, 3, 10, 45_000, 5_000, 10_000)
    assert DataSpec(name="torchvision:SVHN", validation=0.25).facts[4:] == (54_943, 18_314, 26_032)
    flowers = DataSpec(name="torchvision:Flowers102", image_size=64)
    assert flowers.facts == DatasetFacts(64, 64, 3, 102, 1_020, 1_020, 6_149)


def test_of_one_piece_a_fifth_is_for_testing_and_a_share_of_the_rest_validates():
    assert DataSpec(name="torchvision:EuroSAT").facts[4:] == (19_440, 2_160, 5_400)


@pytest.mark.parametrize("name", ["folder:pictures", "hf:a/b", "webdataset:x-{0..9}.tar", "python:mine.data:read"])
def test_of_other_data_sets_only_the_files_tell_the_counts(name):
    spec = DataSpec(name=name, **SAID)
    assert spec.facts == DatasetFacts(24, 24, 3, 5, None, None, None)
    assert spec.training_count is None
    assert spec.refusal() is None
    assert spec.model_copy(update={"training_images": 70}).training_count == 70


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"name": "digit"}, f"data.name is digit, {FORMS}; did you mean digits?"),
        ({"name": ""}, f"data.name is empty, {FORMS}"),
        ({"name": "folder:"}, f"data.name is folder:, {FORMS}"),
        ({"name": "zip:x"}, f"data.name is zip:x, {FORMS}"),
        ({"name": "folders:x"}, f"data.name is folders:x, {FORMS}; did you mean folder:x?"),
        ({"name": "CIFAR10"}, f"data.name is CIFAR10, {FORMS}; did you mean torchvision:CIFAR10?"),
        (
            {"name": "python:mine"},
            "data.name is python:mine, expected python:MODULE:CALLABLE, such as python:my_package.data:read",
        ),
        (
            {"name": "folder:x"},
            "data.name folder:x leaves open what a model is built for: add data.image_size (height and width in "
            "pixels, such as 224) and data.classes (how many there are)",
        ),
        (
            {"name": "torchvision:DTD"},
            "data.name torchvision:DTD leaves open what a model is built for: add data.image_size (height and width "
            "in pixels, such as 224)",
        ),
        (
            {"name": "torchvision:MNIST", "classes": 9},
            "data.classes is 9, torchvision:MNIST has 10: leave data.classes out",
        ),
        (
            {"name": "torchvision:MNIST", "training_images": 54_001},
            "data.training_images is 54001, torchvision:MNIST has 54000 to train on in 10 classes: give 10 to 54000, "
            "or all",
        ),
        (
            {"name": "folder:x", "training_images": 4, **SAID},
            "data.training_images is 4, folder:x has 5 classes: give at least 5, or all",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(data, reason):
    assert Configuration(data=DataSpec(**data)).refusal() == reason


def test_an_unknown_name_of_torchvision_lists_them_all_and_the_nearest():
    reason = DataSpec(name="torchvision:cifar-10").refusal()
    assert reason == (
        f"data.name is torchvision:cifar-10, expected torchvision: with one of {', '.join(TORCHVISION)}; did you mean "
        "torchvision:CIFAR10?"
    )


def test_facts_that_were_not_said_are_an_error_not_a_guess():
    with pytest.raises(DataError, match=r"folder:x leaves open .*: add data.image_size .* and data.classes"):
        _ = DataSpec(name="folder:x").facts


def test_how_images_are_reached_changes_no_hash_and_what_they_are_does():
    same = [
        Configuration(data=DataSpec(name="torchvision:MNIST", **change)).hash()
        for change in (
            {},
            {"root": "/elsewhere"},
            {"download": True},
            {"workers": 3},
            {"image_size": 28},
            {"channels": 1},
            {"classes": 10},
        )
    ]
    assert len(set(same)) == 1
    changes = ({"image_size": 32}, {"channels": 3}, {"validation": 0.2}, {"training_images": 50}, {"split_seed": 1})
    other = [Configuration(data=DataSpec(name="torchvision:MNIST", **change)).hash() for change in changes]
    assert len({same[0], *other}) == 1 + len(changes)


def test_a_share_for_validation_is_not_read_where_validation_images_are_published():
    for name in ("digits", "torchvision:DTD"):
        assert DataSpec(name=name, validation=0.3).canonical() == DataSpec(name=name)
    assert DataSpec(name="folder:x", validation=0.3).canonical().validation == 0.3


def test_a_canonical_data_set_is_its_own_also_under_an_unknown_name():
    for spec in (DataSpec(name="nonsense", root="x"), DataSpec(name="folder:x", channels=3, held=True, **SAID)):
        assert spec.canonical().canonical() == spec.canonical()
        assert spec.canonical().root is None


def test_every_kind_has_its_reader():
    assert set(READERS) == {"digits", "torchvision", "folder", "hf", "webdataset", "python"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("digits", "540 for testing, 180 for validation"),
        ("torchvision:CIFAR10", "as published; 10 % of those for training validate (stratified, by data.split_seed 0)"),
        ("torchvision:EuroSAT", "20 % of the images for testing, 10 % of the rest for validation"),
        ("torchvision:DTD", "training, validation and test images as published"),
        ("folder:x", "without one for testing, that for validation is it"),
    ],
)
def test_it_is_said_how_the_splits_are_made(name, words):
    assert words in describe_splits(DataSpec(name=name))
