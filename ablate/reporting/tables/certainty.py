"""How firmly the order stands, and how many seeds would decide what is undecided."""

from __future__ import annotations

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.numerals import NOTHING, Scale, percent_text, plural
from ablate.reporting.table import Table
from ablate.stats import Verdict, detectable_difference, fewest_seeds, seeds_to_decide
from ablate.stats.power import MOST

MOST_RANKED = 12
"""As many places as a page shows; all are in the CSV."""


def ranks_table(findings: Findings, scale: Scale, most: int | None = MOST_RANKED) -> Table | None:
    """The combinations by their observed mean, with the places that resamples of the seeds give them."""
    ranked = sorted(
        ((rank, finding) for rank, finding in zip(findings.ranks, findings.findings, strict=True) if rank is not None),
        key=lambda pair: pair[0].place,
    )
    if len(ranked) < 2:
        return None
    rows = tuple(
        (
            str(rank.place),
            finding.combination.label(),
            scale.mean(finding.mean),
            str(rank.low) if rank.low == rank.high else f"{rank.low} to {rank.high}",
            percent_text(rank.first_share),
        )
        for rank, finding in ranked[:most]
    )
    return Table(("place", "combination", scale.name, "95 % of resamples", "first in"), "rlrrr", rows)


def seeds_needed_table(findings: Findings, scale: Scale, *, all_rows: bool = False) -> Table | None:
    """What it would take to decide each comparison that is undecided (or `all_rows`), by its observed spread.

    None where there is nothing to say.
    """
    family = len(findings.compared)
    asked = [finding for finding in findings.compared if all_rows or finding.verdict is Verdict.UNDECIDED]
    asked = [finding for finding in asked if finding.comparison is not None and finding.comparison.deviation]
    if not asked:
        return None
    margin = findings.study.objective.equivalence
    unit = scale.difference_unit
    header = (
        "combination",
        f"difference ({unit})",
        f"standard deviation ({unit})",
        "seeds",
        f"detectable ({unit})",
        "seeds to decide, if the difference is as observed",
        *(() if margin is None else (f"if it is {scale.magnitude(margin)} {unit}",)),
    )
    rows = tuple(_needed_row(finding, scale, family, margin) for finding in asked)
    return Table(header, "l" + "r" * (len(header) - 1), rows)


def fewest_text(findings: Findings) -> str:
    """Why nothing can be decided with the seeds that the study plans; empty where something can."""
    family, seeds = len(findings.compared), len(findings.study.seeds)
    if not family:
        return ""
    fewest = fewest_seeds(family)
    if seeds >= fewest:
        return ""
    return (
        f"**Too few seeds**: with {plural(seeds, 'seed')} a sign-flip test has p ≥ {2.0 ** (1 - seeds):.2g}, so that "
        f"{'the comparison' if family == 1 else f'no comparison of a family of {family}'} can be decided at the 5 % "
        f"level, however large the difference; it takes {fewest} seeds or more. The intervals hold all the same."
    )


def _needed_row(finding: Finding, scale: Scale, family: int, margin: float | None) -> tuple[str, ...]:
    comparison = finding.comparison
    if comparison is None or comparison.deviation is None or comparison.difference is None:
        return (finding.combination.label(), *[NOTHING] * (5 if margin is None else 6))
    deviation = comparison.deviation
    detectable = detectable_difference(deviation, comparison.n, family)
    needed = [seeds_to_decide(comparison.difference, deviation, family)]
    needed += [] if margin is None else [seeds_to_decide(margin, deviation, family)]
    return (
        finding.combination.label(),
        scale.signed(comparison.difference),
        scale.magnitude(deviation),
        str(comparison.n),
        NOTHING if detectable is None else scale.magnitude(detectable),
        *(f"more than {MOST:,}" if seeds is None else str(seeds) for seeds in needed),
    )
