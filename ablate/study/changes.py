"""`--set path=value`: changes to a study before it is checked, and the name of the study that they make."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ablate.study.scalars import clip, show
from ablate.study.settings import setting_paths
from ablate.study.tree import Entry, Group, Items, Place, Tree, plain
from ablate.study.words import nearest, one_of
from ablate.study.yaml_source import read_value

_BY_FACTOR = ("factors", "baseline", "off", "when", "tune")  # what stands under these has dots in its name
_IDENTITY_FREE = ("resources",)  # how fast a study runs is not what it finds
_READABLE = re.compile(r"[a-z0-9_.-]+")
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Change:
    """One change: where in the study, what to, and the option that says so."""

    keys: tuple[str, ...]
    tree: Tree
    place: Place

    @property
    def path(self) -> str:
        """The dotted path as it was given."""
        return ".".join(self.keys)


def read_changes(texts: Sequence[str], study_keys: Sequence[str], paths: Sequence[str] = ()) -> tuple[Change, ...]:
    """The changes that the options ask for; `paths` are all that can be set, for who mistypes one.

    Raises: StudyError that names the option.
    """
    changes: list[Change] = []
    for text in texts:
        place = Place(f"--set {text if text.isprintable() else show(text)}")
        path, equals, value = text.partition("=")
        if not equals:
            raise place.error("expected path=value, such as data.training_images=300")
        keys = _split(path.strip(), place, study_keys, paths)
        if any(keys == earlier.keys for earlier in changes):
            raise place.error("expected one value, got another --set of the same path before it")
        changes.append(Change(keys, read_value(value, place), place))
    return tuple(changes)


def apply(root: Group, changes: Sequence[Change]) -> Group:
    """The study with the changes in place."""
    for change in changes:
        root = _replaced(root, change.keys, change)
    return root


def changed_name(name: str, changes: Sequence[Change]) -> str:
    """The name of the changed study, the same in whatever order the changes are given.

    What cannot be read in a name is told apart by a hash, so that two changed studies never share one.
    """
    counted = sorted((o for o in changes if o.keys[0] not in _IDENTITY_FREE), key=lambda o: o.path)
    if not counted:
        return name
    readable = "-".join([name, *(f"{_short(o)}={_value(o.tree)}" for o in counted)])
    is_faithful = all(_is_readable(o.tree) for o in counted)
    if is_faithful and len(readable) <= _LONGEST_NAME:
        return readable
    exact = "\n".join(f"{o.path}={show(plain(o.tree))}" for o in counted)
    return f"{readable[: _LONGEST_NAME - 9]}-{hashlib.sha256(exact.encode()).hexdigest()[:8]}"


def _split(path: str, place: Place, study_keys: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
    head, _, rest = path.partition(".")
    if head == "name":
        raise place.error("the name of a study is given by --name")
    if head not in study_keys:
        near = nearest(path, [*paths, *study_keys])
        hint = f"did you mean {near}?" if near else f"expected a path that begins with {one_of(study_keys)}"
        raise place.error(f"unknown path {clip(show(path))}: {hint}")
    if head in _BY_FACTOR and rest:
        return head, rest
    return tuple(path.split("."))


def _replaced(group: Group, keys: tuple[str, ...], change: Change) -> Group:
    key, rest = keys[0], keys[1:]
    entry = group.entries.get(key, Entry(change.place, Group(change.place, {})))
    if not rest:
        changed = Entry(change.place, change.tree)
    elif isinstance(entry.tree, Group):
        changed = Entry(entry.place, _replaced(entry.tree, rest, change))
    else:
        raise entry.tree.place.error(f"{key}: expected a group, since {change.place.file} sets a part of it")
    return Group(group.place, {**group.entries, key: changed})


def _short(change: Change) -> str:
    """The last part of a setting's path, or the whole path where that is not unique."""
    last = change.keys[-1]
    is_unique = change.path in setting_paths() and sum(p.rpartition(".")[2] == last for p in setting_paths()) == 1
    return _sanitized(last if is_unique else change.path)


def _value(tree: Tree) -> str:
    if isinstance(tree, Items):
        return "-".join(_value(item) for item in tree.items)
    value = plain(tree)
    text = value if isinstance(value, str) else show(value)
    return text if _is_readable(tree) else _sanitized(text)


def _is_readable(tree: Tree) -> bool:
    if isinstance(tree, Items):
        return bool(tree.items) and all(not isinstance(i, Items) and _is_readable(i) for i in tree.items)
    value = plain(tree)
    return _READABLE.fullmatch(value if isinstance(value, str) else show(value)) is not None


def _sanitized(text: str) -> str:
    return re.sub(r"[^a-z0-9_.]+", "-", text.lower()).strip("-") or "-"
