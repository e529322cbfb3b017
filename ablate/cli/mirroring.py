"""The mirror in MLflow: kept up to date beside a run, and brought up to date by `ablate mirror`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer

from ablate.cli.choices import Exit
from ablate.cli.places import create_workspace, open_existing_store
from ablate.errors import AblateError, InputError, TrackingError, WorkspaceError
from ablate.orchestrate.hold import hold_study
from ablate.orchestrate.recovery import recover
from ablate.orchestrate.run import open_books
from ablate.tracking.mlflow import Mirror
from ablate.tracking.store import Store

if TYPE_CHECKING:
    from ablate.workspace import Workspace

DESCRIBE_SECONDS = 60.0
"""How often, at most, the text above a study's runs is written again while it runs."""

SHARE = 0.02
"""The part of the time that the text may take."""

PATIENCE_SECONDS = 30.0
"""How long a run that is over waits for what its mirror is at; one call to a server that hangs takes about seven."""

PARTING_SECONDS = 2.0
"""The same for a run that was interrupted."""


class MirrorKeeper:
    """Keeps a study's mirror up to date beside its run, in a thread of its own: the run never waits for MLflow.

    Within the block `wake` says that there is news; `finish` ends the thread and brings over what is left, in the
    caller's. What goes wrong is told to `warn`, once, and never stops the study.
    """

    def __init__(self, mirror: Mirror, study: str, text: Callable[[], str], warn: Callable[[str], None]) -> None:
        self._mirror, self._study, self._text, self._warn = mirror, study, text, warn
        self._news, self._over = Event(), Event()
        self._thread = Thread(target=self._follow, name="mirror", daemon=True)
        self._failures: list[str] = []
        self._has_warned = False
        self._next_text = time.monotonic() + DESCRIBE_SECONDS
        self.brought = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(PARTING_SECONDS)

    def wake(self) -> None:
        """Say that there is news; returns at once."""
        self._news.set()
        self._say()

    def finish(self) -> None:
        """Bring over all that is left, also to an MLflow that was away a moment ago."""
        if self._end(PATIENCE_SECONDS):
            self._mirror.look_again()
            self._bring(lambda: False)
        self._say()

    def _end(self, patience_seconds: float) -> bool:
        """Whether the thread has ended, so that another may write."""
        self._over.set()
        self._news.set()
        self._thread.join(patience_seconds)
        return not self._thread.is_alive()

    def _follow(self) -> None:
        while self._news.wait() and not self._over.is_set():
            self._news.clear()
            began = time.monotonic()
            self._bring(self._over.is_set)
            if time.monotonic() >= self._next_text:
                self._describe()
            self._over.wait(time.monotonic() - began)  # no more than half of a core's time

    def _bring(self, is_over: Callable[[], bool]) -> None:
        try:
            self.brought += self._mirror.sync(self._study, is_over)
        except TrackingError as error:
            self._failures.append(str(error))

    def _describe(self) -> None:
        began = time.monotonic()
        try:
            self._mirror.describe(self._study, self._text())
        except AblateError as error:
            self._failures.append(str(error))
        now = time.monotonic()
        self._next_text = now + max(DESCRIBE_SECONDS, (now - began) / SHARE)

    def _say(self) -> None:
        """In the run's own thread, which is the one that has the display."""
        if self._failures and not self._has_warned:
            self._warn(self._failures[0])
            self._has_warned = True


def study_text(store: Store, workspace: Workspace, study: str) -> str:
    """What stands above a study's runs: how it stands, and where its report is."""
    from ablate.reporting import summary_text

    report = workspace.report_directory(study) / "report.md"
    return summary_text(store, study, report.relative_to(workspace.root).as_posix())


def publish(store: Store, workspace: Workspace, mirror: Mirror, study: str, *, is_changed: bool) -> None:
    """Put the study's text and its report into MLflow, if they changed or are not there.

    Raises:
        TrackingError: MLflow cannot be written to.
    """
    directory = workspace.report_directory(study)
    has_report = directory.is_dir()
    if is_changed or (has_report and not mirror.has_report(study, directory)):
        mirror.describe(study, study_text(store, workspace, study))
    if has_report:
        mirror.log_report(study, directory)


def mirror_studies(names: Sequence[str], root: Path, database: str | None, mlflow: str | None) -> Exit:
    """Bring the mirror of the named studies, or of all, up to date; a line for each.

    Raises:
        TrackingError: a study is unknown, or MLflow cannot be written to.
    """
    if mlflow == "off":
        raise InputError("--mlflow off: expected the address of an MLflow: leave it out for the workspace's own")
    workspace, code = create_workspace(root), Exit.COMPLETE
    with open_existing_store(root, database) as store:
        for name in names:
            store.spec(name)  # before anything is written
        mirror = Mirror(store, mlflow or workspace.mlflow_url, workspace)
        for name in names or store.study_names():
            try:
                behind = bring_up_to_date(store, workspace, mirror, name)
            except WorkspaceError as error:
                typer.echo(f"{name}: not now: {error}")
                code = Exit.INCOMPLETE
            else:
                typer.echo(f"{name}: {behind} run{'' if behind == 1 else 's'} behind, now up to date")
    return code


def bring_up_to_date(store: Store, workspace: Workspace, mirror: Mirror, study: str) -> int:
    """Bring a study's mirror up to what its journals say, and answer how many of its runs were behind.

    Raises:
        TrackingError: MLflow cannot be written to.
        WorkspaceError: a run holds the study, and its mirror with it.
    """
    with hold_study(workspace, study):
        plan = store.plan(study)
        if plan.study.source is None and _has_journals(store, workspace, study):
            # so that no run is shown as running whose process is gone
            books, _ = open_books(study, plan.study.objective, store, workspace, typer.echo)
            recover(books, workspace, plan)
        behind = mirror.sync(study)
        publish(store, workspace, mirror, study, is_changed=True)
    return behind


def _has_journals(store: Store, workspace: Workspace, study: str) -> bool:
    """Whether what runs, runs in this workspace: a database may be shared with another, whose journals are not here."""
    running = store.attempts(study, open_only=True)
    return all(workspace.attempt_directory(study, one.trial, one.number).exists() for one in running)
