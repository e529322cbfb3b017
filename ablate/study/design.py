"""Factors to combinations to trials: stable order, stable identities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from ablate.errors import StudyError
from ablate.specs import Choice, Combination, Configuration, Plan, StudySpec, TrialSpec, identify
from ablate.study.outline import Outline, outline
from ablate.study.refusals import Fault, explain_refusal
from ablate.study.resolving import resolve

MOST_CHOICES = 20_000
"""Up to how many choices a plan is made; resolving and checking that many takes some seconds."""


def plan(study: StudySpec) -> Plan:
    """Every combination that the study asks for.

    Choices that resolve to one configuration are one combination, with the later ones as its aliases.

    Raises: StudyError if a combination cannot be run, the baseline or everything is excluded, or there are too many.
    """
    result = lay_out(study)
    if isinstance(result, Fault):
        raise StudyError(result.message, file=study.name)
    return result


def trials(plan: Plan) -> Iterator[TrialSpec]:
    """Every planned trial: combination by combination, seed by seed. Where the study tunes, as before tuning."""
    for combination in plan.combinations:
        tuned = None if plan.study.tune is None else combination.hash
        for seed in plan.study.seeds:
            yield TrialSpec(study=plan.study.name, configuration=combination.resolved, seed=seed, combination=tuned)


class Sketch(NamedTuple):
    """The first of so many choices that no plan is made of them, each with why it cannot be run, if it cannot."""

    study: StudySpec
    outline: Outline
    first: tuple[tuple[Choice, str | None], ...]


def sketch(study: StudySpec, found: Outline, most: int) -> Sketch:
    """The first `most` choices of a design that is known in outline, at once however many there are."""
    first = ((choice, resolve(study, choice).refusal()) for choice in islice(found.walk(), most))
    return Sketch(study, found, tuple(first))


def lay_out(study: StudySpec) -> Plan | Fault:
    """The plan, or why there is none."""
    found = outline(study)
    return found if isinstance(found, Fault) else fill_out(study, found)


def fill_out(study: StudySpec, found: Outline) -> Plan | Fault:
    """The plan of a design that is known in outline, or why there is none."""
    if found.count > MOST_CHOICES:
        return Fault(
            f"expected at most {MOST_CHOICES:,} combinations, got {found.count:,}: use design one-factor, "
            "leave-one-out, fraction or listed, or leave more out with exclude and when",
            ("factors",),
        )
    resolved = [(choice, resolve(study, choice)) for choice in found.walk()]
    fault = explain_refusal(study, [(choice, configuration.refusal()) for choice, configuration in resolved])
    if fault is not None:
        return fault
    return Plan(study=study, combinations=_merge(study, resolved), exclusions=found.exclusions, aliasing=found.aliasing)


@dataclass
class _Merged:
    choice: Choice
    configuration: Configuration
    aliases: list[Choice]
    is_baseline: bool


def _merge(study: StudySpec, resolved: list[tuple[Choice, Configuration]]) -> tuple[Combination, ...]:
    by_hash: dict[str, _Merged] = {}
    for choice, configuration in resolved:
        identity = identify(configuration, study.tune)
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
