"""YAML text to a tree with places. Nothing is executed, and nothing is expanded without bound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ablate.study.scalars import clip, read_scalar, show
from ablate.study.tree import Entry, Group, Items, Place, Scalar, Tree

LARGEST_FILE_BYTES = 256 * 1024
_DEEPEST = 40
_MOST_VALUES = 50_000

_TAG = "tag:yaml.org,2002:"
_TAGS = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str"}

_REMEDIES = (
    ("'\\t' that cannot start any token", "a tab cannot stand here: indent with spaces"),
    ("mapping values are not allowed", 'a second ": " in one value: put the text in quotes, or check the indentation'),
    ("could not find expected ':'", 'expected "key: value" on the line before, got no ": "'),
    ("found another document", "expected one study in the file, got a second document (---)"),
)

_Locate = Callable[[int, int], Place]
"""Line and column, from 1, to a place."""


def read_file(file: Path) -> Tree:
    """The tree of a study file.

    Raises: StudyError for a file that cannot be read or is not YAML.
    """
    text = _read_text(file)

    tree = _read(text, lambda line, column: Place(str(file), line, column))
    if tree is None:
        raise Place(str(file), 1, 1).error("expected a study (question, factors, baseline, seeds), got an empty file")
    return tree


def read_value(text: str, place: Place) -> Tree:
    """The tree of one value given on the command line; all of it lies at `place`."""
    return _read(text, lambda _line, _column: place) or Scalar(place, None, "")


def _read_text(file: Path) -> str:
    place = Place(str(file))
    if file.is_dir():
        raise place.error("expected a study file, got a directory")
    if not file.exists():
        raise place.error(f"no such file{_siblings(file)}")
    if not file.is_file():
        raise place.error("expected a regular file, got a device or a pipe")
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise place.error(f"cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_FILE_BYTES:
        raise place.error(f"expected a study file of at most {LARGEST_FILE_BYTES:,} bytes, got more")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig").split("\n")
        where = Place(str(file), len(before), len(before[-1]) + 1)
        raise where.error(f"expected UTF-8 text, got the byte 0x{data[error.start]:02x}: save it as UTF-8") from None


def _siblings(file: Path) -> str:
    names = sorted(path.name for path in file.parent.glob("*.y*ml") if path.is_file()) if file.parent.is_dir() else []
    return f"; studies in {file.parent}: {', '.join(names[:12])}" if names else ""


class _Loader(yaml.SafeLoader):
    """PyYAML's parser with YAML 1.2 scalars and a bound on nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.depth == _DEEPEST:
            mark = self.get_mark()
            raise yaml.MarkedYAMLError(problem=f"nested more than {_DEEPEST} deep", problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """The tag of a node that has none; `implicit` says whether a scalar is unquoted."""
        if kind is not yaml.ScalarNode:
            return _TAG + ("seq" if kind is yaml.SequenceNode else "map")
        return _TAG + (_core_tag(value) if implicit[0] else "str")


def _core_tag(text: str) -> str:
    try:
        return _TAGS[type(read_scalar(text))]
    except ValueError:
        return "float"  # the error is raised where the place is known


def _read(text: str, locate: _Locate) -> Tree | None:
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position].split("\n")
        raise locate(len(before), len(before[-1]) + 1).error(
            f"the character U+{ord(text[error.position]):04X} cannot stand in YAML"
        ) from None
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        problem = f"not YAML: {error.problem}"
        for words, remedy in _REMEDIES:
            if words in str(error.problem):
                problem = remedy
        raise _at(error.problem_mark or loader.get_mark(), locate).error(problem) from None
    except ValueError:  # PyYAML's own, of an escape beyond the last character of Unicode
        raise _at(loader.get_mark(), locate).error("expected the number of a character after the backslash") from None
    finally:
        loader.dispose()
    return None if node is None else _Converter(locate).convert(node, ())


def _at(mark: yaml.Mark, locate: _Locate) -> Place:
    return locate(mark.line + 1, mark.column + 1)


class _Converter:
    """Nodes to trees; an alias is a copy of what it names, so copies are counted."""

    def __init__(self, locate: _Locate) -> None:
        self._locate = locate
        self._count = 0

    def convert(self, node: yaml.Node, above: tuple[int, ...]) -> Tree:
        place = _at(node.start_mark, self._locate)
        self._count += 1
        if self._count > _MOST_VALUES:
            raise place.error(f"expected at most {_MOST_VALUES:,} values, got more by repeating aliases")
        if id(node) in above:
            raise place.error("expected a value, got an alias to something that holds it")
        if len(above) > _DEEPEST:
            raise place.error(f"nested more than {_DEEPEST} deep by aliases")
        above = (*above, id(node))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return Items(place, tuple(self.convert(item, above) for item in node.value))
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._group(node, place, above)
        raise place.error(_unknown_tag(node.tag))

    def _group(self, node: yaml.MappingNode, place: Place, above: tuple[int, ...]) -> Group:
        entries: dict[str, Entry] = {}
        for key, value in node.value:
            where = _at(key.start_mark, self._locate)
            if not isinstance(key, yaml.ScalarNode):
                raise where.error("expected a name before the colon, got a list or a group")
            if key.value in entries:
                first = entries[key.value].place.line
                raise where.error(f"the key {clip(show(key.value))} is given twice, first on line {first}")
            entries[key.value] = Entry(where, self.convert(value, above))
        return Group(place, entries)


def _scalar(node: yaml.ScalarNode, place: Place) -> Scalar:
    text: str = node.value
    kind = node.tag.removeprefix(_TAG)
    if kind not in _TAGS.values():
        raise place.error(_unknown_tag(node.tag))
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise place.error("expected text, got half of a surrogate pair")
    if kind == "str":
        return Scalar(place, text, text)
    try:
        value = read_scalar(text)
    except ValueError as error:
        raise place.error(str(error)) from None
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if _TAGS[type(value)] != kind:
        raise place.error(f"expected a value of the type !!{kind}, got {clip(show(text))}")
    return Scalar(place, value, text)


def _unknown_tag(tag: str) -> str:
    return f"expected a plain value, got the tag {clip(show(tag.replace(_TAG, '!!')))}: leave it out"
