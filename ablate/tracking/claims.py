"""What a report claims, as values: the tracking database keeps them, so that what was once said can be found."""

from __future__ import annotations

from enum import StrEnum

from ablate.specs import Direction, Split
from ablate.specs.value import Value


class ClaimKind(StrEnum):
    """What is compared: a combination with the baseline, or the two ends of one switch of a factor."""

    BASELINE = "baseline"
    SWITCH = "switch"


class ClaimedVerdict(StrEnum):
    """The words of `ablate.stats.Verdict`, which the database cannot see from here."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"


class Claim(Value):
    """One comparison as reported, between combinations by their hashes; numbers as in `ablate.stats.Comparison`.

    `factor` is the one that a switch switches, None where the comparison is with the study's baseline.
    """

    kind: ClaimKind
    factor: str | None
    combination: str
    baseline: str
    difference: float | None
    low: float | None
    high: float | None
    sign_flip_p: float | None
    adjusted_p: float | None
    n: int
    seeds: tuple[int, ...]
    """Those that both sides have a value for."""
    verdict: ClaimedVerdict
    margin: float | None


class Claims(Value):
    """All that a report claims, the objective that it goes by, and the trials that it rests on.

    `digest` is the SHA-256 of its `report.json`; `family` is the number of comparisons with the baseline.
    """

    digest: str
    question: str
    metric: str
    split: Split
    direction: Direction
    family: int
    planned: int
    complete: int
    answer: str
    comparisons: tuple[Claim, ...]


class ReportRecord(Value):
    """A report as it was recorded: `written` for the first time, in seconds since 1970, by a version of the program."""

    written: float
    version: str
    claims: Claims
