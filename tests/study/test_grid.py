from __future__ import annotations

import random
from collections import Counter
from itertools import islice, product

import pytest

from ablate.specs import meets
from ablate.study.grid import Box, Grid, Tangled


def create_random_space(draw: random.Random) -> tuple[dict[str, list[str]], list[Box]]:
    levels = {name: [f"{name}{n}" for n in range(draw.randint(1, 4))] for name in "abcde"[: draw.randint(1, 5)]}
    boxes = []
    for rule in range(draw.randint(0, 5)):
        for _ in range(draw.randint(1, 2)):
            named = draw.sample(list(levels), draw.randint(1, len(levels)))
            condition = {
                name: tuple(draw.sample(levels[name], draw.randint(0, len(levels[name])))) for name in sorted(named)
            }
            boxes.append(Box(rule, condition))
    return levels, boxes


@pytest.mark.parametrize("seed", range(200))
def test_counting_and_walking_agree_with_visiting_every_choice(seed: int) -> None:
    levels, boxes = create_random_space(random.Random(seed))
    kept, tally = [], Counter()
    for labels in product(*levels.values()):
        choice = dict(zip(levels, labels, strict=True))
        rule = next((box.rule for box in boxes if meets(choice, box.condition)), None)
        tally[rule] += 1
        if rule is None:
            kept.append(choice)
    grid = Grid(levels, boxes)
    assert +grid.tally() == tally
    assert list(grid.walk()) == kept


def test_a_million_million_choices_are_counted_without_a_visit() -> None:
    levels = {f"factor{n}": [str(level) for level in range(10)] for n in range(12)}
    boxes = [
        Box(0, {"factor0": ("0", "1"), "factor11": tuple("01234")}),
        Box(1, {"factor11": tuple("56789"), "factor0": ("0", "1", "2")}),
    ]
    grid = Grid(levels, boxes)
    assert grid.tally() == {None: 7 * 10**11 + 5 * 10**10, 0: 10**11, 1: 15 * 10**10}
    first = list(islice(grid.walk(), 3))
    assert [(c["factor0"], c["factor10"], c["factor11"]) for c in first] == [("2", "0", str(n)) for n in range(3)]


def test_rules_that_hang_together_in_too_many_ways_are_told_instead_of_counted() -> None:
    draw = random.Random(0)
    levels = {f"factor{n}": ["0", "1"] for n in range(60)}
    boxes = [Box(n, {name: (draw.choice("01"),) for name in draw.sample(list(levels), 3)}) for n in range(300)]
    with pytest.raises(Tangled):
        Grid(levels, boxes).tally()
