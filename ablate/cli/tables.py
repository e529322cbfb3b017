"""What commands print: plans, states, results."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ablate.tracking.records import TrialStatus

if TYPE_CHECKING:
    from ablate.specs import Combination, Costs, Plan
    from ablate.tracking.store import Store


def print_plan(plan: Plan) -> None:
    """Every combination with its levels and costs, then what was merged and excluded."""
    console, study = Console(), plan.study
    with console.status("building every combination once"):
        costs = [_cost(combination) for combination in plan.combinations]
    table = Table(title=f"{study.name}: {study.question}", title_justify="left", title_style="bold")
    for name in study.short_names().values():
        table.add_column(name)
    table.add_column("parameters", justify="right")
    table.add_column("MACs", justify="right")
    table.add_column("")
    for combination, cost in zip(plan.combinations, costs, strict=True):
        mark = "baseline" if combination.is_baseline else ""
        table.add_row(*combination.choice.values(), f"{cost.parameters:,}", f"{cost.macs:,}", mark)
    console.print(table)
    for combination in plan.combinations:
        for alias in combination.aliases:
            _print(console, f"same configuration, run once: {' · '.join(alias.values())} = {combination.label()}")
    for exclusion in plan.exclusions:
        rule = ", ".join(f"{name}: {level}" for name, level in exclusion.rule.items())
        _print(console, f"excluded {exclusion.removed} by {{{rule}}}")
    seeds = len(study.seeds)
    _print(console, f"{len(plan.combinations)} combinations × {seeds} seeds = {plan.trial_count} trials")


def print_status(store: Store, name: str) -> bool:
    """How far a study is; returns whether every planned trial is complete."""
    console, plan, trials = Console(), store.plan(name), store.trials(name)
    labels = {combination.hash: combination.label() for combination in plan.combinations}
    counts = Counter(trial.status for trial in trials)
    table = Table(title=f"{name}: {plan.study.question}", title_justify="left", title_style="bold")
    table.add_column("combination")
    for status in TrialStatus:
        table.add_column(status.value, justify="right")
    for combination in plan.combinations:
        states = Counter(trial.status for trial in trials if trial.combination == combination.hash)
        table.add_row(combination.label(), *(str(states[status] or "") for status in TrialStatus))
    console.print(table)
    for trial in trials:
        if trial.failure is not None:
            kind = f"{trial.failure.kind}: " if trial.failure.kind else ""
            _print(console, f"failed: {labels[trial.combination]} · seed {trial.seed}: {kind}{trial.failure.message}")
    _print(console, f"{counts[TrialStatus.COMPLETE]} of {len(trials)} trials complete")
    return counts[TrialStatus.COMPLETE] == len(trials)


def print_studies(store: Store) -> None:
    """One line for every study in the database."""
    console, names = Console(), store.study_names()
    if not names:
        _print(console, "no study yet: ablate run studies/sharing.yaml")
    for name in names:
        counts = store.progress(name)
        _print(console, f"{name}: {counts[TrialStatus.COMPLETE]} of {sum(counts.values())} trials complete")


def print_summary(store: Store, name: str) -> None:
    """Means with intervals, best first."""
    from ablate.reporting import summary_lines

    for line in summary_lines(store, name):
        _print(Console(), line)


def _cost(combination: Combination) -> Costs:
    from ablate.models import build, cost

    facts = combination.configuration.data.facts
    return cost(build(combination.configuration.model, facts), facts.height, facts.width)


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
