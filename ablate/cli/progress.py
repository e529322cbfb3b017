"""What a person sees while a study runs: one live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ablate.cli.quantities import duration
from ablate.orchestrate import Observer
from ablate.specs import MetricRecord, Plan, Split, TrialSpec
from ablate.tracking.records import TrialStatus

PLAIN_SECONDS = 30.0
"""How long plain output may be silent while trials run."""


@dataclass
class _Row:
    """A running trial, and the last that was heard of it."""

    label: str
    attempt: int
    epochs: int | None
    """None where a program counts steps of its own."""
    started: float
    epoch: int = 0
    accuracy: float | None = None

    def heard(self, record: MetricRecord) -> None:
        self.epoch = record.step
        if record.split is Split.VALIDATION:
            self.accuracy = record.values.get("accuracy")

    def text(self) -> str:
        last = "" if self.accuracy is None else f"validation accuracy {self.accuracy:.1%}"
        if not self.epoch:
            return "starting"
        return f"step {self.epoch}  {last}" if self.epochs is None else f"epoch {self.epoch}/{self.epochs}  {last}"


@dataclass
class _Tally:
    """Counts and times of the run so far, from which the time left is estimated."""

    labels: dict[str, str]
    slots: int = 1
    remaining: int = 0
    complete: int = 0
    failed: int = 0
    running: dict[str, _Row] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.remaining + self.complete + self.failed

    @property
    def done(self) -> int:
        return self.complete + self.failed

    def start(self, trial: TrialSpec, attempt: int) -> None:
        configuration = trial.configuration
        epochs = configuration.training.epochs if configuration.program is None else None
        self.running[trial.name] = _Row(self.label(trial), attempt, epochs, time.monotonic())

    def end(self, trial: TrialSpec, status: TrialStatus) -> float:
        """Count the end of an attempt; returns its seconds."""
        seconds = time.monotonic() - self.running.pop(trial.name).started
        if status in (TrialStatus.COMPLETE, TrialStatus.FAILED, TrialStatus.PRUNED):
            self.seconds.append(seconds)
            self.remaining -= 1
            self.complete += status is not TrialStatus.FAILED
            self.failed += status is TrialStatus.FAILED
        return seconds

    def label(self, trial: TrialSpec) -> str:
        what = f"tuning {trial.tuning}" if trial.tuning else f"seed {trial.seed}"
        return f"{self.labels[trial.combination_hash]} · {what}"

    def time_left(self) -> str:
        """Trials left times the mean seconds of those done, over the slots; unknown until one is done."""
        if not self.seconds or not self.remaining:
            return "" if not self.remaining else "time left unknown until a trial is done"
        mean = sum(self.seconds) / len(self.seconds)
        gone = sum(min(time.monotonic() - row.started, mean) for row in self.running.values())
        seconds = max(0.0, (self.remaining * mean - gone) / min(self.slots, self.remaining))
        return f"about {duration(seconds)} left"


class _Display:
    """Observer that keeps the tally; subclasses show it."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.console = console
        self.tally = _Tally({item.hash: item.label() for item in plan.combinations})

    def on_plan(self, remaining: int, complete: int, failed: int, slots: int) -> None:
        """Take the counts of the beginning."""
        tally = self.tally
        tally.remaining, tally.complete, tally.failed, tally.slots = remaining, complete, failed, slots
        done = f", {complete} complete already" if complete else ""
        side = "one at a time" if slots == 1 else f"{slots} side by side"
        self.console.print(f"{remaining} trials to run, {side}{done}", highlight=False)

    def on_start(self, trial: TrialSpec, attempt: int) -> None:
        """Add a running trial."""
        self.tally.start(trial, attempt)

    def on_metrics(self, trial: TrialSpec, record: MetricRecord) -> None:
        """Take in the last metrics."""
        self.tally.running[trial.name].heard(record)

    def on_end(self, trial: TrialSpec, status: TrialStatus, reason: str | None) -> None:
        """Remove a running trial; what did not go well is said."""
        self.tally.end(trial, status)
        if status is TrialStatus.FAILED:
            self.console.print(Text(f"failed: {self.tally.label(trial)}: {reason}", "red"), soft_wrap=True)
        elif status is TrialStatus.PLANNED:
            self.console.print(Text(f"interrupted: {self.tally.label(trial)}: {reason}", "yellow"), soft_wrap=True)

    def on_idle(self) -> None:
        """Nothing moves by itself."""

    def on_warning(self, message: str) -> None:
        """Say it."""
        self.console.print(Text(f"note: {message}", "yellow"), soft_wrap=True)


class _PlainDisplay(_Display):
    """One line for every trial that ends, and one now and then while none does."""

    def __init__(self, plan: Plan, console: Console) -> None:
        super().__init__(plan, console)
        self.last_line = time.monotonic()

    def on_end(self, trial: TrialSpec, status: TrialStatus, reason: str | None) -> None:
        row = self.tally.running[trial.name]
        super().on_end(trial, status, reason)
        if status in (TrialStatus.COMPLETE, TrialStatus.PRUNED):
            seconds = time.monotonic() - row.started
            left = self.tally.time_left()
            self._say(f"{status.value}: {row.label}: {row.text()}, {seconds:.1f} s{', ' + left if left else ''}")

    def on_idle(self) -> None:
        if self.tally.running and time.monotonic() - self.last_line > PLAIN_SECONDS:
            self._say("running: " + "; ".join(f"{row.label}: {row.text()}" for row in self.tally.running.values()))

    def _say(self, line: str) -> None:
        self.last_line = time.monotonic()
        self.console.print(
            f"[{self.tally.done}/{self.tally.total}] {line}", highlight=False, markup=False, soft_wrap=True
        )


class _LiveDisplay(_Display):
    """A bar for the study and a row for every running trial, redrawn in place."""

    def __init__(self, plan: Plan, console: Console) -> None:
        super().__init__(plan, console)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
        )
        self.bar = Progress(*columns, console=console)
        self.task = self.bar.add_task(plan.study.name, total=None, left="starting")
        self.live = Live(self._draw(), console=console, refresh_per_second=4, transient=True)

    def on_idle(self) -> None:
        self.live.update(self._draw())

    def on_start(self, trial: TrialSpec, attempt: int) -> None:
        super().on_start(trial, attempt)
        self.live.update(self._draw())

    def _draw(self) -> Group:
        tally = self.tally
        left = tally.time_left() + (f" · {tally.failed} failed" if tally.failed else "")
        self.bar.update(self.task, total=tally.total or None, completed=tally.done, left=left)
        rows = Table.grid(padding=(0, 2))
        for row in tally.running.values():
            again = f" (attempt {row.attempt})" if row.attempt > 1 else ""
            seconds = duration(time.monotonic() - row.started)
            rows.add_row(Text(f"  {row.label}{again}"), Text(row.text()), Text(seconds, "dim"))
        return Group(self.bar, rows)


@contextmanager
def create_display(plan: Plan, console: Console) -> Iterator[Observer]:
    """The display that suits where the output goes."""
    if not console.is_terminal:
        yield _PlainDisplay(plan, console)
        return
    display = _LiveDisplay(plan, console)
    with display.live:
        yield display
