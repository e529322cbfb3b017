"""What a study file says about its design: which one, the baseline, and what single designs read."""

from __future__ import annotations

import re

from ablate.specs import Choice, Design, Factor
from ablate.study.sections.levels import example_choice, read_part
from ablate.study.tree import Group, Items, Tree, plain
from ablate.study.words import arrived, both, one_of, or_rather

_FRACTION = re.compile(r"1\s*/\s*([1-9][0-9]{0,5})")


def read_design(tree: Tree) -> Design:
    """The design by its name."""
    value, designs = plain(tree), [design.value for design in Design]
    if value in designs:
        return Design(value)
    hint = or_rather(value, designs)
    raise tree.place.error(f"design: expected {one_of(designs)}, got {arrived(tree)}{hint}")


def read_baseline(tree: Tree, factors: tuple[Factor, ...]) -> Choice:
    """One level for every factor, in the order of the factors."""
    if not isinstance(tree, Group):
        raise tree.place.error(f"baseline: expected a level of every factor, {example_choice(factors)}")
    named = read_part(tree, factors, "baseline")
    missing = [factor.name for factor in factors if factor.name not in named]
    if missing:
        raise tree.place.error(f"baseline: expected a level of every factor, got none of {both(missing)}")
    return {factor.name: named[factor.name] for factor in factors}


def read_fraction(tree: Tree) -> int:
    """The denominator of `1/4`: a power of two."""
    text = plain(tree)
    match = _FRACTION.fullmatch(text) if isinstance(text, str) else None
    denominator = int(match[1]) if match else 0
    if denominator < 2 or denominator.bit_count() != 1:
        raise tree.place.error(f"fraction: expected 1/2, 1/4, 1/8 and so on, got {arrived(tree)}")
    return denominator


def read_off(tree: Tree, factors: tuple[Factor, ...]) -> Choice:
    """The levels at which factors are off."""
    if not isinstance(tree, Group) or not tree.entries:
        raise tree.place.error(f"off: expected the levels at which factors are off, got {arrived(tree)}")
    return read_part(tree, factors, "off")


def read_combinations(tree: Tree, factors: tuple[Factor, ...], baseline: Choice) -> tuple[Choice, ...]:
    """The listed choices, filled up from the baseline, in the order of the factors."""
    if not isinstance(tree, Items) or not tree.items:
        raise tree.place.error(
            f"combinations: expected a list of levels by factor, such as [{{factor: level}}], got {arrived(tree)}"
        )
    choices: list[Choice] = []
    for item in tree.items:
        if not isinstance(item, Group):
            raise item.place.error(f"combinations: expected levels by factor, {{factor: level}}, got {arrived(item)}")
        choice = {**baseline, **read_part(item, factors, "combinations")}
        if choice in choices:
            said = " · ".join(choice.values())
            raise item.place.error(f"combinations: the combination {said} is listed twice")
        choices.append(choice)
    return tuple(choices)
