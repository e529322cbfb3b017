from __future__ import annotations

from itertools import combinations
from math import prod

import pytest

from ablate.study.fraction import describe, find_runs, find_words, is_searchable, largest_halvings, resolution

SMALL = [(factors, halvings) for factors in range(3, 8) for halvings in range(1, largest_halvings(factors) + 1)]

# Box, Hunter and Hunter, "Statistics for Experimenters", table of two-level fractions: factors, halvings, resolution.
PUBLISHED = {
    (3, 1): 3, (4, 1): 4, (5, 1): 5, (5, 2): 3, (6, 1): 6, (6, 2): 4, (6, 3): 3, (7, 1): 7, (7, 2): 4, (7, 3): 4,
    (7, 4): 3, (8, 1): 8, (8, 2): 5, (8, 3): 4, (8, 4): 4, (9, 2): 6, (9, 3): 4, (9, 4): 4, (9, 5): 3, (10, 3): 5,
    (10, 4): 4, (10, 5): 4, (10, 6): 3, (11, 4): 5, (11, 5): 4, (11, 6): 4, (11, 7): 3, (15, 11): 3,
}  # fmt: skip

# Chen, Sun and Wu, "A catalogue of two-level and three-level fractional factorial designs" (1993): the number of words
# of length 4 and 5 with minimum aberration.
FEWEST_WORDS = {(8, 3): (3, 4), (9, 3): (1, 4), (9, 4): (6, 8), (10, 4): (2, 8), (10, 5): (10, 16), (11, 5): (4, 14)}


def columns(factors: int, halvings: int) -> list[list[int]]:
    """For every factor its level in every run: -1 at the baseline, +1 off it."""
    runs = find_runs(factors, find_words(factors, halvings))
    return [[1 if run >> factor & 1 else -1 for run in runs] for factor in range(factors)]


def contrast(design: list[list[int]], effect: tuple[int, ...]) -> list[int]:
    return [prod(levels) for levels in zip(*(design[factor] for factor in effect), strict=True)]


def lengths(factors: int, words: tuple[int, ...]) -> tuple[int, ...]:
    """How many defining words there are of every length."""
    counts = [0] * (factors + 1)
    for number in range(1, len(words) + 1):
        for chosen in combinations(words, number):
            word = 0
            for one in chosen:
                word ^= one
            counts[word.bit_count()] += 1
    return tuple(counts)


@pytest.mark.parametrize(("factors", "halvings"), SMALL)
def test_a_fraction_is_balanced_contains_the_baseline_and_has_its_resolution(factors: int, halvings: int) -> None:
    design = columns(factors, halvings)
    runs = list(zip(*design, strict=True))
    assert len(set(runs)) == len(runs) == 2 ** (factors - halvings)
    assert (-1,) * factors in runs
    for one, other in combinations(range(factors), 2):
        pairs = list(zip(design[one], design[other], strict=True))
        assert {pairs.count(pair) for pair in ((-1, -1), (-1, 1), (1, -1), (1, 1))} == {len(runs) // 4}
    constant = [
        size
        for size in range(1, factors + 1)
        if any(len(set(contrast(design, effect))) == 1 for effect in combinations(range(factors), size))
    ]
    assert min(constant) == resolution(find_words(factors, halvings)) >= 3


@pytest.mark.parametrize("size", PUBLISHED, ids=str)
def test_no_published_fraction_has_a_higher_resolution(size: tuple[int, int]) -> None:
    assert resolution(find_words(*size)) == PUBLISHED[size]


@pytest.mark.parametrize("size", FEWEST_WORDS, ids=str)
def test_no_published_fraction_has_fewer_short_words(size: tuple[int, int]) -> None:
    assert lengths(size[0], find_words(*size))[4:6] == FEWEST_WORDS[size]


@pytest.mark.parametrize(("factors", "halvings"), [size for size in SMALL if size[0] < 7])
def test_trying_all_generators_finds_nothing_better(factors: int, halvings: int) -> None:
    basic = factors - halvings
    products = [column for column in range(1, 2**basic) if column.bit_count() > 1]
    best = min(
        lengths(factors, tuple(column | 1 << (basic + number) for number, column in enumerate(chosen)))
        for chosen in combinations(products, halvings)
    )
    assert lengths(factors, find_words(factors, halvings)) == best


@pytest.mark.parametrize(("factors", "halvings"), SMALL)
def test_effects_share_a_line_exactly_if_they_are_one_contrast(factors: int, halvings: int) -> None:
    design = columns(factors, halvings)
    names = "ABCDEFG"[:factors]
    _, *lines = describe(names, find_words(factors, halvings))
    groups = [line.split(" = ") for line in lines if " = " in line]
    line_of = {effect.lstrip("−"): number for number, group in enumerate(groups) for effect in group}
    signs = {effect.lstrip("−"): -1 if effect.startswith("−") else 1 for group in groups for effect in group}
    effects = [effect for size in (1, 2) for effect in combinations(range(factors), size)]
    for one, other in combinations(effects, 2):
        first, second = (" × ".join(names[factor] for factor in effect) for effect in (one, other))
        overlap = sum(a * b for a, b in zip(contrast(design, one), contrast(design, other), strict=True))
        is_together = first in line_of and line_of[first] == line_of.get(second)
        assert is_together == (overlap != 0)
        if is_together:
            assert signs[first] * signs[second] * overlap == len(design[0])


def test_the_alias_structure_is_said_in_the_names_of_the_factors() -> None:
    assert describe(["size", "depth", "bias"], find_words(3, 1)) == (
        "resolution III: main effects are aliased with two-factor interactions",
        "size = −depth × bias",
        "depth = −size × bias",
        "bias = −size × depth",
    )
    assert describe(["a", "b", "c", "d"], find_words(4, 1)) == (
        "resolution IV: main effects are clear of two-factor interactions, which are aliased with each other",
        "a × b = c × d",
        "a × c = b × d",
        "a × d = b × c",
        "aliased with nothing of this order: a, b, c, d",
    )
    assert describe("abcde", find_words(5, 1)) == (
        "resolution V: main effects and two-factor interactions are clear of each other",
    )


@pytest.mark.parametrize("factors", range(1, 20))
def test_factors_are_told_apart_by_one_run_more_than_there_are_factors(factors: int) -> None:
    fewest = next(power for power in range(20) if 2**power >= factors + 1)
    assert largest_halvings(factors) == factors - fewest


def test_fractions_that_take_long_to_find_are_not_searched_for() -> None:
    assert all(is_searchable(12, halvings) for halvings in range(1, 9))
    assert [halvings for halvings in range(1, 12) if is_searchable(15, halvings)] == [1, 11]
