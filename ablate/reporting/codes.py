"""Which code the trials ran with, and which of them ran with other code than most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from ablate.reporting.findings import Findings
from ablate.reporting.numerals import NOTHING, plural
from ablate.reporting.table import Table
from ablate.specs import Environment
from ablate.tracking.records import TrialStatus

DIGITS = 12
"""As much of a digest as a report shows."""


@dataclass(frozen=True)
class Codes:
    """The code that complete trials ran with, the most used first; a trial whose code is not known is in none.

    Where no digest was recorded, as by early versions, a commit stands for its code.
    """

    of_trial: dict[str, str]
    names: tuple[str, ...]

    @property
    def is_mixed(self) -> bool:
        """Whether the trials are known to have run with different code."""
        return len(self.names) > 1

    @cached_property
    def others(self) -> frozenset[str]:
        """The trials that ran with other code than most."""
        return frozenset(trial for trial, name in self.of_trial.items() if name != self.names[0])


def find_codes(findings: Findings) -> Codes:
    """The codes of all complete trials."""
    environments = {
        trial.name: trial.environment
        for trial in findings.trials(TrialStatus.COMPLETE)
        if trial.environment is not None
    }
    of_commit = {
        found.commit: found.code for found in environments.values() if found.code and found.commit and found.is_clean
    }
    named = {
        trial: name
        for trial, found in environments.items()
        if (name := _name(found, of_commit.get(found.commit or "") if found.is_clean else None)) is not None
    }
    counts = Counter(named.values())
    return Codes(named, tuple(sorted(counts, key=lambda name: (-counts[name], name))))


def codes_table(findings: Findings, codes: Codes) -> Table:
    """One row per combination: the seeds that ran with each code."""
    rows = []
    for finding in findings.findings:
        cells = []
        for name in codes.names:
            seeds = [str(o.trial.seed) for o in finding.outcomes if codes.of_trial.get(o.trial.name) == name]
            cells.append(", ".join(seeds) or NOTHING)
        rows.append((finding.combination.label(), *cells))
    header = ("seeds of", *codes.names)
    return Table(header, "l" * len(header), tuple(rows))


def mixed_code_sentence(codes: Codes) -> str:
    """What a reader has to know before all else; empty where all trials ran with one code."""
    if not codes.is_mixed:
        return ""
    count, total = len(codes.others), plural(len(codes.of_trial), "complete trial")
    return (
        f"**Mixed code**: {count} of {total} ran with other code than the rest, "
        "so a difference may be one of code (rows marked ‡)."
    )


def _name(environment: Environment, of_its_commit: str | None) -> str | None:
    """By the code's digest, recorded or that of the same clean commit in other trials; else by the commit."""
    code = environment.code or of_its_commit
    if code is not None:
        return f"code {code[:DIGITS]}"
    if environment.commit is None:
        return None
    return f"commit {environment.commit[:DIGITS]}" + ("" if environment.is_clean else " with changes")
