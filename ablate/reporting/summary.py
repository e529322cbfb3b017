"""A study's standing in a few lines for the terminal, and in a few paragraphs for a page that others draw."""

from __future__ import annotations

from ablate.reporting.columns import in_columns
from ablate.reporting.content import Content
from ablate.reporting.findings import Finding, Findings
from ablate.reporting.markdown import code, table_text
from ablate.reporting.numerals import NOTHING, Scale, choose_scale, plural
from ablate.reporting.outlook import fewest_line
from ablate.reporting.sentences import ranked, unfinished
from ablate.reporting.table import Table
from ablate.reporting.tables import seeds_text, verdict_text
from ablate.stats import fewest_seeds

MOST_ROWS = 20
"""A page that others draw has room for so many combinations; all of them are in the report."""


def summarise(findings: Findings) -> list[str]:
    """A header and one aligned line per combination, best mean first, then what is still missing, also of seeds."""
    scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
    table = _standing(findings, scale)
    family, seeds = len(findings.compared), len(findings.study.seeds)
    too_few = fewest_line(family, seeds) if family and seeds < fewest_seeds(family) else ""
    said = [line for line in (unfinished(findings), too_few) if line]
    return [*in_columns(table), *([""] if said else []), *said]


def describe(content: Content, report: str) -> str:
    """The answer and the combinations' means as Markdown, best first, and where the whole `report` is."""
    table = _standing(content.evidence.findings, content.scale)
    more = len(table.rows) - MOST_ROWS
    shown = table_text(Table(table.header, table.alignment, table.rows[:MOST_ROWS]))
    rest = [f"{plural(more, 'more combination')} in the report."] if more > 0 else []
    meaning = "Means over seeds ± half of their 95 % interval; differences are paired by seed, with theirs."
    where = f"The whole report: the files of the run {code('report')}, and {code(report)} in the workspace."
    return "\n\n".join([content.answer, shown, *rest, meaning, where])


def _standing(findings: Findings, scale: Scale) -> Table:
    ordered = ranked(findings) + [finding for finding in findings.findings if finding.mean.value is None]
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

    return Table(header, "l" * len(header), tuple(cells(finding) for finding in ordered))
