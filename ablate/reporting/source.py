"""What a report reads: six questions to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ablate.specs import Plan, Split
from ablate.tracking.records import AttemptRecord, TrialRecord

if TYPE_CHECKING:
    import pandas as pd


class Source(Protocol):
    """The reads of `ablate.tracking.store.Store` that a report rests on."""

    def plan(self, study_name: str, /) -> Plan:
        """The study as it is planned now."""

    def trials(self, study_name: str, /) -> tuple[TrialRecord, ...]:
        """Every planned trial, in the order of the plan."""

    def tuning_trials(self, study_name: str, /) -> tuple[TrialRecord, ...]:
        """The tuning trials begun for the current plan."""

    def attempts(self, study_name: str, /) -> tuple[AttemptRecord, ...]:
        """All attempts, also of tuning trials and of trials outside the current plan."""

    def curves(self, study_name: str, /, *, split: Split | None, metric: str | None) -> pd.DataFrame:
        """A split's metric, of accepted attempts: columns combination, seed, split, step, metric, value."""

    def unplanned_trials(self, study_name: str, /) -> int:
        """Number of trials in the database that the current plan no longer holds."""
