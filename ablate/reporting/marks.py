"""The marks in a table that tell a reader what a number has to be read with, where it stands."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from ablate.reporting.codes import Codes
from ablate.reporting.findings import Finding, Findings, Outcome
from ablate.specs import Cost, Environment, Override, meets
from ablate.tracking.records import TrialStatus

DAGGER, DOUBLE_DAGGER, SECTION, PARALLEL, PILCROW = " †", " ‡", " §", " ‖", " ¶"
"""A cost unlike the baseline's; code unlike most trials'; a cost that could not be matched; a machine unlike most
trials'; settings beyond the factors that differ from the baseline's."""


@dataclass(frozen=True)
class Marks:
    """Which combinations carry which mark; a mark that nothing carries needs no explanation."""

    findings: Findings
    codes: Codes
    other_machines: frozenset[str]
    """Trials that ran on other hardware, or with other threads, than most."""
    set_otherwise: dict[str, tuple[str, ...]]
    """By combination: the settings that an override gave it and not the baseline, or the other way round."""

    @property
    def is_confounded(self) -> bool:
        """Whether any cost carries a dagger."""
        return any(self.of_parameters(f) + self.of_macs(f) for f in self.findings.findings)

    def of_parameters(self, finding: Finding) -> str:
        """Marks of its number of parameters."""
        return self._cost(finding, Cost.PARAMETERS, is_other=self.findings.confound(finding, "parameters"))

    def of_macs(self, finding: Finding) -> str:
        """Marks of its multiply-accumulates."""
        return self._cost(finding, Cost.MACS, is_other=self.findings.confound(finding, "macs"))

    def of_speed(self, finding: Finding) -> str:
        """Marks of its images per second; none where no speed is known."""
        if finding.images_per_second is None:
            return ""
        return self._cost(finding, Cost.LATENCY, is_other=False) + self.of_machine(finding)

    def of_machine(self, finding: Finding) -> str:
        """The mark of numbers that depend on the machine, where some trials had another."""
        return PARALLEL if any(o.trial.name in self.other_machines for o in finding.outcomes) else ""

    def of_mean(self, finding: Finding) -> str:
        """Marks of its objective."""
        if finding.mean.value is None:
            return ""
        is_mixed = any(outcome.trial.name in self.codes.others for outcome in finding.outcomes)
        is_set = finding.combination.hash in self.set_otherwise
        return (DOUBLE_DAGGER if is_mixed else "") + (PILCROW if is_set else "")

    def of_trial(self, outcome: Outcome) -> str:
        """Marks of a single trial's number."""
        return DOUBLE_DAGGER if outcome.value is not None and outcome.trial.name in self.codes.others else ""

    def _cost(self, finding: Finding, cost: Cost, *, is_other: bool) -> str:
        matched = finding.combination.matched
        is_unmet = matched is not None and not matched.is_met and matched.cost is cost
        return (DAGGER if is_other else "") + (SECTION if is_unmet else "")


def mark(findings: Findings, codes: Codes) -> Marks:
    """Find out what has to be marked."""
    return Marks(findings, codes, _other_machines(findings), _overrides(findings))


def _other_machines(findings: Findings) -> frozenset[str]:
    machines = {
        trial.name: _machine(trial.environment)
        for trial in findings.trials(TrialStatus.COMPLETE)
        if trial.environment is not None
    }
    counts = Counter(machines.values())
    if len(counts) < 2:
        return frozenset()
    usual = min(counts, key=lambda machine: (-counts[machine], machine))
    return frozenset(trial for trial, machine in machines.items() if machine != usual)


def _machine(environment: Environment) -> str:
    return json.dumps(environment.hardware, sort_keys=True)


def _overrides(findings: Findings) -> dict[str, tuple[str, ...]]:
    """What the study's overrides set differently from the baseline, beyond what the factors say."""
    baseline = findings.baseline
    if baseline is None:
        return {}
    overrides = findings.study.overrides
    usual = _settings(overrides, baseline)
    found = {}
    for finding in findings.findings:
        own = _settings(overrides, finding)
        differing = tuple(path for path in {**usual, **own} if usual.get(path) != own.get(path))
        if differing:
            found[finding.combination.hash] = differing
    return found


def _settings(overrides: tuple[Override, ...], finding: Finding) -> dict[str, str]:
    """The settings of all overrides that the combination meets, the last one of each path."""
    return {
        path: json.dumps(value)
        for override in overrides
        if meets(finding.combination.choice, override.condition)
        for path, value in override.settings.items()
    }
