"""A design in outline: how many choices it has and what its rules remove, known without visiting them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ablate.specs import Choice, Design, Exclusion, StudySpec
from ablate.study.choices import choose, fraction_words, two_level_factors
from ablate.study.demands import find_design_fault
from ablate.study.fraction import describe
from ablate.study.grid import Tangled
from ablate.study.refusals import Fault


@dataclass(frozen=True)
class Outline:
    """What a study comes to before any choice is resolved; `walk` gives the choices in the order of the design."""

    count: int
    exclusions: tuple[Exclusion, ...]
    aliasing: tuple[str, ...]
    unmatched_overrides: tuple[int, ...]
    """Numbers of the overrides that no choice meets."""
    walk: Callable[[], Iterator[Choice]]


def outline(study: StudySpec) -> Outline | Fault:
    """The outline, or why there is none. Takes no longer for many choices than for few."""
    fault = find_design_fault(study)
    if fault is not None:
        return fault
    choices = choose(study)
    try:
        tally = choices.tally()
        unmatched = tuple(
            number
            for number, override in enumerate(study.overrides)
            if not choose(study, within=override.condition).tally()[None]
        )
    except Tangled:
        return Fault("the rules hang together in too many ways to be counted: use fewer rules", ("exclude",))
    removed = sum(count for rule, count in tally.items() if rule is not None)
    fault = _check_baseline(study, tally[None], removed)
    if fault is not None:
        return fault
    return Outline(tally[None], _exclusions(study, tally), _aliasing(study), unmatched, choices.walk)


def _check_baseline(study: StudySpec, left: int, removed: int) -> Fault | None:
    if not left:
        return Fault(f"the rules of exclude leave nothing: all {removed:,} combinations are removed", ("exclude",))
    rule = next((rule for rule in study.exclude if rule.items() <= study.baseline.items()), None)
    if rule is None:
        return None
    said = ", ".join(f"{name}: {label}" for name, label in rule.items())
    return Fault(f"the baseline is excluded by the rule {{{said}}}: name another baseline", ("baseline",))


def _exclusions(study: StudySpec, tally: dict[int | None, int]) -> tuple[Exclusion, ...]:
    excluded = [Exclusion(rule=rule, removed=tally[number]) for number, rule in enumerate(study.exclude)]
    standing = [
        Exclusion(rule={}, removed=tally[number], varies=when.factor)
        for number, when in enumerate(study.when, start=len(excluded))
    ]
    return (*excluded, *standing)


def _aliasing(study: StudySpec) -> tuple[str, ...]:
    if study.design is not Design.FRACTION:
        return ()
    names = study.short_names()
    return describe([names[factor.name] for factor in two_level_factors(study)], fraction_words(study))
