"""`ablate check`: what every combination needs, which cannot run, which switches do nothing, and what a study costs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ablate.cli.choices import Exit
from ablate.cli.places import create_workspace, open_existing_store
from ablate.cli.quantities import duration, memory, short_duration
from ablate.jobs.probe import LocalProber
from ablate.preflight.check import check_study, keep_check
from ablate.preflight.estimate import Estimate, count_remaining, estimate, trial_seconds
from ablate.preflight.program import find_program_fault
from ablate.specs import Device, Plan, ProgramSpec
from ablate.specs.probe import Check, IdleSwitch, Probe

SHOWN_PLACES = 3
"""How many places are named at which a switch did nothing, before the rest is only counted."""


def check(plan: Plan, root: Path, database: str | None, price_per_hour: float | None) -> Exit:
    """Probe the study, keep what was found in the workspace, and say it."""
    console, workspace = Console(), create_workspace(root)
    program = plan.study.base.program if plan.study.base else None
    if program is not None:
        return _check_program(plan, program, console)
    remaining = _remaining(plan, root, database)
    with LocalProber(plan.study.resources) as prober:
        found = _probe(plan, prober, console)
    keep_check(workspace.study_check(plan.study.name), found)
    _print_table(console, plan, found)
    _print_findings(console, plan, found)
    _print_estimate(console, found, estimate(plan, found, remaining), price_per_hour)
    return Exit.INCOMPLETE if any(item.failure for item in found.combinations) else Exit.COMPLETE


def _check_program(plan: Plan, program: ProgramSpec, console: Console) -> Exit:
    """Whether it can be called; its models are its own, so there is nothing to build, to measure or to estimate by."""
    with console.status("looking for the program"):
        fault = find_program_fault(plan)
    if fault is not None:
        console.print(Text(f"cannot run: {fault}", "red"), soft_wrap=True)
        return Exit.INCOMPLETE
    said = f"{program.label()} can be run; memory and time of a program are not probed"
    console.print(Text(said), soft_wrap=True)
    return Exit.COMPLETE


def _probe(plan: Plan, prober: LocalProber, console: Console) -> Check:
    with console.status("looking for devices"):
        side = len(prober.slots)
    console.print(f"probing {len(plan.combinations)} combinations, {side} at a time, as in a run", highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("built and trained for a few steps", total=len(plan.combinations))
        return check_study(plan, prober, lambda _: progress.advance(task))


def _remaining(plan: Plan, root: Path, database: str | None) -> Counter[str]:
    """Trials left by combination: all, where there is no database yet or it does not know the study."""
    if database is None and not create_workspace(root).database.exists():
        return count_remaining(plan, ())
    with open_existing_store(root, database) as store:
        if plan.study.name not in store.study_names():
            return count_remaining(plan, ())
        return count_remaining(plan, (*store.trials(plan.study.name), *store.tuning_trials(plan.study.name)))


def _print_table(console: Console, plan: Plan, found: Check) -> None:
    table = Table(title=f"{plan.study.name}: {plan.study.question}", title_justify="left", title_style="bold")
    table.add_column("combination")
    for name in ("parameters", "MACs", "ms/step", "memory", "trial"):
        table.add_column(name, justify="right", no_wrap=True)
    for combination, item in zip(plan.combinations, found.combinations, strict=True):
        mark = " (baseline)" if combination.is_baseline else ""
        if item.probe is None:
            cells = ["cannot run"]
        else:
            cells = _cells(item.probe, trial_seconds(combination.resolved, item.probe))
        table.add_row(combination.label() + mark, *cells)
    console.print(table)


def _cells(probe: Probe, seconds: float) -> list[str]:
    return [
        f"{probe.costs.parameters:,}",
        f"{probe.costs.macs:,}",
        f"{probe.seconds_per_step * 1000:.3g}"
        if probe.seconds_per_step < 1
        else f"{probe.seconds_per_step * 1000:,.0f}",
        "–" if probe.memory_bytes is None else memory(probe.memory_bytes),
        short_duration(seconds),
    ]


def _print_findings(console: Console, plan: Plan, found: Check) -> None:
    for combination, item in zip(plan.combinations, found.combinations, strict=True):
        if item.failure is not None:
            reason = f"{item.failure.kind}: {item.failure.message}"
            console.print(Text(f"cannot run: {combination.label()}: {reason}", "red"), soft_wrap=True)
    steps = max((item.probe.steps for item in found.combinations if item.probe), default=0)
    for switch in found.idle:
        console.print(Text(say_idle(switch, steps), "yellow"), soft_wrap=True)


def say_idle(switch: IdleSwitch, steps: int) -> str:
    """A switch that did nothing, in a line."""
    first, second = switch.levels
    line = f"{switch.factor}: {first} against {second} changed nothing in the {steps} steps that were probed"
    if switch.is_everywhere:
        return line
    places = [" · ".join(choice.values()) for choice in switch.others[:SHOWN_PLACES]]
    more = len(switch.others) - len(places)
    return f"{line}, at {', '.join(places)}{f' and {more} more' if more else ''}"


def _print_estimate(console: Console, found: Check, left: Estimate, price_per_hour: float | None) -> None:
    machine = found.machine
    if machine.device is Device.CUDA:
        place = f"{machine.gpus} × {machine.name}"
    else:
        place = f"{machine.name}, {machine.cores} cores"
    unit = "GPU" if machine.device is Device.CUDA else "core"
    lines = [
        f"on {place}: {found.slots} side by side, CPU threads each: {found.threads}; other work here slows them",
    ]
    hours = left.wall_seconds / 3600
    lines.append(
        f"{left.trials} trials left: about {duration(left.wall_seconds)}, {left.device_hours:.3g} {unit}-hours"
        if left.trials
        else "no trial is left"
    )
    if price_per_hour is not None:
        lines.append(f"at {price_per_hour:,.2f} for an hour of this machine: about {hours * price_per_hour:,.2f}")
    for line in lines:
        console.print(Text(line), soft_wrap=True)
