"""A choice of levels to the configuration that it stands for."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from ablate.errors import InputError
from ablate.specs import Choice, Configuration, StudySpec, meets


def resolve(study: StudySpec, choice: Choice) -> Configuration:
    """The base configuration with the settings of the chosen levels, then those of the overrides that apply.

    Raises:
        InputError: the study was imported, and has no base configuration.
    """
    if study.base is None:
        raise InputError(f"study {study.name} was imported: it has no base configuration to run anything with")
    chosen = [
        next(level.settings for level in factor.levels if level.label == choice[factor.name])
        for factor in study.factors
    ]
    overriding = [override.settings for override in study.overrides if meets(choice, override.condition)]
    return with_settings(study.base, [item for settings in (*chosen, *overriding) for item in settings.items()])


def with_settings(configuration: Configuration, settings: Iterable[tuple[str, JsonValue]]) -> Configuration:
    """The configuration with settings (dotted path, value) in place; of the same path the last."""
    fields: dict[str, JsonValue] = configuration.model_dump(mode="json")
    for path, value in settings:
        _set(fields, path, value)
    return Configuration.model_validate(fields)


def _set(fields: dict[str, JsonValue], path: str, value: JsonValue) -> None:
    *above, last = path.split(".")
    for key in above:
        inner = fields[key]
        if not isinstance(inner, dict):
            raise TypeError(f"{path} is not a setting")
        fields = inner
    fields[last] = value
