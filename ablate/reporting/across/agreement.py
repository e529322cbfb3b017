"""Whether studies say the same of a combination: by their verdicts alone, without any test between them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ablate.reporting.across.alignment import Alignment, Row
from ablate.stats import Verdict

FEWEST_RANKED = 4
"""Fewer combinations than this are not said to be in the same order, or in another."""

ROUNDING = 12
"""Decimals beyond which two means are the same number, so that the order of a sum breaks no tie."""


class Agreement(StrEnum):
    """What the verdicts of several studies on one combination come to.

    `agree`: all the same. `contradict`: better in one, worse in another. `open`: no contradiction, and at least one
    is undecided. `differ`: all decided, neither the same nor contrary.
    """

    AGREE = "agree"
    CONTRADICT = "contradict"
    DIFFER = "differ"
    OPEN = "open"


@dataclass(frozen=True)
class RankAgreement:
    """Kendall's tau-b of the means that two studies, by their places, found of the combinations that both have.

    From -1 (the reverse order) to 1 (the same order). None where all means of a study are equal.
    """

    first: int
    second: int
    tau: float | None
    combinations: int


def judge(alignment: Alignment, row: Row) -> Agreement | None:
    """What the verdicts on a combination come to, of the studies that compare it.

    None where fewer than two do, or where they compare it with different baselines: their verdicts then answer
    different questions, and better than one can be true beside worse than the other.
    """
    verdicts = verdicts_on(row)
    baselines = [alignment.baseline(place) for place in verdicts]
    if len(verdicts) < 2 or any(baseline is not baselines[0] for baseline in baselines):
        return None
    found = set(verdicts.values())
    if {Verdict.BETTER, Verdict.WORSE} <= found:
        return Agreement.CONTRADICT
    if Verdict.UNDECIDED in found:
        return Agreement.OPEN
    return Agreement.AGREE if len(found) == 1 else Agreement.DIFFER


def verdicts_on(row: Row) -> dict[int, Verdict]:
    """The verdicts on a combination by the place of their study; the baseline has none."""
    return {place: finding.verdict for place, finding in row.present.items() if finding.verdict is not None}


def rank_agreements(alignment: Alignment) -> tuple[RankAgreement, ...]:
    """For every two studies that have means of enough combinations in common, how far their orders agree."""
    return tuple(_rank_agreements(alignment))


def _rank_agreements(alignment: Alignment) -> Iterator[RankAgreement]:
    from scipy.stats import kendalltau

    for first, second in itertools.combinations(range(len(alignment.studies)), 2):
        pairs = [
            (one.mean.value, other.mean.value)
            for row in alignment.shared
            if (one := row.findings[first]) is not None and (other := row.findings[second]) is not None
            if one.mean.value is not None and other.mean.value is not None
        ]
        if len(pairs) >= FEWEST_RANKED:
            means = np.round(np.array(pairs, dtype=np.float64), ROUNDING)
            tau = float(kendalltau(means[:, 0], means[:, 1], variant="b").statistic)
            yield RankAgreement(first, second, tau if np.isfinite(tau) else None, len(pairs))
