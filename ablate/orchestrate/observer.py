"""What a run tells whoever watches it."""

from __future__ import annotations

from typing import Protocol

from ablate.specs import MetricRecord, TrialSpec
from ablate.tracking.records import TrialStatus


class Observer(Protocol):
    """Hears of everything that happens in a run, as it happens; must return quickly."""

    def on_plan(self, remaining: int, complete: int, failed: int, slots: int) -> None:
        """Trials (tuning included) to do, done and failed, and how many can run side by side."""

    def on_start(self, trial: TrialSpec, attempt: int) -> None:
        """An attempt was submitted, or was found alive from an earlier run."""

    def on_metrics(self, trial: TrialSpec, record: MetricRecord) -> None:
        """An attempt wrote metrics."""

    def on_end(self, trial: TrialSpec, status: TrialStatus, reason: str | None) -> None:
        """An attempt ended; `PLANNED` means that its trial is still to be done, and `reason` says what happens next."""

    def on_idle(self) -> None:
        """Called several times a second, so that a display can move."""

    def on_warning(self, message: str) -> None:
        """Something that does not stop the study, and that the user should know."""
