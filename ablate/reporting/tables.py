"""The tables of a report as plain cells; how they are written down is not decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from ablate.reporting.findings import FactorEffect, Finding, Findings, Outcome
from ablate.reporting.numerals import NOTHING, Scale, count_text, p_text, plural, seconds_text
from ablate.specs import Cost, Split
from ablate.stats import LevelEffect
from ablate.tracking.records import TrialStatus
from ablate.workspace import Workspace

DAGGER, DOUBLE_DAGGER, SECTION = " †", " ‡", " §"
"""Marks: a cost unlike the baseline's, code unlike that of most trials, a cost that could not be matched."""


@dataclass(frozen=True)
class Table:
    """A header, rows of as many cells, and for every column `l` or `r`: the side that it is aligned to."""

    header: tuple[str, ...]
    alignment: str
    rows: tuple[tuple[str, ...], ...]


def comparison_table(findings: Findings, scale: Scale, other_code: frozenset[str] = frozenset()) -> Table:
    """One row per combination: levels, costs, the objective over seeds, and the comparison with the baseline.

    `other_code` names the trials that ran with other code than most.
    """
    names = findings.study.short_names()
    header = (
        *names.values(),
        "parameters",
        "MACs",
        "training time",
        scale.name,
        "seeds",
        f"difference ({scale.difference_unit})",
        "adjusted p",
        "verdict",
    )
    rows = tuple(_comparison_row(findings, finding, scale, other_code) for finding in findings.findings)
    return Table(header, "l" * len(names) + "rrrrrrrl", rows)


def effects_table(
    effects: tuple[FactorEffect, ...], names: dict[str, str], scale: Scale, aliases: Mapping[str, str] | None = None
) -> Table:
    """One row per level of every factor: its marginal mean and its difference to the baseline's level.

    `aliases` says by a factor's short name what its effect cannot be told from, where the design is a fraction.
    """
    header = ("factor", "level", scale.name, "seeds", f"difference ({scale.difference_unit})", "over")
    rows: list[tuple[str, ...]] = []
    for factor in effects:
        found = {level.level: level for level in factor.effect.levels}
        for number, label in enumerate(factor.labels):
            row = _effect_row(factor, names[factor.name], label, found.get(number), scale, number)
            rows.append(row if aliases is None else (*row, aliases[names[factor.name]] or "nothing of second order"))
    if aliases is not None:
        return Table((*header, "aliased with"), "llrrrll", tuple(rows))
    return Table(header, "llrrrl", tuple(rows))


def seeds_table(findings: Findings, scale: Scale, other_code: frozenset[str] = frozenset()) -> Table:
    """One row per combination, one column per seed: the value, or why there is none."""
    header = ("combination", "hash", *(f"seed {seed}" for seed in findings.study.seeds))
    rows = tuple(
        (
            finding.combination.label(),
            finding.combination.hash,
            *(
                _seed_cell(cell, scale) + (DOUBLE_DAGGER if cell.trial.name in other_code else "")
                for cell in finding.outcomes
            ),
        )
        for finding in findings.findings
    )
    return Table(header, "ll" + "r" * len(findings.study.seeds), rows)


def failures_table(findings: Findings) -> Table:
    """Every failed trial, its reason, and where its log lies in the workspace."""
    labels = {finding.combination.hash: finding.combination.label() for finding in findings.findings}
    workspace = Workspace(Path())
    rows = []
    for trial in findings.trials(TrialStatus.FAILED):
        failure = trial.failure
        reason = "not recorded" if failure is None else f"{failure.kind}: {failure.message}"
        log = workspace.attempt_directory(findings.study.name, trial.name, trial.attempts) / "log.txt"
        rows.append((labels[trial.combination], str(trial.seed), reason, log.as_posix()))
    return Table(("combination", "seed", "reason", "log"), "lrll", tuple(rows))


