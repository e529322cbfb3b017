"""What memory did to the batches: where it ran out, and what that changed."""

from __future__ import annotations

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.markdown import code
from ablate.specs import Measures
from ablate.tracking.records import TrialStatus

MOST_NAMED = 6


def shortage_line(findings: Findings) -> str:
    """Which combinations were computed in smaller pieces than planned; empty where all fitted."""
    halved = _halved(findings)
    if not halved:
        return ""
    return (
        f"**Memory ran out**: {_named(halved)}. The effective batch stayed: the gradients of the pieces add up to "
        f"those of the whole. {_consequence(halved)}"
    )


def batch_norm_sentence(findings: Findings) -> str:
    """What a reader has to know before all else, where batch norm saw smaller batches than planned; else empty."""
    halved = [finding for finding in _halved(findings) if _norms(finding)]
    if not halved:
        return ""
    return (
        f"**Smaller batches in batch norm**: memory ran out in {_named(halved)}, so that its statistics are of fewer "
        "images than in the others, and a difference may be one of that."
    )


def _consequence(halved: list[Finding]) -> str:
    """What it changed, by what is known of the models."""
    known = [one.has_batch_norm for finding in halved for one in _halvings(finding)]
    if any(known):
        return (
            "Batch norm took its statistics over the pieces, so that there a difference may be one of batch size; "
            "`training.micro_batch_size`, the same for all, makes them alike."
        )
    if None in known:
        return "Whether any layer takes statistics over a batch, which would change with them, was not recorded."
    return "No layer of these models takes statistics over a batch, so that only speed and last digits differ."


def _halved(findings: Findings) -> list[Finding]:
    return [finding for finding in findings.findings if _halvings(finding)]


def _halvings(finding: Finding) -> list[Measures]:
    """Of the complete trials in which memory ran out."""
    trials = [outcome.trial for outcome in finding.outcomes if outcome.trial.status is TrialStatus.COMPLETE]
    return [trial.measures for trial in trials if trial.measures.was_halved]


def _norms(finding: Finding) -> bool:
    return any(measures.has_batch_norm for measures in _halvings(finding))


def _named(halved: list[Finding]) -> str:
    """`` `a` (64 images at once instead of 256, in 2 of 3 seeds) and 3 more ``."""
    named = [f"{code(finding.combination.label())} ({_sizes(finding)})" for finding in halved[:MOST_NAMED]]
    more = f" and {len(halved) - MOST_NAMED} more" if len(halved) > MOST_NAMED else ""
    return ", ".join(named) + more


def _sizes(finding: Finding) -> str:
    those = _halvings(finding)
    sizes = sorted({measures.micro_batch for measures in those if measures.micro_batch})
    planned = sorted({measures.micro_batch_planned for measures in those if measures.micro_batch_planned})
    pieces = f"{' or '.join(map(str, sizes))} images at once" if sizes else "fewer images at once"
    instead = f" instead of {' or '.join(map(str, planned))}" if planned else ""
    return f"{pieces}{instead}, in {len(those)} of {len(finding.outcomes)} seeds"
