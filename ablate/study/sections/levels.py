"""Factors and levels as other parts of a study file name them."""

from __future__ import annotations

from ablate.specs import Choice, Factor, Level
from ablate.study.sections.factors import find_level, written
from ablate.study.tree import Entry, Group, Items, Tree, plain
from ablate.study.words import arrived, both, or_rather, unknown


def find_factor(name: str, entry: Entry, factors: tuple[Factor, ...], section: str) -> Factor:
    """The factor that `section` names.

    Raises: StudyError with the nearest factor.
    """
    for factor in factors:
        if factor.name == name:
            return factor
    raise entry.place.error(unknown("factor", name, [factor.name for factor in factors], section))


def read_level(factor: Factor, tree: Tree) -> Level:
    """The level that is meant by its label or its value.

    Raises: StudyError with the nearest level.
    """
    level = find_level(factor, tree)
    if level is not None:
        return level
    labels = [level.label for level in factor.levels]
    hint = or_rather(plain(tree), labels)
    raise tree.place.error(f"{factor.name} has no level {arrived(tree)}: its levels are {both(labels)}{hint}")


def read_levels(factor: Factor, tree: Tree, section: str) -> tuple[str, ...]:
    """The labels of one level or of a list of them.

    Raises: StudyError as `read_level`, and for an empty list.
    """
    # a list may itself be a level: [32, 64] of model.widths
    is_one = not isinstance(tree, Items) or find_level(factor, tree) is not None
    given: tuple[Tree, ...] = tree.items if isinstance(tree, Items) and not is_one else (tree,)
    if not given:
        raise tree.place.error(f"{section}: expected a level of {factor.name}, got an empty list")
    return tuple(dict.fromkeys(read_level(factor, item).label for item in given))


def read_part(group: Group, factors: tuple[Factor, ...], section: str) -> Choice:
    """One level for each of the factors that are named.

    Raises: StudyError for what is no factor or no level of it.
    """
    return {
        name: read_level(find_factor(name, entry, factors, section), entry.tree).label
        for name, entry in group.entries.items()
    }


def example_choice(factors: tuple[Factor, ...]) -> str:
    """How one level of every factor is written, for messages."""
    return f"such as {{{', '.join(f'{factor.name}: {written(factor, factor.levels[0].label)}' for factor in factors)}}}"
