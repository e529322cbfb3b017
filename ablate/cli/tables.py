"""What commands print: states and results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ablate.tracking.records import TrialStatus

if TYPE_CHECKING:
    from ablate.tracking.store import Store

STATES = tuple(status for status in TrialStatus if status is not TrialStatus.PRUNED)
"""What becomes of a replicate: none is ever pruned."""

OVER = (TrialStatus.COMPLETE, TrialStatus.FAILED, TrialStatus.PRUNED)


def print_status(store: Store, name: str) -> bool:
    """How far a study is; returns whether every planned trial is complete."""
    console, plan, replicates = Console(), store.plan(name), store.progress_by_combination(name)
    tune, tries = plan.study.tune, store.progress_by_combination(name, is_tuning=True)
    table = Table(title=f"{name}: {plan.study.question}", title_justify="left", title_style="bold")
    table.add_column("combination")
    if tune:
        table.add_column("tuned", justify="right")
    for status in STATES:
        table.add_column(status.value, justify="right")
    for combination in plan.combinations:
        states, tried = replicates.get(combination.hash, {}), tries.get(combination.hash, {})
        tuned = [f"{sum(tried.get(status, 0) for status in OVER)}/{tune.trials}"] if tune else []
        table.add_row(combination.label(), *tuned, *(str(states.get(status) or "") for status in STATES))
    console.print(table)
    labels = {combination.hash: combination.label() for combination in plan.combinations}
    for trial in store.failed_trials(name):
        what = f"tuning {trial.tuning}" if trial.tuning else f"seed {trial.seed}"
        kind = f"{trial.failure.kind}: " if trial.failure.kind else ""
        _print(console, f"failed: {labels[trial.combination]} · {what}: {kind}{trial.failure.message}")
    complete = sum(states[TrialStatus.COMPLETE] for states in replicates.values())
    planned = sum(sum(states.values()) for states in replicates.values())
    _print(console, f"{complete} of {planned} trials complete")
    return complete == planned


def print_studies(store: Store) -> None:
    """One line for every study in the database."""
    console, progress = Console(), store.progress_by_study()
    if not progress:
        _print(console, "no study yet: ablate run studies/sharing.yaml")
    for name, counts in progress.items():
        _print(console, f"{name}: {counts[TrialStatus.COMPLETE]} of {sum(counts.values())} trials complete")


def print_summary(store: Store, name: str) -> None:
    """Means with intervals, best first."""
    from ablate.reporting import summary_lines

    for line in summary_lines(store, name):
        _print(Console(), line)


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
