"""How many seeds a study needs, in lines for the terminal."""

from __future__ import annotations

from ablate.reporting.columns import in_columns
from ablate.reporting.findings import Findings
from ablate.reporting.numerals import choose_scale, plural
from ablate.reporting.tables import seeds_needed_table
from ablate.stats import POWER, fewest_seeds


def look_ahead(findings: Findings) -> list[str]:
    """What the seeds at hand can show, and how many would decide each comparison."""
    family, seeds = len(findings.compared), len(findings.study.seeds)
    if not family:
        return ["The study plans no comparison: it has no baseline, or nothing beside it."]
    lines = [fewest_line(family, seeds)]
    scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
    table = seeds_needed_table(findings, scale, all_rows=True)
    if table is None:
        return [*lines, "No comparison has two seeds yet, so nothing is known of the spread."]
    note = (
        f"detectable: the true difference that these seeds show with a chance of {100 * POWER:.0f} %. "
        "The spread is itself seen on few seeds: take the numbers as an order of magnitude, and decide on a number "
        "of seeds before looking further."
    )
    return [*lines, "", *in_columns(table), "", note]


def fewest_line(comparisons: int, seeds: int) -> str:
    """The fewest seeds with which so many comparisons can be decided at all, and how many there are."""
    fewest = fewest_seeds(comparisons)
    enough = "enough" if seeds >= fewest else "too few, however large the differences are"
    return (
        f"{plural(comparisons, 'comparison')} can be decided with {fewest} seeds or more at the 5 % level after "
        f"Holm's correction; the study plans {seeds}: {enough}."
    )
