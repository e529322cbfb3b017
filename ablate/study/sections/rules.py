"""What a study file says to leave out of its design: `exclude` and `when`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from ablate.specs import Choice, Factor, When
from ablate.study.sections.levels import find_factor, read_levels
from ablate.study.tree import Entry, Group, Items, Place, Tree
from ablate.study.words import arrived


@dataclass(frozen=True)
class Rule:
    """One entry of `exclude`; a list of levels makes several choices of it."""

    place: Place
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Condition:
    """One entry of `when`, and where it is written."""

    place: Place
    when: When


def read_exclude(tree: Tree, factors: tuple[Factor, ...]) -> tuple[Rule, ...]:
    """The rules in file order."""
    if not isinstance(tree, Items):
        raise tree.place.error("exclude: expected a list of rules, such as [{factor: level, other factor: level}]")
    return tuple(_read_rule(item, factors) for item in tree.items)


def read_when(tree: Tree, factors: tuple[Factor, ...]) -> tuple[Condition, ...]:
    """The conditions in file order, one for each factor that does not always vary."""
    if not isinstance(tree, Group):
        raise tree.place.error(f"when: expected conditions, {_EXAMPLE}, got {arrived(tree)}")
    return tuple(_read_condition(name, entry, factors) for name, entry in tree.entries.items())


_EXAMPLE = "such as {factor: {other factor: level}}"


def _read_condition(name: str, entry: Entry, factors: tuple[Factor, ...]) -> Condition:
    factor, tree = find_factor(name, entry, factors, "when"), entry.tree
    if not isinstance(tree, Group) or not tree.entries:
        raise tree.place.error(
            f"when: expected levels of other factors at which {name} varies, {_EXAMPLE}, got {arrived(tree)}"
        )
    condition = {}
    for other_name, other_entry in tree.entries.items():
        other = find_factor(other_name, other_entry, factors, f"when, {name}")
        if other is factor:
            raise other_entry.place.error(f"when: expected another factor, got {name}, whose own condition this is")
        condition[other_name] = read_levels(other, other_entry.tree, "when")
    return Condition(entry.place, When(factor=name, condition=condition))


def _read_rule(tree: Tree, factors: tuple[Factor, ...]) -> Rule:
    if not isinstance(tree, Group):
        raise tree.place.error(f"exclude: expected a rule {{factor: level}}, got {arrived(tree)}")
    if not tree.entries:
        raise tree.place.error(
            "exclude: expected a rule that names a factor, got an empty one, which matches everything"
        )
    levels = {
        name: read_levels(find_factor(name, entry, factors, "exclude"), entry.tree, "exclude")
        for name, entry in tree.entries.items()
    }
    return Rule(tree.place, tuple(dict(zip(levels, choice, strict=True)) for choice in product(*levels.values())))
