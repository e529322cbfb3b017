"""The comparison in the manner of papers: levels, costs, the objective, the difference to the baseline, the verdict."""

from __future__ import annotations

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.marks import Marks
from ablate.reporting.numerals import NOTHING, Scale, bytes_text, count_text, p_text
from ablate.reporting.table import Table

MEAN_ANCHOR = "trials-of-"


def comparison_table(findings: Findings, scale: Scale, marks: Marks) -> Table:
    """One row per combination in the order of the plan; columns of which nothing is known are left out."""
    names = tuple(findings.study.short_names().values())
    header = (
        *names,
        "parameters",
        "MACs",
        "images/s",
        "memory",
        scale.name,
        "seeds",
        f"difference ({scale.difference_unit})",
        "adjusted p",
        "verdict",
    )
    rows = tuple(_row(findings, finding, scale, marks) for finding in findings.findings)
    mean = len(names) + 4
    links = {
        (place, mean): MEAN_ANCHOR + finding.combination.hash
        for place, finding in enumerate(findings.findings)
        if finding.mean.n
    }
    return Table(header, "l" * len(names) + "rrrrrrrrl", rows, links).without_empty(NOTHING)


def verdict_text(finding: Finding) -> str:
    """The verdict in a word, `baseline` for the baseline itself."""
    if finding.combination.is_baseline:
        return "baseline"
    if finding.comparison is None or finding.verdict is None:
        return NOTHING
    return "no data" if finding.comparison.n == 0 else finding.verdict.value


def seeds_text(present: int, planned: int) -> str:
    """`5`, or `3 of 5` where some are missing."""
    return str(present) if present == planned else f"{present} of {planned}"


def _row(findings: Findings, finding: Finding, scale: Scale, marks: Marks) -> tuple[str, ...]:
    comparison, speed = finding.comparison, finding.images_per_second
    return (
        *(finding.combination.choice.get(factor.name, NOTHING) for factor in findings.study.factors),
        count_text(finding.parameters) + marks.of_parameters(finding),
        count_text(finding.macs) + marks.of_macs(finding),
        count_text(speed) + marks.of_speed(finding),
        bytes_text(finding.peak_memory_bytes),
        scale.mean(finding.mean) + marks.of_mean(finding),
        seeds_text(finding.mean.n, len(finding.outcomes)),
        NOTHING if comparison is None else scale.difference(comparison),
        NOTHING if comparison is None else p_text(comparison.adjusted_p),
        verdict_text(finding),
    )
