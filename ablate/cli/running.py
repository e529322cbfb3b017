"""`ablate run`: the study, its display, its mirror in MLflow, and its report."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from rich.console import Console

from ablate.cli.choices import ExecutorName, Exit
from ablate.cli.mirroring import MirrorKeeper, publish, study_text
from ablate.cli.places import create_workspace, open_store
from ablate.cli.progress import create_display
from ablate.cli.reports import write_report
from ablate.cli.tables import print_summary
from ablate.errors import InputError, TrackingError, WorkspaceError
from ablate.orchestrate import Observer, Outcome, run_study
from ablate.orchestrate.hold import hold_study
from ablate.preflight.check import read_check
from ablate.preflight.placement import placement
from ablate.preflight.program import find_program_fault
from ablate.tracking.mlflow import Mirror
from ablate.tracking.plans import refuse_import
from ablate.tracking.store import Store

if TYPE_CHECKING:
    from ablate.jobs.executor import Executor
    from ablate.specs import Plan
    from ablate.workspace import Workspace

SAMPLE_SECONDS = 5.0
"""How often a trial writes down what it takes of the machine, if that is asked for; and once at its end."""

MOST_LINES = 100
"""A study of more combinations is read in its report: its table would only push the rest off the screen."""


def run_to_report(
    plan: Plan,
    executor: ExecutorName,
    root: Path,
    database: str | None,
    mlflow: str | None,
    *,
    allow_code_change: bool,
    is_sampling: bool = False,
) -> Exit:
    """Run what is left of the study, write its report, and say what came out; who interrupts it waits for no report."""
    console = Console()
    workspace, name = create_workspace(root), plan.study.name
    directory = workspace.report_directory(name)
    with open_store(root, database) as store:
        if name in store.study_names():
            refuse_import(store.spec(name))
        is_due = _mark_due(workspace, name)
        mirror = None if mlflow == "off" else Mirror(store, mlflow or workspace.mlflow_url, workspace)
        with create_display(plan, console) as display, _keeping(mirror, store, workspace, name, display) as keeper:
            outcome = run_study(
                plan,
                store,
                workspace,
                _looking_first(plan, _executor(executor, plan, workspace)),
                display,
                keeper.wake if keeper else lambda: None,
                allow_code_change=allow_code_change,
                finish_mirror=keeper.finish if keeper else None,
                sample_seconds=SAMPLE_SECONDS if is_sampling else None,
            )
        if not outcome.is_interrupted:
            is_changed = outcome.has_changed or is_due
            if is_changed:
                console.print("writing the report", highlight=False)
                write_report(store, name, directory, lambda note: _note(console, note))
            workspace.report_due(name).unlink(missing_ok=True)
            if mirror is not None and keeper is not None:
                _publish(store, workspace, mirror, name, console, is_changed=is_changed or keeper.brought > 0)
        _say(plan, store, outcome, directory, console)
    return _exit(outcome)


def _mark_due(workspace: Workspace, study: str) -> bool:
    """Note that a report is to be written; answers whether one was owed already, as by a run that was killed."""
    mark = workspace.report_due(study)
    is_due = mark.exists() or not (workspace.report_directory(study) / "report.md").exists()
    with contextlib.suppress(OSError):  # the run itself will say that the workspace cannot be written, and why
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    return is_due


def _executor(name: ExecutorName, plan: Plan, workspace: Workspace) -> Callable[[], Executor]:
    resources = plan.study.resources
    side_by_side = placement(plan, read_check(workspace.study_check(plan.study.name)))
    match name:
        case ExecutorName.LOCAL:
            from ablate.jobs.local import LocalExecutor

            return lambda: LocalExecutor(resources, trials_per_gpu=side_by_side)
        case ExecutorName.INLINE:
            from ablate.jobs.inline import InlineExecutor

            return lambda: InlineExecutor(resources, trials_per_gpu=side_by_side)
        case _:
            assert_never(name)


def _looking_first(plan: Plan, create_executor: Callable[[], Executor]) -> Callable[[], Executor]:
    """Before the first trial: a program that cannot be run at all would fail every one of them."""

    def create() -> Executor:
        fault = find_program_fault(plan)
        if fault is not None:
            raise InputError(fault)
        return create_executor()

    return create


def _keeping(
    mirror: Mirror | None, store: Store, workspace: Workspace, study: str, observer: Observer
) -> contextlib.AbstractContextManager[MirrorKeeper | None]:
    if mirror is None:
        return contextlib.nullcontext()
    return MirrorKeeper(mirror, study, lambda: study_text(store, workspace, study), observer.on_warning)


def _publish(
    store: Store, workspace: Workspace, mirror: Mirror, study: str, console: Console, *, is_changed: bool
) -> None:
    """A study that another run holds by now is left to it."""
    try:
        with hold_study(workspace, study):
            publish(store, workspace, mirror, study, is_changed=is_changed)
    except (TrackingError, WorkspaceError) as error:
        _note(console, f"note: {error}")


def _note(console: Console, said: str) -> None:
    console.print(said, style="yellow", highlight=False, markup=False, soft_wrap=True)


def _say(plan: Plan, store: Store, outcome: Outcome, directory: Path, console: Console) -> None:
    if outcome.complete and not outcome.is_interrupted and len(plan.combinations) <= MOST_LINES:
        print_summary(store, plan.study.name)
    total = outcome.complete + outcome.failed + outcome.remaining
    left = f", {outcome.failed} failed" if outcome.failed else ""
    left += f", {outcome.remaining} not run" if outcome.remaining else ""
    console.print(f"{outcome.complete} of {total} trials complete{left}", highlight=False)
    if outcome.failed:
        console.print(f"why: ablate status {plan.study.name}; again: ablate retry --failed STUDY", highlight=False)
    labels = {combination.hash: combination.label() for combination in plan.combinations}
    for combination in outcome.untuned:
        said = (
            f"not run: every tuning trial of {labels[combination]} failed, so that its seeds have nothing to run with"
        )
        console.print(said, highlight=False, markup=False, soft_wrap=True)
    if outcome.remaining and not outcome.untuned:
        console.print("go on: the same command again", highlight=False)
    if outcome.is_interrupted:
        console.print(f"a report of what there is: ablate report {plan.study.name}", highlight=False)
        return
    console.print(f"report: {_short(directory / 'report.md')}", highlight=False, soft_wrap=True)


def _short(path: Path) -> Path:
    """As seen from here, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _exit(outcome: Outcome) -> Exit:
    if outcome.is_interrupted:
        return Exit.INTERRUPTED
    return Exit.INCOMPLETE if outcome.failed or outcome.remaining else Exit.COMPLETE
