"""What tuning tried and found for every combination; none of it is a replicate."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from pydantic import JsonValue

from ablate.reporting.evidence import Evidence
from ablate.reporting.findings import Finding
from ablate.reporting.numerals import NOTHING, Scale, value_text
from ablate.reporting.table import Table
from ablate.specs import Direction, Range, Split, StudySpec, Tune
from ablate.tracking.records import TrialRecord, TrialStatus
from ablate.tracking.tuned import tuned_values


@dataclass(frozen=True)
class Tuned:
    """How the tuning of one combination went.

    `values` are the settings that its replicates ran with or, before any has, those of the best try; None where no
    try has a score. `score` is the validation score of the try with these values.
    """

    finding: Finding
    counts: Counter[TrialStatus]
    values: dict[str, JsonValue] | None
    score: float | None


def tuned_combinations(evidence: Evidence, tune: Tune) -> tuple[Tuned, ...]:
    """Every combination in the order of the plan."""
    study = evidence.findings.study
    return tuple(
        _tuned(study, tune, finding, [t for t in evidence.tuning if t.combination == finding.combination.hash])
        for finding in evidence.findings.findings
    )


def tuning_table(study: StudySpec, tune: Tune, tuned: tuple[Tuned, ...], scale: Scale) -> Table:
    """One row per combination: what was found, how good it is, and what became of the tries."""
    settings = [path.rpartition(".")[2] for path in tune.settings]
    header = ("combination", *settings, f"validation {study.objective.metric}", "tries", "pruned", "failed")
    rows = []
    for found in tuned:
        done = sum(found.counts[status] for status in (TrialStatus.COMPLETE, TrialStatus.PRUNED, TrialStatus.FAILED))
        rows.append(
            (
                found.finding.combination.label(),
                *(NOTHING if found.values is None else value_text(found.values[path]) for path in tune.settings),
                NOTHING if found.score is None else f"{scale.number(found.score)} {scale.unit}",
                str(done) if done == tune.trials else f"{done} of {tune.trials}",
                str(found.counts[TrialStatus.PRUNED]),
                str(found.counts[TrialStatus.FAILED]),
            )
        )
    return Table(header, "l" + "r" * (len(header) - 1), tuple(rows))


def settings_text(tune: Tune) -> list[str]:
    """`training.learning_rate from 0.0005 to 0.01, evenly in its logarithm`, one line per setting."""
    lines = []
    for path, domain in tune.settings.items():
        if isinstance(domain, Range):
            even = ", evenly in its logarithm" if domain.log else ""
            lines.append(f"`{path}` from {value_text(domain.low)} to {value_text(domain.high)}{even}")
        else:
            lines.append(f"`{path}`: {', '.join(map(value_text, domain.values))}")
    return lines


def _tuned(study: StudySpec, tune: Tune, finding: Finding, tries: list[TrialRecord]) -> Tuned:
    counts = Counter(trial.status for trial in tries)
    used = next((o.trial.configuration for o in finding.outcomes if o.trial.configuration is not None), None)
    best = _best(study, tries)
    configuration = used or (best.configuration if best else None)
    source = next((trial for trial in [best, *tries] if trial and trial.configuration == configuration), None)
    return Tuned(
        finding,
        counts,
        None if configuration is None else tuned_values(tune, configuration),
        None if source is None else _score(study, source),
    )


def _best(study: StudySpec, tries: list[TrialRecord]) -> TrialRecord | None:
    """The try with the best validation score, the earliest of equals; one that was pruned only where no other is."""
    scored = [trial for trial in tries if _score(study, trial) is not None]
    complete = [trial for trial in scored if trial.status is TrialStatus.COMPLETE]
    sign = 1 if study.objective.direction is Direction.MAXIMIZE else -1
    return max(complete or scored, key=lambda trial: sign * (_score(study, trial) or 0.0), default=None)


def _score(study: StudySpec, trial: TrialRecord) -> float | None:
    score = trial.scores.get(Split.VALIDATION, {}).get(study.objective.metric)
    return score if score is not None and math.isfinite(score) else None
