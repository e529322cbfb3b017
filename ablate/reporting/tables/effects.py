"""What factors and switches do: single switches, averages, their interplay, and shares of the variance."""

from __future__ import annotations

from collections.abc import Mapping

from ablate.reporting.findings import FactorEffect, Findings, Switch
from ablate.reporting.numerals import NOTHING, Scale, p_text, percent_text, plural, ratio_text
from ablate.reporting.table import Table
from ablate.reporting.tables.comparison import seeds_text
from ablate.stats import LevelEffect, Verdict


def effects_table(findings: Findings, scale: Scale, aliases: Mapping[str, str] | None = None) -> Table:
    """One row per level of every factor: its marginal mean and its difference to the baseline's level.

    `aliases` says by a factor's short name what its effect cannot be told from, where the design is a fraction.
    """
    names = findings.study.short_names()
    header = ("factor", "level", scale.name, "seeds", f"difference ({scale.difference_unit})", "adjusted p", "over")
    rows: list[tuple[str, ...]] = []
    for factor in findings.effects:
        found = {level.level: level for level in factor.effect.levels}
        for number, label in enumerate(factor.labels):
            row = _effect_row(findings, factor, label, found.get(number), scale, number)
            alias = () if aliases is None else (aliases[names[factor.name]] or "nothing of second order",)
            rows.append((names[factor.name], *row, *alias))
    more = () if aliases is None else ("aliased with",)
    return Table((*header, *more), "llrrrrl" + "l" * len(more), tuple(rows)).grouped(1)


def pairs_table(findings: Findings, scale: Scale) -> Table:
    """One row per pair of levels of two factors: by how much the effect of one depends on the other."""
    names = findings.study.short_names()
    header = ("effect of", "beside", "instead of", f"is larger by ({scale.difference_unit})", "adjusted p", "over")
    rows = tuple(
        (
            f"{names[pair.factors[0]]} {pair.labels[0]} (not {pair.references[0]})",
            f"{names[pair.factors[1]]} {pair.labels[1]}",
            pair.references[1],
            scale.difference(pair.interaction.contrast),
            p_text(pair.adjusted_p),
            plural(pair.interaction.slices_used, "choice"),
        )
        for pair in findings.pairs
    )
    return Table(header, "lllrrl", rows)


def variance_table(findings: Findings) -> Table | None:
    """The analysis of variance, sums of squares as shares of what combinations and residual make together."""
    anova = findings.anova
    if anova is None:
        return None
    names, factors = findings.study.short_names(), findings.study.factors
    total = sum(source.sum_of_squares for source in anova.sources) + anova.residual
    rows = []
    for source in anova.sources:
        named = " × ".join(names[factors[place].name] for place in source.factors) or "interactions of three or more"
        if not source.freedom:
            rows.append((named, "0", NOTHING, NOTHING, NOTHING, "cannot be told from others"))
            continue
        rows.append(
            (
                named,
                str(source.freedom),
                percent_text(source.sum_of_squares / total),
                ratio_text(source.f),
                p_text(source.p_value),
                ratio_text(source.partial_eta_squared),
            )
        )
    rest = percent_text(anova.residual / total)
    rows.append(("residual: combination × seed", str(anova.residual_freedom), rest, NOTHING, NOTHING, NOTHING))
    header = ("source", "degrees of freedom", "sum of squares", "F", "p", "partial η²")
    return Table(header, "lrrrrr", tuple(rows))


MOST_SWITCHES = 60
"""Of more than this, a page shows the decided ones alone; all are in the CSV."""


def switches_table(findings: Findings, scale: Scale, most: int | None = None) -> Table:
    """One row per single switch: the factor, everything else, the two levels, and the paired effect.

    With more than `most` switches only the first `most` that are decided.
    """
    names, switches = findings.study.short_names(), findings.switches
    if most is not None and len(switches) > most:
        switches = tuple(switch for switch in switches if switch.verdict is not Verdict.UNDECIDED)[:most]
    header = ("switch", "from", "to", "beside", "seeds", f"effect ({scale.difference_unit})", "adjusted p", "verdict")
    rows = tuple(
        (
            names[switch.factor],
            switch.start.combination.choice[switch.factor],
            switch.end.combination.choice[switch.factor],
            beside(switch),
            str(switch.comparison.n),
            scale.difference(switch.comparison),
            p_text(switch.comparison.adjusted_p),
            switch.verdict.value if switch.comparison.n else "no data",
        )
        for switch in switches
    )
    return Table(header, "llllrrrl", rows).grouped(1)


def beside(switch: Switch) -> str:
    """The levels that both ends of a switch share."""
    return " · ".join(label for name, label in switch.start.combination.choice.items() if name != switch.factor) or "–"


def _effect_row(
    findings: Findings, factor: FactorEffect, label: str, found: LevelEffect | None, scale: Scale, number: int
) -> tuple[str, ...]:
    slices = f"{factor.effect.slices_used} of {plural(factor.effect.slices, 'choice')}"
    if found is None:
        return (label, NOTHING, "0", "no data", NOTHING, slices)
    if found.difference is not None:
        difference = scale.difference(found.difference)
    else:
        difference = "reference" if number == factor.reference else NOTHING
    seeds = seeds_text(found.mean.n, len(findings.study.seeds))
    return (label, scale.mean(found.mean), seeds, difference, p_text(factor.adjusted_p.get(number)), slices)
