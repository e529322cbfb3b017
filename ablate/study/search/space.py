"""The space that tuning searches: from the study's words to Optuna's, and between values and configurations."""

from __future__ import annotations

from typing import Any, assert_never

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from ablate.specs import Configuration, Options, Range, Tune

Scalar = str | int | float | bool
Space = dict[str, BaseDistribution]


def space(tune: Tune) -> Space:
    """For every tuned setting what it may be."""
    return {path: _distribution(domain) for path, domain in tune.settings.items()}


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
