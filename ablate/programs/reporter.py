"""What a program reports of a trial, checked and put into the journal."""

from __future__ import annotations

import json
import math
import numbers
import re
import time
from collections.abc import Mapping
from typing import Protocol

from ablate.errors import Diverged, ProgramError, TrialError
from ablate.specs import Metric, MetricRecord, Scored, Split
from ablate.specs.program import METRIC_NAME

SPLITS = (Split.TRAIN.value, Split.VALIDATION.value, Split.TEST.value)
MOST_STEPS = 2**63 - 1
LONGEST_SHOWN = 60


class Journal(Protocol):
    """Where metrics go as they come."""

    def append(self, record: MetricRecord) -> None:
        """Keep one record; it is on its way to the disk when this returns."""


class Reporter:
    """The `report(step, split="validation", **metrics)` of one attempt.

    Steps are whole numbers that never go back: epochs, batches, trees, as the program counts. What is reported is in
    the journal when the call returns. `first_step` is where an earlier attempt began, None where there was none: an
    attempt that goes on from a checkpoint of its own has to report what came before it as well, since only the
    journal of the attempt that ends counts.

    The first error is kept as `fault`: a program that catches it does not make the trial whole.
    """

    def __init__(self, journal: Journal, first_step: int | None = None) -> None:
        self._journal, self._first_step = journal, first_step
        self._step = -1
        self._of_step: set[tuple[str, str]] = set()
        self._seen: set[tuple[str, str]] = set()
        self.fault: TrialError | None = None

    def __call__(self, step: int, split: str = Split.VALIDATION, **metrics: float) -> None:
        """Put one record into the journal.

        Raises `Diverged` for a number that is not finite, `ProgramError` for what is no report.
        """
        self.report(step, split, metrics)

    def report(self, step: object, split: object, metrics: Mapping[str, object]) -> None:
        """As the call; for metrics that were read from text."""
        try:
            record = self._checked(step, split, metrics)
        except TrialError as error:
            self.fault = self.fault or error
            raise
        self._journal.append(record)

    def conclude(self, metrics: object) -> None:
        """Take what the program returned: nothing, or its metrics on test images.

        Raises `ProgramError` as a report does.
        """
        if metrics is None:
            return
        if not isinstance(metrics, dict):
            raise ProgramError(
                f"the program returned {_shown(metrics)}: expected a dict of metrics on test, or nothing"
            )
        self.report(max(self._step, 0), Split.TEST, metrics)

    def require(self, scored: Scored | None) -> None:
        """See that the program has found what the study compares by. Raises `ProgramError`."""
        if scored is None or (scored.split.value, scored.metric) in self._seen:
            return
        known = sorted(f"{name} on {split}" for split, name in self._seen)
        raise ProgramError(
            f"the program ended without {scored.metric} on {scored.split.value}, which the study compares by; "
            f"it reported {', '.join(known) if known else 'nothing'}"
        )

    def _checked(self, step: object, split: object, metrics: Mapping[str, object]) -> MetricRecord:
        number = self._checked_step(step)
        if split not in SPLITS:
            raise ProgramError(f"report: expected split train, validation or test, got {_shown(split)}")
        part = str(Split(split))
        if not metrics:
            raise ProgramError(f"report of step {number}: expected at least one metric, such as accuracy=0.9, got none")
        values = {name: _checked_value(name, value, part, number) for name, value in metrics.items()}
        if number > self._step:
            self._step, self._of_step = number, set()
        keys = {(part, name) for name in values}
        if twice := keys & self._of_step:
            raise ProgramError(f"report: {min(twice)[1]} on {part} was reported twice at step {number}")
        self._of_step |= keys
        self._seen |= keys
        return MetricRecord(step=number, split=Split(part), time=time.time(), values=values)

    def _checked_step(self, step: object) -> int:
        if isinstance(step, bool) or not isinstance(step, numbers.Integral) or not 0 <= int(step) <= MOST_STEPS:
            raise ProgramError(f"report: expected a step of 0, 1, 2, ..., got {_shown(step)}")
        number = int(step)
        if number < self._step:
            raise ProgramError(f"report: steps never go back, got step {number} after step {self._step}")
        if self._step < 0 and self._first_step is not None and number > self._first_step:
            raise ProgramError(
                f"report: an earlier attempt began with step {self._first_step}, this one with step {number}: a "
                "program that goes on from its own checkpoint reports the steps before it again, so keep them in it"
            )
        return number


def _checked_value(name: object, value: object, split: str, step: int) -> float:
    if not isinstance(name, str) or not re.fullmatch(METRIC_NAME, name):
        raise ProgramError(
            f"report of step {step}: expected a metric's name of at most 64 letters, digits and _ . -, "
            f"the first a letter, got {_shown(name)}"
        )
    if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
        raise ProgramError(f"report of step {step}: expected a number for {name}, got {_shown(value)}")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProgramError(f"report of step {step}: expected a number for {name}, got {_shown(value)}") from error
    if not math.isfinite(number):
        raise Diverged(f"{name} on {split} is {number} at step {step}, by the program's own report")
    if name == Metric.ACCURACY and not 0 <= number <= 1:
        raise ProgramError(
            f"report of step {step}: expected accuracy as a fraction of one, got {number:g}: divide it by 100 "
            "if it is in per cent, or call it otherwise"
        )
    return number


def _shown(value: object) -> str:
    """On one line, and short."""
    text = json.dumps(value) if isinstance(value, str) else " ".join(repr(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
