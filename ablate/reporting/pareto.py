"""Which combinations are worth their cost: those that no other beats in both objective and multiply-accumulates."""

from __future__ import annotations

from ablate.reporting.findings import Finding, Findings
from ablate.specs import Direction


def pareto_front(findings: Findings) -> tuple[Finding, ...]:
    """The combinations that are not dominated, cheapest first; equals in the order of the plan.

    One is dominated where another has no more MACs and no worse an observed mean, and is ahead in one of the two.
    Combinations without a cost or without a mean take no part. Observed means flatter the best, so the front is one of
    this sample: that a member is ahead of another combination is for their comparison to say.
    """
    sign = 1.0 if findings.study.objective.direction is Direction.MAXIMIZE else -1.0
    candidates = sorted(
        (
            (finding.macs, -sign * finding.mean.value, place, finding)
            for place, finding in enumerate(findings.findings)
            if finding.macs is not None and finding.mean.value is not None
        ),
        key=lambda candidate: candidate[:3],
    )
    front: list[tuple[int, float, Finding]] = []
    for macs, loss, _, finding in candidates:
        if not front or loss < front[-1][1] or (macs, loss) == front[-1][:2]:
            front.append((macs, loss, finding))
    return tuple(finding for _, _, finding in front)
