"""A study's standing in a few lines for the terminal."""

from __future__ import annotations

from ablate.reporting.columns import in_columns
from ablate.reporting.findings import Finding, Findings
from ablate.reporting.numerals import NOTHING, choose_scale
from ablate.reporting.outlook import fewest_line
from ablate.reporting.sentences import ranked, unfinished
from ablate.reporting.table import Table
from ablate.reporting.tables import seeds_text, verdict_text
from ablate.stats import fewest_seeds


def summarise(findings: Findings) -> list[str]:
    """A header and one aligned line per combination, best mean first, then what is still missing, also of seeds."""
    scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
    having = ranked(findings)
    ordered = having + [finding for finding in findings.findings if finding.mean.value is None]
    header = ("combination", scale.name, "seeds", f"difference ({scale.difference_unit})", "verdict")

    def cells(finding: Finding) -> tuple[str, ...]:
        comparison = finding.comparison
        return (
            finding.combination.label(),
            scale.mean(finding.mean),
            seeds_text(finding.mean.n, len(finding.outcomes)),
            NOTHING if comparison is None else scale.difference(comparison),
            verdict_text(finding),
        )

    table = Table(header, "l" * len(header), tuple(cells(finding) for finding in ordered))
    family, seeds = len(findings.compared), len(findings.study.seeds)
    too_few = fewest_line(family, seeds) if family and seeds < fewest_seeds(family) else ""
    said = [line for line in (unfinished(findings), too_few) if line]
    return [*in_columns(table), *([""] if said else []), *said]
