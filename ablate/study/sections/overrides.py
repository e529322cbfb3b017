"""What a study file sets for some of its combinations: `overrides`."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from ablate.specs import Condition, Configuration, Factor, Override
from ablate.study.sections.levels import find_factor, read_levels
from ablate.study.settings import Settable, check_path, check_setting
from ablate.study.tree import Entry, Group, Items, Place, Tree
from ablate.study.words import arrived, unknown

_EXAMPLE = "{where: {factor: level}, set: {setting: value}}"


@dataclass(frozen=True)
class PlacedOverride:
    """One entry of `overrides`, and where it is written."""

    place: Place
    override: Override


def read_overrides(
    tree: Tree, factors: tuple[Factor, ...], settable: Settable = Configuration
) -> tuple[PlacedOverride, ...]:
    """The overrides in file order.

    Raises: StudyError for the first that is wrong, or that sets what a factor sets.
    """
    if not isinstance(tree, Items):
        raise tree.place.error(f"overrides: expected a list, such as [{_EXAMPLE}], got {arrived(tree)}")
    return tuple(PlacedOverride(item.place, _read_override(item, factors, settable)) for item in tree.items)


def find_setter(path: str, factors: tuple[Factor, ...]) -> Factor | None:
    """The factor that sets the setting at one of its levels, if any."""
    return next((f for f in factors if any(path in level.settings for level in f.levels)), None)


def _read_override(tree: Tree, factors: tuple[Factor, ...], settable: Settable) -> Override:
    if not isinstance(tree, Group):
        raise tree.place.error(f"overrides: expected {_EXAMPLE}, got {arrived(tree)}")
    for key, entry in tree.entries.items():
        if key not in ("where", "set"):
            raise entry.place.error(unknown("key", key, ["where", "set"], "overrides"))
    for key in ("where", "set"):
        if key not in tree.entries:
            raise tree.place.error(f"overrides: expected {_EXAMPLE}, got one without {key}")
    return Override(
        condition=_read_where(tree.entries["where"].tree, factors),
        settings=_read_set(tree.entries["set"].tree, factors, settable),
    )


def _read_where(tree: Tree, factors: tuple[Factor, ...]) -> Condition:
    if not isinstance(tree, Group) or not tree.entries:
        raise tree.place.error(
            f"overrides: expected levels of factors under where, got {arrived(tree)}: what holds for every combination "
            "belongs in model, data or training"
        )
    return {
        name: read_levels(find_factor(name, entry, factors, "overrides"), entry.tree, "overrides")
        for name, entry in tree.entries.items()
    }


def _read_set(tree: Tree, factors: tuple[Factor, ...], settable: Settable) -> dict[str, JsonValue]:
    if not isinstance(tree, Group) or not tree.entries:
        raise tree.place.error(f"overrides: expected settings under set, got {arrived(tree)}")
    return {path: _read_setting(path, entry, factors, settable) for path, entry in tree.entries.items()}


def _read_setting(path: str, entry: Entry, factors: tuple[Factor, ...], settable: Settable) -> JsonValue:
    check_path(path, entry.place, "overrides", settable)
    factor = find_setter(path, factors)
    if factor is not None:
        raise entry.place.error(
            f"overrides: {path} is set by factor {factor.name}: let one of them set it, or make it a compound level"
        )
    return check_setting(path, entry.tree, settable)
