"""Factors to combinations to trials: stable order, stable identities."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from pydantic import JsonValue

from ablate.errors import StudyError
from ablate.specs import Choice, Combination, Configuration, Exclusion, Plan, StudySpec, TrialSpec
from ablate.study.refusals import Fault, explain_refusal

MOST_CHOICES = 20_000


def plan(study: StudySpec) -> Plan:
    """Every combination that the study asks for.

    The first factor varies slowest. Choices that resolve to one configuration are one combination, with the later
    ones as its aliases.

    Raises: StudyError if a combination cannot be run, or the baseline or everything is excluded.
    """
    result = lay_out(study)
    if isinstance(result, Fault):
        raise StudyError(result.message, file=study.name)
    return result


def trials(plan: Plan) -> Iterator[TrialSpec]:
    """Every planned trial: combination by combination, seed by seed."""
    for combination in plan.combinations:
        for seed in plan.study.seeds:
            yield TrialSpec(study=plan.study.name, configuration=combination.configuration, seed=seed)


def lay_out(study: StudySpec) -> Plan | Fault:
    """The plan, or why there is none."""
    count = math.prod(len(factor.levels) for factor in study.factors)
    if count > MOST_CHOICES:
        return Fault(
            f"expected at most {MOST_CHOICES:,} combinations, got {count:,}: vary less at a time", ("factors",)
        )
    kept, removed = _exclude(study)
    fault = _check_exclusions(study, kept, removed)
    if fault is not None:
        return fault
    resolved = [(choice, resolve(study, choice)) for choice in kept]
    fault = explain_refusal(study, [(choice, configuration.refusal()) for choice, configuration in resolved])
    if fault is not None:
        return fault
    exclusions = tuple(Exclusion(rule=rule, removed=n) for rule, n in zip(study.exclude, removed, strict=True))
    return Plan(study=study, combinations=_merge(study, resolved), exclusions=exclusions)


def resolve(study: StudySpec, choice: Choice) -> Configuration:
    """The base configuration with the settings of the chosen levels."""
    fields: dict[str, JsonValue] = study.base.model_dump(mode="json")
    for factor in study.factors:
        level = next(level for level in factor.levels if level.label == choice[factor.name])
        for path, value in level.settings.items():
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


def _exclude(study: StudySpec) -> tuple[list[Choice], list[int]]:
    """The choices that no rule matches, and how many each rule removed; the first rule that matches counts."""
    names = [factor.name for factor in study.factors]
    labels = [[level.label for level in factor.levels] for factor in study.factors]
    kept: list[Choice] = []
    removed = [0] * len(study.exclude)
    for row in product(*labels):
        choice = dict(zip(names, row, strict=True))
        matching = (index for index, rule in enumerate(study.exclude) if rule.items() <= choice.items())
        index = next(matching, None)
        if index is None:
            kept.append(choice)
        else:
            removed[index] += 1
    return kept, removed


def _check_exclusions(study: StudySpec, kept: list[Choice], removed: list[int]) -> Fault | None:
    if not kept:
        return Fault(f"the rules of exclude leave nothing: all {sum(removed)} combinations are removed", ("exclude",))
    if study.baseline not in kept:
        rule = next(rule for rule in study.exclude if rule.items() <= study.baseline.items())
        said = ", ".join(f"{name}: {label}" for name, label in rule.items())
        return Fault(f"the baseline is excluded by the rule {{{said}}}: name another baseline", ("baseline",))
    return None


@dataclass
class _Merged:
    choice: Choice
    configuration: Configuration
    aliases: list[Choice]
    is_baseline: bool


def _merge(study: StudySpec, resolved: list[tuple[Choice, Configuration]]) -> tuple[Combination, ...]:
    by_hash: dict[str, _Merged] = {}
    for choice, configuration in resolved:
        identity = configuration.hash()
        if identity in by_hash:
            by_hash[identity].aliases.append(choice)
        else:
            by_hash[identity] = _Merged(choice, configuration, [], is_baseline=False)
        by_hash[identity].is_baseline |= choice == study.baseline
    return tuple(
        Combination(
            hash=identity,
            choice=merged.choice,
            aliases=tuple(merged.aliases),
            configuration=merged.configuration,
            is_baseline=merged.is_baseline,
        )
        for identity, merged in by_hash.items()
    )
