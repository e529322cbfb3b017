"""What each design demands of a study, and what it would leave unread."""

from __future__ import annotations

from typing import assert_never

from ablate.specs import Design, Factor, StudySpec
from ablate.study.choices import off_level, two_level_factors
from ablate.study.fraction import MOST_FACTORS, MOST_RUNS_BEYOND, is_searchable, largest_halvings
from ablate.study.refusals import Fault
from ablate.study.sections.factors import written
from ablate.study.words import both


def find_design_fault(study: StudySpec) -> Fault | None:
    """Why the study's design cannot be laid out, or None."""
    return _find_unread(study) or _find_unmet(study)


def _find_unread(study: StudySpec) -> Fault | None:
    """A part of the study that only other designs read."""
    for key, is_given, reader in (
        ("fraction", study.fraction is not None, Design.FRACTION),
        ("off", bool(study.off), Design.LEAVE_ONE_OUT),
        ("combinations", bool(study.listed), Design.LISTED),
    ):
        if is_given and study.design is not reader:
            return Fault(f"{key} is for design {reader}, this is design {study.design}: change one of them", (key,))
    if study.design is Design.FRACTION:
        for key, rules in (("exclude", study.exclude), ("when", study.when)):
            if rules:
                return Fault(
                    f"{key} cannot stand with design fraction, which is balanced only whole: "
                    f"take {key} out, or use design factorial",
                    (key,),
                )
    return None


def _find_unmet(study: StudySpec) -> Fault | None:
    match study.design:
        case Design.FACTORIAL | Design.ONE_FACTOR:
            return None
        case Design.LEAVE_ONE_OUT:
            return next((fault for factor in study.factors if (fault := _find_off_fault(study, factor))), None)
        case Design.FRACTION:
            return _find_fraction_fault(study)
        case Design.LISTED:
            if study.listed:
                return None
            return Fault(f"design listed needs combinations, such as {_example_listed(study)}", ("design",))
        case _:
            assert_never(study.design)


def _find_off_fault(study: StudySpec, factor: Factor) -> Fault | None:
    on = study.baseline[factor.name]
    others = [level.label for level in factor.levels if level.label != on]
    off = off_level(study, factor)
    if others and off is None:
        return Fault(
            f"leave-one-out: {factor.name} has {len(others)} levels beside the baseline's: name the one at which it is "
            f"off, such as off: {{{factor.name}: {written(factor, others[0])}}}",
            ("off",) if study.off else ("factors", factor.name),
        )
    if off == on:
        return Fault(
            f"off: {factor.name} is {on} in the baseline, which is the full model: name another level as off",
            ("off", factor.name),
        )
    return None


def _find_fraction_fault(study: StudySpec) -> Fault | None:
    denominator = study.fraction
    if denominator is None:
        return Fault("design fraction needs fraction, such as fraction: 1/2", ("design",))
    if denominator.bit_count() != 1:
        return Fault(f"fraction: expected 1/2, 1/4, 1/8 and so on, got 1/{denominator}", ("fraction",))
    for factor in study.factors:
        if len(factor.levels) > 2:
            return Fault(
                f"design fraction takes factors of two levels, {factor.name} has {len(factor.levels)}: keep two of "
                f"{both([level.label for level in factor.levels])}, or use another design",
                ("factors", factor.name),
            )
    return _find_size_fault(len(two_level_factors(study)), denominator.bit_length() - 1)


def _find_size_fault(factors: int, halvings: int) -> Fault | None:
    most = largest_halvings(factors)
    if most < 1:
        return Fault(
            f"no fraction of {factors} factors can tell them apart: use design factorial, {2**factors} combinations",
            ("fraction",),
        )
    if halvings > most:
        return Fault(
            f"1/{2**halvings} of the {2**factors:,} combinations of {factors} factors cannot tell the factors apart "
            f"(resolution II): use 1/{2**most}, {2 ** (factors - most)} combinations, or more",
            ("fraction",),
        )
    if not is_searchable(factors, halvings):
        fewest = 2 ** max(halvings, factors - MOST_RUNS_BEYOND.bit_length() + 1)
        known = f"1/2 or 1/{fewest}" if fewest <= 2**most else "1/2"
        return Fault(
            f"fractions of more than {MOST_FACTORS} factors are searched for only in one half or {MOST_RUNS_BEYOND} "
            f"combinations, there are {factors} factors: use {known}, or fewer factors",
            ("fraction",),
        )
    return None


def _example_listed(study: StudySpec) -> str:
    factor = study.factors[0]
    return f"combinations: [{{{factor.name}: {written(factor, factor.levels[-1].label)}}}]"
