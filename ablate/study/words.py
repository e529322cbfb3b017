"""The words of error messages: lists of names, the nearest name, and what a setting expects."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ablate.study.scalars import clip, show
from ablate.study.tree import Group, Items, Scalar, Tree, plain

Schema = Mapping[str, Any]

_FEW = 13
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "string": "text",
}
_TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def one_of(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def both(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The valid name that `word` was probably meant to be, or None."""
    names = list(names)
    ends = [name for name in names if name.endswith(f".{word}")]
    if len(ends) == 1:
        return ends[0]
    by_lower_case = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), by_lower_case, n=1, cutoff=0.6)
    return by_lower_case[close[0]] if close else None


def or_rather(value: object, names: Iterable[str]) -> str:
    """`; did you mean b?`, or nothing where no name is near."""
    near = nearest(value, names) if isinstance(value, str) else None
    return "" if near is None else f"; did you mean {near}?"


def advice(word: str, names: Sequence[str]) -> str:
    """`expected a, b or c; did you mean b?`, without the list where it is long and the nearest name is known."""
    near = nearest(word, names)
    if near is None:
        return f"expected {one_of(names)}"
    question = f"did you mean {near}?"
    return question if len(names) > _FEW else f"expected {one_of(names)}; {question}"


def unknown(kind: str, word: str, names: Sequence[str], within: str = "") -> str:
    """The message that `word` is not among `names`; `within` is the part of the study that they belong to."""
    where = f" in {within}" if within else ""
    return f"unknown {kind} {clip(show(word))}{where}: {advice(word, names)}"


def arrived(tree: Tree) -> str:
    """What was found where something else was expected, as it was written."""
    match tree:
        case Group():
            return "a group"
        case Scalar(value=None, text=""):
            return "nothing"
        case Scalar(value=str(text)):
            return clip(show(text))
        case Scalar():
            return clip(tree.text)
        case Items():
            return clip(show(plain(tree)))


def meant(schema: Schema, definitions: Schema, value: object) -> str:
    """`; did you mean spatial?` for text that is close to something that the setting takes, or nothing."""
    if not isinstance(value, str):
        return ""
    options = [followed(option, definitions) for option in schema.get("anyOf", [schema])]
    if any(option.get("type") == "boolean" for option in options) and value.lower() in _TRUTHS:
        return f"; did you mean {_TRUTHS[value.lower()]}?"
    names = [name for option in options for name in (*option.get("enum", ()), option.get("const")) if name is not None]
    return or_rather(value, names)


def expectation(schema: Schema, definitions: Schema, *, is_brief: bool = False) -> str:
    """What a setting with this JSON schema expects, in words: `a whole number of at least 1`.

    `is_brief` leaves out a list of names that is long, for where the nearest name is said.
    """
    schema = followed(schema, definitions)
    if "anyOf" in schema:
        return ", or ".join(expectation(option, definitions) for option in schema["anyOf"])
    if "const" in schema:
        return show(schema["const"])
    if "enum" in schema:
        names = [show(name) for name in schema["enum"]]
        return f"one of {len(names)} names" if is_brief and len(names) > _FEW else one_of(names)
    if "properties" in schema:
        return f"settings ({', '.join(schema['properties'])})"
    if "items" in schema:
        length = "a list of at least one" if schema.get("minItems") else "a list"
        return f"{length}, each {expectation(schema['items'], definitions)}"
    kind = str(schema.get("type"))
    return _KINDS.get(kind, "a value") + _bounds(schema)


def followed(schema: Schema, definitions: Schema) -> Schema:
    """The schema itself, or the one that it refers to."""
    reference = schema.get("$ref")
    return schema if reference is None else definitions[reference.rpartition("/")[2]]


def _bounds(schema: Schema) -> str:
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    parts = [
        f"{word} {show(bound)}"
        for word, bound in (("at least", least), ("more than", above), ("at most", most), ("less than", below))
        if bound is not None
    ]
    return " of " + " and ".join(parts) if parts else ""
