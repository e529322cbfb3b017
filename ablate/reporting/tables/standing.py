"""What was planned and what became of it: trials, values, failures, images."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import assert_never

from ablate.reporting.findings import Findings, Outcome
from ablate.reporting.marks import Marks
from ablate.reporting.numerals import NOTHING, Scale
from ablate.reporting.table import Table
from ablate.reporting.tables.comparison import MEAN_ANCHOR
from ablate.specs import Split
from ablate.tracking.records import TrialStatus
from ablate.workspace import Workspace


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


MOST_SEEDS = 24
"""More columns than this are no longer read; all values are in the CSV."""


def seeds_table(findings: Findings, scale: Scale, marks: Marks) -> Table:
    """One row per combination, one column per seed: the value, or why there is none; of many seeds what they span."""
    if len(findings.study.seeds) > MOST_SEEDS:
        return _span_table(findings, scale)
    header = ("combination", "hash", *(f"seed {seed}" for seed in findings.study.seeds))
    rows = tuple(
        (
            finding.combination.label(),
            finding.combination.hash,
            *(_seed_cell(cell, scale) + marks.of_trial(cell) for cell in finding.outcomes),
        )
        for finding in findings.findings
    )
    return Table(header, "ll" + "r" * len(findings.study.seeds), rows, anchors=_anchors(findings))


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


def splits_table(findings: Findings) -> Table:
    """The images of every split; one row for every different set of them."""
    found = Counter(
        (split, record.images, record.images_per_class, record.fingerprint, record.content or "")
        for outcome in findings.outcomes
        for split, record in outcome.trial.splits.items()
    )
    order = list(Split)
    rows = tuple(
        (split.value, str(images), _classes(per_class), fingerprint, content, str(trials))
        for (split, images, per_class, fingerprint, content), trials in sorted(
            found.items(), key=lambda item: (order.index(item[0][0]), *item[0][1:])
        )
    )
    header = ("split", "images", "images per class", "fingerprint of the indices", "of the data set", "trials")
    if any(content for *_, content, _ in rows):
        return Table(header, "lrrllr", rows)
    return Table((*header[:4], header[-1]), "lrrlr", tuple((*row[:4], row[-1]) for row in rows))


def _span_table(findings: Findings, scale: Scale) -> Table:
    rows = []
    for finding in findings.findings:
        values = [outcome.value for outcome in finding.outcomes if outcome.value is not None]
        missing = [str(outcome.trial.seed) for outcome in finding.outcomes if outcome.value is None]
        more = ", …" if len(missing) > MOST_SEEDS else ""
        rows.append(
            (
                finding.combination.label(),
                finding.combination.hash,
                str(len(values)),
                scale.number(min(values, default=None)),
                scale.number(max(values, default=None)),
                ", ".join(missing[:MOST_SEEDS]) + more or NOTHING,
            )
        )
    header = ("combination", "hash", "values", "lowest", "highest", "seeds without a value")
    return Table(header, "llrrrl", tuple(rows), anchors=_anchors(findings))


def _anchors(findings: Findings) -> dict[int, str]:
    return {place: MEAN_ANCHOR + finding.combination.hash for place, finding in enumerate(findings.findings)}


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


def _classes(per_class: tuple[int, ...]) -> str:
    fewest, most = min(per_class, default=0), max(per_class, default=0)
    return str(fewest) if fewest == most else f"{fewest} to {most}"
