"""A study's own settings: free in their names, then as firm as those that are built in.

What the file gives them first is what they are: a whole number stays one at every level, and a name that is not there
is a mistake.
"""

from __future__ import annotations

import re
from types import GenericAlias
from typing import Any

from pydantic import Field, JsonValue, create_model

from ablate.specs import Configuration
from ablate.specs.value import Value
from ablate.study.scalars import clip, show
from ablate.study.tree import Group, Items, Scalar, Tree, plain
from ablate.study.words import arrived

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def settable(root: Group) -> type[Configuration]:
    """The configuration that the study's factors, overrides and options can set, its own settings included.

    Raises: StudyError for settings that are no settings.
    """
    entry = root.entries.get("settings")
    if entry is None:
        return Configuration
    if not isinstance(entry.tree, Group) or not entry.tree.entries:
        raise entry.tree.place.error(f"settings: expected settings of your own, {_EXAMPLE}, got {arrived(entry.tree)}")
    section = _section("settings", entry.tree)
    return create_model("Configuration", __base__=Configuration, settings=(section, section()))


_EXAMPLE = "such as {depth: 3, dropout: 0.1}"


def _section(path: str, group: Group) -> type[Value]:
    """A model of the group; its fields go by aliases, since a setting may be called `copy` or `model_name`."""
    fields: dict[str, Any] = {}
    for number, (name, entry) in enumerate(group.entries.items()):
        if not _NAME.fullmatch(name):
            raise entry.place.error(f"{path}: expected a name of letters, digits, _ and -, got {clip(show(name))}")
        kind, default = _field(f"{path}.{name}", entry.tree)
        fields[f"field_{number}"] = (kind, Field(default, alias=name))
    return create_model(path, __base__=Value, **fields)


def _field(path: str, tree: Tree) -> tuple[Any, Any]:
    """The type of a setting, and its value in the base configuration."""
    match tree:
        case Group(entries=entries) if entries:
            section = _section(path, tree)
            return section, section()
        case Group():
            raise tree.place.error(f"{path}: expected a value or settings, got an empty group")
        case Items(items=items):
            if any(isinstance(item, Group) for item in items):
                raise tree.place.error(f"{path}: expected a list of values, got a list of groups: give each a name")
            kinds = {_kind(plain(item)) for item in items}
            return GenericAlias(list, kinds.pop() if len(kinds) == 1 else JsonValue), plain(tree)
        case Scalar():
            return _kind(tree.value), tree.value


def _kind(value: JsonValue) -> Any:
    """What other values have to be; beside nothing and beside a list of lists, anything may stand."""
    return type(value) if isinstance(value, (bool, int, float, str)) else JsonValue
