"""The space that tuning searches: from the study's words to Optuna's, and between values and configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from ablate.specs import Configuration, Options, Range, Tune

Scalar = str | int | float | bool
Space = dict[str, BaseDistribution]


def space(tune: Tune) -> Space:
    """For every tuned setting what it may be."""
    return {path: _distribution(domain) for path, domain in tune.settings.items()}


def with_values(configuration: Configuration, values: Mapping[str, Scalar]) -> Configuration:
    """The configuration with other values at some dotted paths."""
    fields: dict[str, Any] = configuration.model_dump(mode="json")
    for path, value in values.items():
        *above, last = path.split(".")
        inner = fields
        for key in above:
            inner = inner[key]
        inner[last] = value
    return Configuration.model_validate(fields)


def values_of(configuration: Configuration, tune: Tune) -> dict[str, Scalar]:
    """What the configuration has at the tuned settings."""
    fields = configuration.model_dump(mode="json")
    values = {}
    for path in tune.settings:
        value: Any = fields
        for key in path.split("."):
            value = value[key]
        values[path] = value
    return values


def _distribution(domain: Range | Options) -> BaseDistribution:
    match domain:
        case Range(is_whole=True):
            return IntDistribution(int(domain.low), int(domain.high), log=domain.log)
        case Range():
            return FloatDistribution(domain.low, domain.high, log=domain.log)
        case Options():
            return CategoricalDistribution(domain.values)
        case _:
            assert_never(domain)
