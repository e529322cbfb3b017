"""Reading several studies, and refusing those that cannot be put side by side."""

from __future__ import annotations

from collections.abc import Sequence

from ablate.errors import InputError
from ablate.reporting.across.alignment import Alignment, Settings, line_up, resolve
from ablate.reporting.across.wording import listed
from ablate.reporting.findings import Findings
from ablate.reporting.inference import find
from ablate.reporting.settings import setting_text
from ablate.reporting.source import Source
from ablate.specs import Objective, Plan

MOST_VALUES = 4
"""Of the values of a setting that keep studies apart, these many are named."""


def gather(store: Source, study_names: Sequence[str]) -> Alignment:
    """Read the studies and put their combinations side by side.

    Raises:
        InputError: they are fewer than two, one is named twice, their objectives differ, or they share nothing.
        TrackingError: a study is unknown.
    """
    if len(study_names) < 2:
        raise InputError(f"expected two studies or more to compare, got {listed(study_names) or 'none'}: name another")
    twice = [name for name in dict.fromkeys(study_names) if study_names.count(name) > 1]
    if twice:
        raise InputError(f"study {twice[0]} is named twice, and agrees with itself in any case: name another")
    plans = [store.plan(name) for name in study_names]
    _refuse_other_objectives(plans)
    alignment = line_up([find(plan, store.trials(name)) for name, plan in zip(study_names, plans, strict=True)])
    if not alignment.shared:
        raise InputError(f"{listed(study_names)} share no combination: {_why_apart(alignment)}")
    return alignment


def _refuse_other_objectives(plans: Sequence[Plan]) -> None:
    first = plans[0].study
    for plan in plans[1:]:
        if _objective(plan.study.objective) != _objective(first.objective):
            raise InputError(
                f"expected studies with one objective, got {_objective(first.objective)} in {first.name} and "
                f"{_objective(plan.study.objective)} in {plan.study.name}: compare studies that measure the same"
            )


def _objective(objective: Objective) -> str:
    return f"{objective.split.value} {objective.metric} ({objective.direction.value})"


def _why_apart(alignment: Alignment) -> str:
    """The first setting, or else the factors, by which the first two studies differ everywhere."""
    one, other = alignment.studies[:2]
    if alignment.paths is None:
        return _why_labels_apart(one, other)
    for path in alignment.paths:
        values, others = _values(one, path), _values(other, path)
        if not set(values) & set(others):
            return (
                f"{path} varies in one of them, and is {_some(values)} in {one.study.name} and {_some(others)} in "
                f"{other.study.name}"
            )
    return f"in none are all of {listed(alignment.paths)} equal"


def _why_labels_apart(one: Findings, other: Findings) -> str:
    factors = [[factor.name for factor in study.study.factors] for study in (one, other)]
    by_labels = "not all settings are known, so they were matched by factors and levels,"
    if set(factors[0]) != set(factors[1]):
        return f"{by_labels} and {one.study.name} varies {listed(factors[0])}, {other.study.name} {listed(factors[1])}"
    return f"{by_labels} and no two have the same levels of {listed(factors[0])}"


def _values(study: Findings, path: str) -> list[str]:
    resolved: list[Settings] = [resolve(finding.combination, study.study) or {} for finding in study.findings]
    return list(dict.fromkeys(setting_text(settings.get(path)) for settings in resolved))


def _some(values: Sequence[str]) -> str:
    shown = values[:MOST_VALUES]
    return listed([*shown, *(["others"] if len(values) > len(shown) else [])], "or")
