"""Named recipes: settings of model and training that a study file can begin from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from ablate.study.tree import Entry, Group, Place, Scalar, Tree, plain
from ablate.study.words import arrived, nearest, one_of
from ablate.study.yaml_source import read_value

_FOLDER = files("ablate.study") / "recipes"
_SECTIONS = ("model", "training")


@dataclass(frozen=True)
class Recipe:
    """What a recipe is for, where its numbers come from, and its file."""

    name: str
    summary: str
    source: str
    text: str


@cache
def recipes() -> dict[str, Recipe]:
    """Every recipe that ships, by name."""
    texts = {
        file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8")
        for file in _FOLDER.iterdir()
        if file.name.endswith(".yaml")
    }
    found = {}
    for name, text in sorted(texts.items()):
        said = yaml.safe_load(text)
        found[name] = Recipe(name, said["summary"], said["source"], text)
    return found


def read_recipe(tree: Tree) -> str:
    """The name of a recipe.

    Raises: StudyError with the nearest name and all of them.
    """
    name, known = plain(tree), list(recipes())
    if isinstance(tree, Scalar) and name in known:
        return str(name)
    near = nearest(name, known) if isinstance(name, str) else None
    hint = f"; did you mean {near}?" if near else ""
    raise tree.place.error(f"recipe: expected {one_of(known)}, got {arrived(tree)}{hint}")


def begin_from_recipe(root: Group) -> Group:
    """The study with what its recipe says wherever it says nothing itself.

    What comes from the recipe lies where the study names it. Without a recipe, or one that there is, nothing changes.
    """
    entry = root.entries.get("recipe")
    if entry is None or not isinstance(entry.tree, Scalar):
        return root
    recipe = recipes().get(str(entry.tree.value))
    return root if recipe is None else _filled(root, _settings(recipe, entry.tree.place))


def _settings(recipe: Recipe, place: Place) -> Group:
    tree = read_value(recipe.text, place)
    if not isinstance(tree, Group):
        raise TypeError(f"recipe {recipe.name} is not a group of settings")
    return tree.part(_SECTIONS)


def _filled(group: Group, under: Group) -> Group:
    """The group, with the entries of `under` that it lacks; groups that both have are filled in turn."""
    entries = dict(group.entries)
    for key, beneath in under.entries.items():
        entry = entries.get(key)
        if entry is None:
            entries[key] = beneath
        elif isinstance(entry.tree, Group) and isinstance(beneath.tree, Group):
            entries[key] = Entry(entry.place, _filled(entry.tree, beneath.tree))
    return Group(group.place, entries)
