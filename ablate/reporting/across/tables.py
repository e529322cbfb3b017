"""Shared combinations as a table: for each a line per study that has it."""

from __future__ import annotations

from ablate.reporting.across.agreement import judge
from ablate.reporting.across.alignment import Alignment, Row
from ablate.reporting.across.wording import SAME
from ablate.reporting.findings import Finding
from ablate.reporting.numerals import NOTHING, Scale
from ablate.reporting.table import Table
from ablate.reporting.tables import seeds_text, verdict_text


def shared_table(alignment: Alignment, scale: Scale) -> Table:
    """Mean, difference to the study's own baseline and verdict of each study, and what the verdicts come to.

    A combination is named once, and after a sign that it is the same where another study has another name for it.
    """
    header = (
        "combination",
        "study",
        scale.name,
        "seeds",
        f"difference ({scale.difference_unit})",
        "verdict",
        "agreement",
    )
    rows = tuple(line for row in alignment.shared for line in _lines(alignment, row, scale))
    return Table(header, "llrrrll", rows)


def _lines(alignment: Alignment, row: Row, scale: Scale) -> list[tuple[str, ...]]:
    agreement = judge(alignment, row)
    said, named = NOTHING if agreement is None else agreement.value, ""
    lines: list[tuple[str, ...]] = []
    for place, finding in row.present.items():
        label = finding.combination.label()
        name = "" if label == named else f"{SAME} {label}" if lines else label
        lines.append((name, alignment.names[place], *_numbers(finding, scale), "" if lines else said))
        named = label
    return lines


def _numbers(finding: Finding, scale: Scale) -> tuple[str, ...]:
    comparison = finding.comparison
    return (
        scale.mean(finding.mean),
        seeds_text(finding.mean.n, len(finding.outcomes)),
        NOTHING if comparison is None else scale.difference(comparison),
        verdict_text(finding),
    )
