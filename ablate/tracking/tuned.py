"""The values that tuning tried or found, out of a whole configuration."""

from __future__ import annotations

from pydantic import JsonValue

from ablate.specs import Configuration, Tune


def tuned_values(tune: Tune, configuration: Configuration) -> dict[str, JsonValue]:
    """By dotted path, in the order of the study file: what the configuration says of each tuned setting."""
    fields = configuration.model_dump(mode="json")
    return {path: _at(fields, path) for path in tune.settings}


def _at(fields: JsonValue, path: str) -> JsonValue:
    for part in path.split("."):
        fields = fields.get(part) if isinstance(fields, dict) else None
    return fields