def standing_table(findings: Findings) -> Table:
    """How many trials were planned, and where they stand."""
    not_finite = sum(
        outcome.value is None and outcome.trial.status is TrialStatus.COMPLETE for outcome in findings.outcomes
    )
    rows = [
        ("planned", findings.plan.trial_count),
        ("complete", findings.count(TrialStatus.COMPLETE)),
        ("failed", findings.count(TrialStatus.FAILED)),
        ("running", findings.count(TrialStatus.RUNNING)),
        ("not run", findings.count(TrialStatus.PLANNED)),
    ]
    if not_finite:
        rows.insert(2, ("complete, but without a finite objective", not_finite))
    return Table(("trials", "number"), "lr", tuple((name, str(number)) for name, number in rows))


def splits_table(findings: Findings) -> Table:
    """The images of every split; one row for every different set of them."""
    found = Counter(
        (split, record.images, record.images_per_class, record.fingerprint)
        for outcome in findings.outcomes
        for split, record in outcome.trial.splits.items()
    )
    order = list(Split)
    rows = tuple(
        (split.value, str(images), _classes(per_class), fingerprint, str(trials))
        for (split, images, per_class, fingerprint), trials in sorted(
            found.items(), key=lambda item: (order.index(item[0][0]), *item[0][1:])
        )
    )
    return Table(("split", "images", "images per class", "fingerprint of the indices", "trials"), "lrrlr", rows)


def _comparison_row(findings: Findings, finding: Finding, scale: Scale, other_code: frozenset[str]) -> tuple[str, ...]:
    costs, comparison, matched = finding.costs, finding.comparison, finding.combination.matched
    unmet = matched.cost if matched is not None and not matched.is_met else None
    is_mixed = any(outcome.trial.name in other_code for outcome in finding.outcomes)
    parameters, macs = (None, None) if costs is None else (costs.parameters, costs.macs)
    return (
        *(finding.combination.choice.get(factor.name, NOTHING) for factor in findings.study.factors),
        count_text(parameters)
        + (DAGGER if findings.confound(finding, "parameters") else "")
        + (SECTION if unmet is Cost.PARAMETERS else ""),
        count_text(macs)
        + (DAGGER if findings.confound(finding, "macs") else "")
        + (SECTION if unmet is Cost.MACS else ""),
        seconds_text(finding.training_seconds) + (SECTION if unmet is Cost.LATENCY else ""),
        scale.mean(finding.mean) + (DOUBLE_DAGGER if is_mixed else ""),
        seeds_text(finding.mean.n, len(finding.outcomes)),
        NOTHING if comparison is None else scale.difference(comparison),
        NOTHING if comparison is None else p_text(comparison.adjusted_p),
        verdict_text(finding),
    )


def verdict_text(finding: Finding) -> str:
    """The verdict in a word, `baseline` for the baseline itself."""
    if finding.combination.is_baseline:
        return "baseline"
    if finding.comparison is None or finding.verdict is None:
        return NOTHING
    return "no data" if finding.comparison.n == 0 else finding.verdict.value


def _effect_row(
    factor: FactorEffect, name: str, label: str, found: LevelEffect | None, scale: Scale, number: int
) -> tuple[str, ...]:
    slices = f"{factor.effect.slices_used} of {plural(factor.effect.slices, 'choice')}"
    if found is None:
        return (name, label, NOTHING, "0", "no data", slices)
    if found.difference is not None:
        difference = scale.difference(found.difference)
    else:
        difference = "reference" if number == factor.reference else NOTHING
    seeds = seeds_text(found.mean.n, found.mean.n + len(found.mean.missing))
    return (name, label, scale.mean(found.mean), seeds, difference, slices)


def _seed_cell(outcome: Outcome, scale: Scale) -> str:
    match outcome.trial.status:
        case TrialStatus.COMPLETE:
            return "not finite" if outcome.value is None else scale.number(outcome.value)
        case TrialStatus.FAILED | TrialStatus.RUNNING | TrialStatus.PRUNED:
            return outcome.trial.status.value
        case TrialStatus.PLANNED:
            return "not run"
        case _:
            assert_never(outcome.trial.status)


def seeds_text(present: int, planned: int) -> str:
    """`5`, or `3 of 5` where some are missing."""
    return str(present) if present == planned else f"{present} of {planned}"


def _classes(per_class: tuple[int, ...]) -> str:
    fewest, most = min(per_class, default=0), max(per_class, default=0)
    return str(fewest) if fewest == most else f"{fewest} to {most}"
