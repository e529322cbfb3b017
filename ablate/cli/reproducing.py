"""`ablate reproduce`: a trial once more, and whether its numbers are those that the database holds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from ablate.cli.choices import Exit
from ablate.cli.places import create_workspace, open_existing_store
from ablate.jobs.local import LocalExecutor
from ablate.orchestrate.attempt import scored
from ablate.orchestrate.stopping import sigterm_as_interrupt
from ablate.reproduction.compare import compare
from ablate.reproduction.naming import find_trial
from ablate.reproduction.rerun import Rerun, equip, resources_for, run_again
from ablate.reproduction.scratch import keep_journal, require_fresh, scratch
from ablate.specs import Configuration, MetricRecord, Scored
from ablate.tracking.records import OriginalRecord
from ablate.workspace import Workspace


def reproduce_trial(typed: str, study: str | None, root: Path, database: str | None, keep: Path | None) -> Exit:
    """Run a stored trial again, aside from everything that is recorded, and say what differs.

    Raises `InputError` or `TrackingError` if it is not known which trial is meant, or it cannot be run again.
    """
    workspace, console = create_workspace(root), Console()
    with open_existing_store(root, database) as store:
        original = store.original(*find_trial(typed, study, store.trial_names()))
        wanted = scored(original.trial, store.spec(original.trial.study).objective)
    if keep is not None:
        require_fresh(keep, workspace)
    try:
        with sigterm_as_interrupt():
            return _reproduce(original, wanted, workspace, keep, console)
    except KeyboardInterrupt:
        _print(console, "interrupted: nothing was kept")
        return Exit.INTERRUPTED


def _reproduce(
    original: OriginalRecord, wanted: Scored | None, workspace: Workspace, keep: Path | None, console: Console
) -> Exit:
    with scratch(workspace) as directory:
        attempt = directory / original.trial.name / "001"
        rerun = _run(original, wanted, attempt, console)
        verdict = compare(original, rerun)
        for line in (verdict.sentence(), *verdict.lines()):
            _print(console, line)
        if keep is not None:
            keep_journal(attempt, keep)
            _print(console, f"journal: {keep}")
        elif rerun.loss is not None:
            _print(console, "to read its log, run it again with --keep DIR")
    return Exit.COMPLETE if verdict.is_identical else Exit.INCOMPLETE


def _run(original: OriginalRecord, wanted: Scored | None, attempt: Path, console: Console) -> Rerun:
    """Say what is run, and on what, and show how far it is."""
    executor = LocalExecutor(resources_for(original.attempt))
    try:
        slot, notes = equip(original, executor)
        device = f"{len(slot.gpus)} GPU{'s' if len(slot.gpus) > 1 else ''}" if slot.gpus else "CPU"
        threads = f"{slot.threads} thread{'s' if slot.threads > 1 else ''}"
        trial = original.trial
        what = f"{_label(original)}, {_length(trial.configuration)}, {device}, {threads}"
        _print(console, f"{trial.study}/{trial.name} once more: {what}")
        for note in notes:
            console.print(Text(f"note: {note}", "yellow"), soft_wrap=True)
        with _progress(original, console) as listen:
            return run_again(original, attempt, executor, slot, listen, wanted)
    finally:
        executor.stop(0.0)


def _length(configuration: Configuration) -> str:
    program = configuration.program
    return f"{configuration.training.epochs} epochs" if program is None else f"the program {program.label()}"


def _label(original: OriginalRecord) -> str:
    trial = original.trial
    return f"{original.label} · " + (f"tuning {trial.tuning}" if trial.tuning else f"seed {trial.seed}")


@contextlib.contextmanager
def _progress(original: OriginalRecord, console: Console) -> Iterator[Callable[[MetricRecord], None]]:
    """A bar of epochs on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("epochs", total=max((record.step for record in original.records), default=None))
        yield lambda record: bar.update(task, completed=record.step)


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
