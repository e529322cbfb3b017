"""What commands print: states and results."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ablate.tracking.records import TrialRecord, TrialStatus

if TYPE_CHECKING:
    from ablate.tracking.store import Store

STATES = tuple(status for status in TrialStatus if status is not TrialStatus.PRUNED)
"""What becomes of a replicate: none is ever pruned."""

OVER = (TrialStatus.COMPLETE, TrialStatus.FAILED, TrialStatus.PRUNED)


def print_status(store: Store, name: str) -> bool:
    """How far a study is; returns whether every planned trial is complete."""
    console, plan, trials = Console(), store.plan(name), store.trials(name)
    tuning = store.tuning_trials(name) if plan.study.tune else ()
    labels = {combination.hash: combination.label() for combination in plan.combinations}
    counts = Counter(trial.status for trial in trials)
    table = Table(title=f"{name}: {plan.study.question}", title_justify="left", title_style="bold")
    table.add_column("combination")
    if plan.study.tune:
        table.add_column("tuned", justify="right")
    for status in STATES:
        table.add_column(status.value, justify="right")
    of_combination, tries = _by_combination(trials), _by_combination(tuning)
    for combination in plan.combinations:
        states = Counter(trial.status for trial in of_combination[combination.hash])
        done = sum(trial.status in OVER for trial in tries[combination.hash])
        tuned = [f"{done}/{plan.study.tune.trials}"] if plan.study.tune else []
        table.add_row(combination.label(), *tuned, *(str(states[status] or "") for status in STATES))
    console.print(table)
    for trial in (*tuning, *trials):
        if trial.failure is not None:
            what = f"tuning {trial.tuning}" if trial.tuning else f"seed {trial.seed}"
            kind = f"{trial.failure.kind}: " if trial.failure.kind else ""
            _print(console, f"failed: {labels[trial.combination]} · {what}: {kind}{trial.failure.message}")
    _print(console, f"{counts[TrialStatus.COMPLETE]} of {len(trials)} trials complete")
    return counts[TrialStatus.COMPLETE] == len(trials)


def _by_combination(trials: Iterable[TrialRecord]) -> dict[str, list[TrialRecord]]:
    grouped: dict[str, list[TrialRecord]] = defaultdict(list)
    for trial in trials:
        grouped[trial.combination].append(trial)
    return grouped


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
