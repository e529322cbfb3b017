"""Levels out of text."""

from __future__ import annotations

import random

import pytest

from ablate.importing.levels import digest_choice, find_levels, identity


@pytest.mark.parametrize(
    ("one", "other"),
    [("0.001", "1e-3"), ("64", "64.0"), ("064", "64"), (".5", "0.50"), ("1E5", "100000"), ("-2", "-2.0")],
)
def test_a_number_is_the_same_level_however_it_is_written(one: str, other: str) -> None:
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("adam", "Adam"),
        ("9007199254740992", "9007199254740993"),
        ("1_000", "1000"),
        ("nan", "NaN"),
        ("1e999", "1e998"),
    ],
)
def test_what_is_not_surely_the_same_stays_apart(one: str, other: str) -> None:
    assert identity(one) != identity(other)


def test_numbers_come_by_size_and_words_as_they_appear() -> None:
    assert list(find_levels("f", ["none", "10", "9", "all", "1e1", "-1"]).labels) == ["-1", "9", "10", "none", "all"]


def test_a_level_keeps_its_spelling_unless_there_are_several() -> None:
    levels = find_levels("lr", ["1e-3", "0.10", "0.001", "0.10"])
    assert dict(levels.labels) == {"0.001": "0.001", "0.1": "0.10"}
    assert dict(levels.merged) == {"0.001": ("1e-3", "0.001")}


def test_the_digest_of_a_choice_does_not_depend_on_the_order_of_its_factors() -> None:
    choice = {"lr": "0.1", "optimizer": "adam", "ä": "µ"}
    shuffled = list(choice.items())
    seed = random.randrange(10_000)
    print("seed", seed)  # noqa: T201 shown with a failure
    random.Random(seed).shuffle(shuffled)
    assert digest_choice(dict(shuffled)) == digest_choice(choice)
    assert digest_choice({**choice, "lr": "0.2"}) != digest_choice(choice)
    assert len(digest_choice(choice)) == 16
