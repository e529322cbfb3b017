"""What a report says in words: built from verdicts and counts only, so it cannot say more than they do."""

from __future__ import annotations

from collections.abc import Iterable

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.markdown import code
from ablate.reporting.numerals import Scale, plural
from ablate.specs import Direction
from ablate.stats import FEWEST_PAIRS, Verdict
from ablate.tracking.records import TrialStatus

MOST_NAMED = 6
"""More combinations than this are counted, not listed."""


def in_short(findings: Findings, scale: Scale, warnings: Iterable[str] = ()) -> str:
    """The answer in a few sentences; what is missing comes first, then what a claim has to be read with."""
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


def _claims(findings: Findings, scale: Scale) -> list[str]:
    baseline, family = findings.baseline, findings.compared
    if not any(finding.mean.n for finding in findings.findings):
        return ["There is no result yet."]
    if baseline is None or not family:
        return ["The study plans no comparison, so nothing is compared."]
    if baseline.mean.n == 0:
        return [f"The baseline {code(baseline.combination.label())} has no result, so nothing can be compared with it."]
    pairs = max(_pairs(finding) for finding in family)
    if pairs < FEWEST_PAIRS:
        return [
            f"Too few seeds ran to tell a difference from chance: {plural(pairs, 'seed')} at most "
            f"{'is' if pairs == 1 else 'are'} shared with the baseline, and a verdict takes {FEWEST_PAIRS} or more. "
            "The differences below describe these trials and support no claim."
        ]
    return [*_verdicts(baseline, family, scale), _undecided(family), _highest(findings, scale)]


def _verdicts(baseline: Finding, family: tuple[Finding, ...], scale: Scale) -> list[str]:
    named = {
        verdict: [finding for finding in family if finding.verdict is verdict]
        for verdict in (Verdict.BETTER, Verdict.WORSE)
    }
    decided = sum(len(those) for those in named.values())
    of_all = f"{plural(len(family), 'comparison')} with the baseline ({code(baseline.combination.label())}"
    opening = (
        f"Of {of_all}, {scale.mean(baseline.mean)}), {decided or 'none'} {'differ' if decided > 1 else 'differs'} "
        "beyond chance at the 5 % level after Holm's correction."
    )
    lists = [f"{verdict.value.capitalize()}: {_list(those, scale)}." for verdict, those in named.items() if those]
    return [opening, *lists]


def _list(those: list[Finding], scale: Scale) -> str:
    """The combinations with the largest differences first, and how many more there are."""
    ranked = sorted(those, key=lambda finding: -abs(_difference(finding)))
    shown = [
        f"{code(finding.combination.label())} ({scale.signed(_difference(finding))} {scale.difference_unit})"
        for finding in ranked[:MOST_NAMED]
    ]
    more = len(ranked) - len(shown)
    return ", ".join(shown) + (f", and {more} more (see the table)" if more else "")


def _undecided(family: tuple[Finding, ...]) -> str:
    absent = sum(_pairs(finding) == 0 for finding in family)
    undecided = sum(finding.verdict is Verdict.UNDECIDED for finding in family) - absent
    parts = []
    if undecided:
        parts.append(
            f"{undecided} {'is' if undecided == 1 else 'are'} undecided: chance alone could have made such a "
            "difference, which does not show that there is none."
        )
    if absent:
        parts.append(f"{absent} could not be made, for want of a common seed.")
    return " ".join(parts)


def _highest(findings: Findings, scale: Scale) -> str:
    """Which mean came out best, said as what was observed: picking the best of many flatters it."""
    best = ranked(findings)[0]
    is_best = "highest" if findings.study.objective.direction is Direction.MAXIMIZE else "lowest"
    standing = "the baseline itself" if best.combination.is_baseline else f"against the baseline: {best.verdict}"
    return (
        f"The {is_best} observed mean is {scale.mean(best.mean)}, of {code(best.combination.label())} ({standing}); "
        "the best of several observed means flatters its combination."
    )


def ranked(findings: Findings) -> list[Finding]:
    """Combinations that have a mean, best first; equals in the order of the plan."""
    sign = -1.0 if findings.study.objective.direction is Direction.MAXIMIZE else 1.0
    having = [finding for finding in findings.findings if finding.mean.value is not None]
    return sorted(having, key=lambda finding: sign * (finding.mean.value or 0.0))


def _pairs(finding: Finding) -> int:
    return 0 if finding.comparison is None else finding.comparison.n


def _difference(finding: Finding) -> float:
    comparison = finding.comparison
    return 0.0 if comparison is None or comparison.difference is None else comparison.difference
