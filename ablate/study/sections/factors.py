"""The factors of a study file: names, levels, and what each level sets."""

from __future__ import annotations

import json
import re

from pydantic import JsonValue

from ablate.specs import Configuration, Factor, Level
from ablate.study.scalars import clip, show
from ablate.study.settings import Settable, check_path, check_setting, setting_paths
from ablate.study.tree import Group, Items, Place, Scalar, Tree, plain
from ablate.study.words import arrived, unknown

_FREE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. /-]{0,79}")  # what a tracker takes as a parameter's name
_LONGEST_LABEL = 100


def read_factors(tree: Tree, settable: Settable = Configuration) -> tuple[Factor, ...]:
    """The factors in file order.

    Raises: StudyError for the first that is wrong, or that sets what an earlier one sets.
    """
    if not isinstance(tree, Group):
        raise tree.place.error("factors: expected a list of levels under each factor's name, got " + arrived(tree))
    if not tree.entries:
        raise tree.place.error("factors: expected at least one factor, got none")
    factors: list[Factor] = []
    if "seed" in tree.entries:
        raise tree.entries["seed"].place.error("seed is a replicate, never a factor: give seeds at the top of the file")
    for name, entry in tree.entries.items():
        factor = _read_factor(name, entry.place, entry.tree, settable)
        for earlier in factors:
            for path in sorted(_paths(earlier) & _paths(factor)):
                raise entry.place.error(
                    f"factor {name} sets {path}, which factor {earlier.name} also sets: let one factor set it"
                )
        factors.append(factor)
    return tuple(factors)


def find_level(factor: Factor, tree: Tree) -> Level | None:
    """The level that is meant by its label or by its value, or None."""
    value = plain(tree)
    names = {show(value)} | ({tree.text} if isinstance(tree, Scalar) else set())
    for level in factor.levels:
        if level.label in names:
            return level
    return next((level for level in factor.levels if _is_value(level.settings.get(factor.name), value)), None)


def written(factor: Factor, label: str) -> str:
    """The level as a study file names it: by its value where that is a number or a truth, else by its label."""
    level = next(level for level in factor.levels if level.label == label)
    value = level.settings.get(factor.name)
    return label if isinstance(value, (bool, int, float)) and show(value) == label else show(label)


def _read_factor(name: str, place: Place, tree: Tree, settable: Settable) -> Factor:
    if not _FREE_NAME.fullmatch(name):
        raise place.error(f"factor {clip(show(name))}: expected a name of letters, digits, spaces and _ . / -")
    if not isinstance(tree, Items):
        raise tree.place.error(f"{name}: expected a list of levels, such as [a, b], got {arrived(tree)}")
    if not tree.items:
        raise tree.place.error(f"{name}: expected at least one level, got an empty list")
    if any(not isinstance(item, Group) for item in tree.items):
        check_path(name, place, f"factor {name}", settable)
    levels: list[Level] = []
    for item in tree.items:
        level = _read_level(name, item, settable)
        for earlier in levels:
            if earlier.label == level.label:
                raise item.place.error(f"{name}: the level {level.label} is given twice")
            if _key(earlier) == _key(level):
                raise item.place.error(f"{name}: the levels {earlier.label} and {level.label} set the same values")
        levels.append(level)
    return Factor(name=name, levels=tuple(levels))


def _read_level(name: str, tree: Tree, settable: Settable) -> Level:
    return _read_compound(name, tree, settable) if isinstance(tree, Group) else _read_plain(name, tree, settable)


def _read_plain(path: str, tree: Tree, settable: Settable) -> Level:
    value = check_setting(path, tree, settable)
    return Level(label=value if isinstance(value, str) else show(value), settings={path: value})


def _read_compound(factor: str, tree: Group, settable: Settable) -> Level:
    for key, entry in tree.entries.items():
        if key not in ("name", "set"):
            raise entry.place.error(unknown("key", key, ["name", "set"], f"a level of {factor}"))
    for key in ("name", "set"):
        if key not in tree.entries:
            raise tree.place.error(f"{factor}: expected a level {{name: ..., set: {{...}}}}, got one without {key}")
    name, settings = tree.entries["name"].tree, tree.entries["set"].tree
    label = name.value if isinstance(name, Scalar) else None
    if not isinstance(label, str) or not 0 < len(label) <= _LONGEST_LABEL or not label.isprintable():
        raise name.place.error(f"{factor}: expected text on one line as the level's name, got {arrived(name)}")
    if not isinstance(settings, Group) or not settings.entries:
        raise settings.place.error(f"{factor}: expected settings under set, such as {{{setting_paths()[0]}: ...}}")
    values = {}
    for path, entry in settings.entries.items():
        check_path(path, entry.place, f"{factor}, level {label}", settable)
        values[path] = check_setting(path, entry.tree, settable)
    return Level(label=label, settings=values)


def _is_value(known: JsonValue, value: JsonValue) -> bool:
    """Whether a plain level is meant: 1 is 1.0, and never true; a name and no setting of the factor's is no value."""
    return known is not None and show(known) in (show(value), show(float(value)) if type(value) is int else "")


def _key(level: Level) -> str:
    return json.dumps(level.settings, sort_keys=True)


def _paths(factor: Factor) -> set[str]:
    return {path for level in factor.levels for path in level.settings}
