"""A study file as read: plain values that know their place in the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from ablate.errors import StudyError


@dataclass(frozen=True)
class Place:
    """Where something was written: a file with line and column (from 1), or an option of the command line."""

    file: str
    line: int | None = None
    column: int | None = None

    def error(self, message: str) -> StudyError:
        """The error that says `message` about this place."""
        return StudyError(message, file=self.file, line=self.line, column=self.column)


@dataclass(frozen=True)
class Scalar:
    """A single value; `text` is how it was written."""

    place: Place
    value: str | int | float | bool | None
    text: str


@dataclass(frozen=True)
class Items:
    """A list."""

    place: Place
    items: tuple[Tree, ...]


@dataclass(frozen=True)
class Entry:
    """A value under a key; `place` is the key's."""

    place: Place
    tree: Tree


@dataclass(frozen=True)
class Group:
    """A mapping of keys to values, in file order."""

    place: Place
    entries: dict[str, Entry]

    def part(self, keys: Iterable[str]) -> Group:
        """Only the named entries, in file order."""
        wanted = set(keys)
        return Group(self.place, {key: entry for key, entry in self.entries.items() if key in wanted})


Tree: TypeAlias = Scalar | Items | Group


def plain(tree: Tree) -> JsonValue:
    """The value without its places."""
    match tree:
        case Scalar():
            return tree.value
        case Items():
            return [plain(item) for item in tree.items]
        case Group():
            return {key: plain(entry.tree) for key, entry in tree.entries.items()}


def find_place(root: Group, keys: Iterable[str]) -> Place:
    """Where the key at the end of `keys` was written, or the nearest one above it that was written."""
    place, tree = root.place, root
    for key in keys:
        if key not in tree.entries:
            break
        entry = tree.entries[key]
        place = entry.place
        if not isinstance(entry.tree, Group):
            break
        tree = entry.tree
    return place


def in_file_order(error: StudyError) -> tuple[bool, int, int]:
    """Sorting key: by line and column, and what was not written in the file last."""
    return error.line is None, error.line or 0, error.column or 0
