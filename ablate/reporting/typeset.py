"""The tables that papers show, as LaTeX."""

from __future__ import annotations

from ablate.reporting.findings import Findings
from ablate.reporting.forms.latex import latex
from ablate.reporting.marks import Marks
from ablate.reporting.numerals import Scale
from ablate.reporting.table import Table
from ablate.reporting.tables import comparison_table, effects_table, pairs_table, switches_table, variance_table

NAMES = ("comparison", "switches", "effects", "interactions", "variance")


def typeset_tables(findings: Findings, scale: Scale, marks: Marks) -> dict[str, str]:
    """By name: every table that has rows, with a caption that says how to read it."""
    name, unit = findings.study.name, scale.difference_unit
    paired = f"with 95 % intervals over {len(findings.study.seeds)} seeds, paired by seed"
    found: dict[str, tuple[Table | None, str]] = {
        "comparison": (
            comparison_table(findings, scale, marks),
            f"{scale.name.capitalize()} of every combination, and differences to the baseline in {unit} {paired}; "
            "verdicts by sign-flip tests at 5 % after Holm's correction.",
        ),
        "switches": (switches_table(findings, scale), f"What single switches do, in {unit}, {paired}."),
        "effects": (effects_table(findings, scale), f"Main effects in {unit}, {paired}."),
        "interactions": (pairs_table(findings, scale), f"Two-way interactions in {unit}, {paired}."),
        "variance": (variance_table(findings), "Analysis of variance, type II, with the seed as block."),
    }
    return {
        key: latex(table, caption, f"tab:{name}-{key}", is_grouped=key == "comparison")
        for key, (table, caption) in found.items()
        if table is not None and table.rows
    }
