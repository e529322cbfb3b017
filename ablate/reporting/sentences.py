"""What a report says in words: built from verdicts and counts only, so it cannot say more than they do."""

from __future__ import annotations

from collections.abc import Iterable

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.markdown import code
from ablate.reporting.numerals import Scale, plural
from ablate.reporting.tables import fewest_text
from ablate.specs import Direction
from ablate.stats import Verdict
from ablate.tracking.records import TrialStatus

MOST_NAMED = 6
"""More combinations than this are counted, not listed."""


def answer(findings: Findings, scale: Scale, warnings: Iterable[str] = ()) -> str:
    """The answer in two or three sentences; what is missing comes first, then what a claim has to be read with."""
    return " ".join(said for said in (unfinished(findings), *warnings, *_claims(findings, scale)) if said)


def unfinished(findings: Findings) -> str:
    """One sentence on what a study still lacks, empty when every planned trial is complete."""
    complete, planned = findings.count(TrialStatus.COMPLETE), findings.plan.trial_count
    if complete == planned:
        return ""
    counted = (
        (findings.count(TrialStatus.FAILED), "failed"),
        (findings.count(TrialStatus.RUNNING), "running"),
        (findings.count(TrialStatus.PLANNED), "not run"),
    )
    rest = ", ".join(f"{count} {word}" for count, word in counted if count)
    pending = planned - complete - findings.count(TrialStatus.FAILED)
    change = " What follows may change when the rest has run." if pending and complete else ""
    return f"The study is unfinished: of {planned} planned trials {complete} are complete ({rest}).{change}"


def highest(findings: Findings, scale: Scale) -> str:
    """Which mean came out best, said as what was observed: picking the best of many flatters it."""
    order = ranked(findings)
    if len(order) < 2:
        return ""
    best = order[0]
    is_best = "highest" if findings.study.objective.direction is Direction.MAXIMIZE else "lowest"
    standing = "the baseline itself" if best.combination.is_baseline else f"against the baseline: {best.verdict}"
    standing = f" ({standing})" if best.combination.is_baseline or best.verdict is not None else ""
    return (
        f"The {is_best} observed mean is {scale.mean(best.mean)}, of {code(best.combination.label())}{standing}; "
        "the best of several observed means flatters its combination."
    )


def ranked(findings: Findings) -> list[Finding]:
    """Combinations that have a mean, best first; equals in the order of the plan."""
    sign = -1.0 if findings.study.objective.direction is Direction.MAXIMIZE else 1.0
    having = [finding for finding in findings.findings if finding.mean.value is not None]
    return sorted(having, key=lambda finding: sign * (finding.mean.value or 0.0))


def _claims(findings: Findings, scale: Scale) -> list[str]:
    baseline, family = findings.baseline, findings.compared
    if not any(finding.mean.n for finding in findings.findings):
        return ["There is no result yet."]
    if baseline is None or not family:
        return ["The study plans no comparison, so nothing is compared."]
    if baseline.mean.n == 0:
        return [f"The baseline {code(baseline.combination.label())} has no result, so nothing can be compared with it."]
    return [_opening(findings, baseline, scale), _decided(findings, scale), _undecided(findings)]


def _opening(findings: Findings, baseline: Finding, scale: Scale) -> str:
    family = findings.compared
    decided = sum(finding.verdict is not Verdict.UNDECIDED for finding in family)
    return (
        f"Of {plural(len(family), 'comparison')} with the baseline ({code(baseline.combination.label())}, "
        f"{scale.mean(baseline.mean)}), {decided or 'none'} {'is' if decided < 2 else 'are'} decided at the 5 % level, "
        "with the chance of any false claim held there by Holm's correction."
    )


def _decided(findings: Findings, scale: Scale) -> str:
    """`Better: ...; worse: ...; equivalent within 0.5 pp: ....`"""
    margin = findings.study.objective.equivalence
    within = "" if margin is None else f" within {scale.magnitude(margin)} {scale.difference_unit}"
    words = {Verdict.BETTER: "better", Verdict.WORSE: "worse", Verdict.EQUIVALENT: f"equivalent{within}"}
    lists = [
        f"{word}: {_list(those, scale)}"
        for verdict, word in words.items()
        if (those := [finding for finding in findings.compared if finding.verdict is verdict])
    ]
    said = "; ".join(lists)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _list(those: list[Finding], scale: Scale) -> str:
    """The combinations with the largest differences first, and how many more there are."""
    order = sorted(those, key=lambda finding: -abs(_difference(finding)))
    shown = [
        f"{code(finding.combination.label())} ({scale.signed(_difference(finding))} {scale.difference_unit})"
        for finding in order[:MOST_NAMED]
    ]
    more = len(order) - len(shown)
    return ", ".join(shown) + (f", and {more} more (see the table)" if more else "")


def _undecided(findings: Findings) -> str:
    family = findings.compared
    absent = sum(_pairs(finding) == 0 for finding in family)
    undecided = sum(finding.verdict is Verdict.UNDECIDED for finding in family) - absent
    parts = []
    if undecided and (why := fewest_text(findings)):
        parts.append(why)
    elif undecided:
        parts.append(
            f"{undecided} {'is' if undecided == 1 else 'are'} undecided: chance alone could have made such a "
            "difference, which does not show that there is none."
        )
    if absent:
        parts.append(f"{absent} could not be made, for want of a common seed.")
    return " ".join(parts)


def _pairs(finding: Finding) -> int:
    return 0 if finding.comparison is None else finding.comparison.n


def _difference(finding: Finding) -> float:
    comparison = finding.comparison
    return 0.0 if comparison is None or comparison.difference is None else comparison.difference
