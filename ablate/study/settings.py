"""Settings against the specs: pydantic judges, the message speaks of the file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from ablate.errors import StudyError
from ablate.specs import Configuration
from ablate.study.scalars import clip, show
from ablate.study.tree import Entry, Group, Items, Place, Tree, in_file_order, plain
from ablate.study.words import Schema, advice, arrived, expectation, followed, meant, nearest, one_of, unknown

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
Settable = type[Configuration]
"""What a study can set: the built-in configuration, or one with settings of its own as well (`own.settable`)."""


def check(model: type[Model], tree: Tree, prefix: str = "") -> Model:
    """`tree` as a `model`; `prefix` is the key above it in the file.

    Strict, in JSON's sense: lists and names are taken for tuples and enums, but text is never taken for a number.

    Raises: StudyError for the first wrong setting in file order.
    """
    try:
        return model.model_validate_json(json.dumps(plain(tree)), strict=True)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        raise min(
            (_explain(model, tree, prefix, item["loc"], item["type"]) for item in wrong), key=in_file_order
        ) from None


def check_setting(path: str, tree: Tree, settable: Settable = Configuration) -> JsonValue:
    """The value that the setting at a known dotted `path` holds when it is given `tree`."""
    keys = path.split(".")
    nested: Tree = tree
    for key in reversed(keys):
        nested = Group(tree.place, {key: Entry(tree.place, nested)})
    value: Any = check(settable, nested).model_dump(mode="json", by_alias=True)
    for key in keys:
        value = value[key]
    return value  # type: ignore[no-any-return]


@cache
def setting_paths(settable: Settable = Configuration) -> tuple[str, ...]:
    """Every dotted path of the configuration that holds a value."""
    schema, definitions = _settings(settable)
    return tuple(_leaves(schema, definitions, ""))


def is_whole(path: str, settable: Settable = Configuration) -> bool:
    """Whether the numbers that the setting at a known `path` takes are whole."""
    return "number" not in _kinds(path, settable)


def takes_numbers(path: str, settable: Settable = Configuration) -> bool:
    """Whether the setting at a known `path` takes numbers."""
    return bool({"integer", "number"} & _kinds(path, settable))


def _kinds(path: str, settable: Settable) -> set[str]:
    schema, definitions = _settings(settable)
    for key in path.split("."):
        schema = followed(schema["properties"][key], definitions)
    return {str(followed(option, definitions).get("type")) for option in schema.get("anyOf", [schema])}


def check_path(path: str, place: Place, subject: str, settable: Settable = Configuration) -> None:
    """See that `path` is a setting; `subject` begins the message.

    Raises: StudyError with the nearest setting.
    """
    paths = setting_paths(settable)
    if path in paths:
        return
    inside = [known for known in paths if known.startswith(f"{path}.")]
    if inside:
        raise place.error(f"{subject}: expected one setting, got all of {path}: name one, such as {inside[0]}")
    schema, definitions = _settings(settable)
    above = ""
    for part in path.split("."):
        names = list(schema.get("properties", ()))
        if not names:
            raise place.error(f"{subject}: {above} is a single setting, it has no parts")
        if part not in names:
            raise place.error(f"{subject}: {_stray(path, above, part, names, paths)}")
        schema = followed(schema["properties"][part], definitions)
        above = f"{above}.{part}".removeprefix(".")


def _stray(path: str, above: str, part: str, names: list[str], paths: tuple[str, ...]) -> str:
    if above:
        return f"{above} has no {clip(show(part))}: {advice(part, names)}"
    near = nearest(path, paths)
    return f"no such setting: {f'did you mean {near}?' if near else f'a setting begins with {one_of(names)}'}"


@cache
def _settings(settable: Settable) -> tuple[Schema, Schema]:
    """The schema of what can be set: neither the program, nor settings of its own that a study does not have."""
    schema, definitions = _schema(settable)
    groups = {
        name: field for name, field in schema["properties"].items() if "properties" in followed(field, definitions)
    }
    return {**schema, "properties": groups}, definitions


@cache
def _schema(model: type[BaseModel]) -> tuple[Schema, Schema]:
    schema = model.model_json_schema()
    return schema, schema.get("$defs", {})


def _leaves(schema: Schema, definitions: Schema, above: str) -> Iterable[str]:
    for name, inner in schema["properties"].items():
        field = followed(inner, definitions)
        if "properties" in field:
            yield from _leaves(field, definitions, f"{above}{name}.")
        else:
            yield above + name


def _explain(model: type[BaseModel], tree: Tree, prefix: str, location: Location, kind: str) -> StudyError:
    """One of pydantic's findings in the words of the file."""
    schema, definitions = _schema(model)
    path, place = prefix, tree.place
    for step in location:
        if isinstance(tree, Group) and step in tree.entries:
            names = list(schema.get("properties", ()))
            if kind == "extra_forbidden" and step not in names:
                return tree.entries[str(step)].place.error(unknown("key", str(step), names, path))
            tree = tree.entries[str(step)].tree
            schema = followed(schema["properties"][step], definitions)
            path = f"{path}.{step}".removeprefix(".")
        elif isinstance(tree, Items) and isinstance(step, int) and step < len(tree.items):
            tree = tree.items[step]
            schema = followed(_list_schema(schema)["items"], definitions)
            path = f"{path}, entry {step + 1}"
        # what is left names an alternative of a union, which no file has
        place = tree.place
    hint = meant(schema, definitions, plain(tree))
    expected = expectation(schema, definitions, is_brief=bool(hint))
    return place.error(f"{path}: expected {expected}, got {arrived(tree)}{hint}")


def _list_schema(schema: Schema) -> Schema:
    options: list[Schema] = [option for option in schema.get("anyOf", [schema]) if "items" in option]
    return options[0]
