"""How near every combination came to the cost that all were to have."""

from __future__ import annotations

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.markdown import code
from ablate.reporting.numerals import NOTHING, count_text, plural, value_text
from ablate.reporting.table import Table
from ablate.specs import Cost

MOST_NAMED = 3


def matching_table(findings: Findings) -> Table:
    """One row per combination: the value that was found, what it costs, and whether that is near enough."""
    match = findings.study.match
    setting = match.vary.rpartition(".")[2] if match else ""
    rows = []
    for finding in findings.findings:
        matched = finding.combination.matched
        if matched is None:
            rows.append((finding.combination.label(), *[NOTHING] * 4))
            continue
        off = 100 * (matched.reached / matched.target - 1)
        rows.append(
            (
                finding.combination.label(),
                value_text(matched.value),
                cost_text(matched.cost, matched.reached),
                f"{off:+.1f} %".replace("-", "−") if round(off, 1) else "0 %",
                "yes" if matched.is_met else "not met",
            )
        )
    header = ("combination", setting, match.cost.value if match else "", "off the target", "within the tolerance")
    return Table(header, "lrrrl", tuple(rows))


def unmatched(findings: Findings) -> tuple[Finding, ...]:
    """The combinations for which no value meets the target."""
    return tuple(
        finding
        for finding in findings.findings
        if finding.combination.matched is not None and not finding.combination.matched.is_met
    )


def target_text(findings: Findings) -> str:
    """`93.5 k parameters`, from any combination; nothing where none was matched."""
    for finding in findings.findings:
        matched = finding.combination.matched
        if matched is not None:
            text = cost_text(matched.cost, matched.target)
            return text if matched.cost is Cost.LATENCY else f"{text} {_unit(matched.cost)}"
    return NOTHING


def unmatched_sentence(findings: Findings) -> str:
    """What a reader has to know before the comparison; empty where all have the same cost."""
    those = unmatched(findings)
    if not those or findings.study.match is None:
        return ""
    named = ", ".join(code(finding.combination.label()) for finding in those[:MOST_NAMED])
    more = f" and {len(those) - MOST_NAMED} more" if len(those) > MOST_NAMED else ""
    return (
        f"**Not matched**: {plural(len(those), 'combination')} could not be brought within "
        f"{100 * findings.study.match.tolerance:g} % of {target_text(findings)} ({named}{more}), so a difference may "
        "be one of cost (rows marked §)."
    )


def cost_text(cost: Cost, value: float) -> str:
    """A cost in its unit."""
    return f"{1000 * value:.3g} ms" if cost is Cost.LATENCY else count_text(value)


def _unit(cost: Cost) -> str:
    return "MACs" if cost is Cost.MACS else cost.value
