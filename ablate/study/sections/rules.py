"""What a study file says about combinations: the baseline, and what is excluded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from ablate.specs import Choice, Factor, Level
from ablate.study.sections.factors import find_level, written
from ablate.study.tree import Entry, Group, Items, Place, Tree, plain
from ablate.study.words import arrived, both, or_rather, unknown


@dataclass(frozen=True)
class Rule:
    """One entry of `exclude`; a list of levels makes several choices of it."""

    place: Place
    choices: tuple[Choice, ...]


def read_baseline(tree: Tree, factors: tuple[Factor, ...]) -> Choice:
    """One level for every factor, in the order of the factors."""
    if not isinstance(tree, Group):
        raise tree.place.error(f"baseline: expected a level of every factor, {example_baseline(factors)}")
    named = {
        name: _level(_factor(name, entry, factors, "baseline"), entry.tree) for name, entry in tree.entries.items()
    }
    missing = [factor.name for factor in factors if factor.name not in named]
    if missing:
        raise tree.place.error(f"baseline: expected a level of every factor, got none of {both(missing)}")
    return {factor.name: named[factor.name].label for factor in factors}


def read_exclude(tree: Tree, factors: tuple[Factor, ...]) -> tuple[Rule, ...]:
    """The rules in file order."""
    if not isinstance(tree, Items):
        raise tree.place.error("exclude: expected a list of rules, such as [{factor: level, other factor: level}]")
    return tuple(_read_rule(item, factors) for item in tree.items)


def example_baseline(factors: tuple[Factor, ...]) -> str:
    """How a baseline is written, for messages."""
    return f"such as {{{', '.join(f'{factor.name}: {written(factor, factor.levels[0].label)}' for factor in factors)}}}"


def _read_rule(tree: Tree, factors: tuple[Factor, ...]) -> Rule:
    if not isinstance(tree, Group):
        raise tree.place.error(f"exclude: expected a rule {{factor: level}}, got {arrived(tree)}")
    if not tree.entries:
        raise tree.place.error(
            "exclude: expected a rule that names a factor, got an empty one, which matches everything"
        )
    levels: dict[str, list[str]] = {}
    for name, entry in tree.entries.items():
        factor = _factor(name, entry, factors, "exclude")
        # a list may itself be a level: [32, 64] of model.widths
        is_one = not isinstance(entry.tree, Items) or find_level(factor, entry.tree) is not None
        given: tuple[Tree, ...] = entry.tree.items if isinstance(entry.tree, Items) and not is_one else (entry.tree,)
        if not given:
            raise entry.tree.place.error(f"exclude: expected a level of {name}, got an empty list")
        levels[name] = [_level(factor, item).label for item in given]
    return Rule(tree.place, tuple(dict(zip(levels, choice, strict=True)) for choice in product(*levels.values())))


def _factor(name: str, entry: Entry, factors: tuple[Factor, ...], section: str) -> Factor:
    for factor in factors:
        if factor.name == name:
            return factor
    raise entry.place.error(unknown("factor", name, [factor.name for factor in factors], section))


def _level(factor: Factor, tree: Tree) -> Level:
    level = find_level(factor, tree)
    if level is not None:
        return level
    labels = [level.label for level in factor.levels]
    hint = or_rather(plain(tree), labels)
    raise tree.place.error(f"{factor.name} has no level {arrived(tree)}: its levels are {both(labels)}{hint}")
