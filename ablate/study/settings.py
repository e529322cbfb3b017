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


def check_setting(path: str, tree: Tree) -> JsonValue:
    """The value that the setting at a known dotted `path` holds when it is given `tree`."""
    keys = path.split(".")
    nested: Tree = tree
    for key in reversed(keys):
        nested = Group(tree.place, {key: Entry(tree.place, nested)})
    value: Any = check(Configuration, nested).model_dump(mode="json")
    for key in keys:
        value = value[key]
    return value  # type: ignore[no-any-return]


@cache
def setting_paths() -> tuple[str, ...]:
    """Every dotted path of the configuration that holds a value."""
    schema, definitions = _schema(Configuration)
    return tuple(_leaves(schema, definitions, ""))


def is_whole(path: str) -> bool:
    """Whether the numbers that the setting at a known `path` takes are whole."""
    return "number" not in _kinds(path)


def takes_numbers(path: str) -> bool:
    """Whether the setting at a known `path` takes numbers."""
    return bool({"integer", "number"} & _kinds(path))


def _kinds(path: str) -> set[str]:
    schema, definitions = _schema(Configuration)
    for key in path.split("."):
        schema = followed(schema["properties"][key], definitions)
    return {str(followed(option, definitions).get("type")) for option in schema.get("anyOf", [schema])}


def check_path(path: str, place: Place, subject: str) -> None:
    """See that `path` is a setting; `subject` begins the message.

    Raises: StudyError with the nearest setting.
    """
    if path in setting_paths():
        return
    if any(known.startswith(f"{path}.") for known in setting_paths()):
        inside = [known for known in setting_paths() if known.startswith(f"{path}.")]
        raise place.error(f"{subject}: expected one setting, got all of {path}: name one, such as {inside[0]}")
    schema, definitions = _schema(Configuration)
    above = ""
    for part in path.split("."):
        names = list(schema.get("properties", ()))
        if not names:
            raise place.error(f"{subject}: {above} is a single setting, it has no parts")
        if part not in names:
            raise place.error(f"{subject}: {_stray(path, above, part, names)}")
        schema = followed(schema["properties"][part], definitions)
        above = f"{above}.{part}".removeprefix(".")


def _stray(path: str, above: str, part: str, names: list[str]) -> str:
    if above:
        return f"{above} has no {clip(show(part))}: {advice(part, names)}"
    near = nearest(path, setting_paths())
    return f"no such setting: {f'did you mean {near}?' if near else f'a setting begins with {one_of(names)}'}"


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
