"""`ablate ui`: MLflow's pages for the workspace, on this machine alone unless asked."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import time
import webbrowser
from contextlib import closing
from pathlib import Path

import typer

from ablate.cli.mirroring import bring_up_to_date
from ablate.cli.places import create_workspace, open_existing_store
from ablate.errors import InputError, TrackingError, WorkspaceError
from ablate.orchestrate.stopping import sigterm_as_interrupt
from ablate.tracking.mlflow import Mirror
from ablate.tracking.mlflow_page import LOOPBACK, Command, study_page, ui_command
from ablate.workspace import Workspace

STOP_SECONDS = 5.0
START_SECONDS = 60.0
LOOK_SECONDS = 0.2

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
"""Addresses to listen at that nobody can open: a browser on this machine takes the loopback."""


def serve_mlflow(
    study: str | None,
    root: Path,
    database: str | None,
    mlflow: str | None,
    host: str,
    port: int,
    *,
    is_opening: bool,
) -> int:
    """Bring the mirror up to date, then serve until Ctrl-C or SIGTERM; returns the server's exit code.

    Raises:
        InputError: the port is taken, or there is no database to show.
        TrackingError: the study is unknown, or `mlflow` is a server.
    """
    if mlflow == "off":
        raise InputError("--mlflow off: expected the address of an MLflow: leave it out for the workspace's own")
    workspace = create_workspace(root)
    uri = mlflow or workspace.mlflow_url
    command = ui_command(uri, workspace.mlflow_artifacts, port, host)
    _check_free(host, port)
    with sigterm_as_interrupt():
        try:
            experiment = _prepare(study, workspace, database, uri, is_own=mlflow is None)
            return _serve(command, _address(host, port), experiment, is_opening=is_opening)
        except KeyboardInterrupt:
            return 0


def _prepare(study: str | None, workspace: Workspace, database: str | None, uri: str, *, is_own: bool) -> str | None:
    """Bring over what the mirror lacks, also of imported studies; returns the study's experiment, if one was named."""
    if database is None and not workspace.database.exists():
        if study is None and (not is_own or (workspace.root / "db" / "mlflow.db").exists()):
            return None  # somebody else's runs, to look at
        raise InputError(f"{workspace.root} has no db/mlflow.db yet: run a study first, or give --mlflow URI")
    with open_existing_store(workspace.root, database) as store:
        names = store.study_names() if study is None else (store.spec(study).name,)
        mirror = Mirror(store, uri, workspace)
        for name in names:
            try:
                bring_up_to_date(store, workspace, mirror, name)
            except (WorkspaceError, TrackingError) as error:
                typer.echo(f"note: {name} is shown as it was mirrored last: {error}", err=True)
        if not names:
            raise InputError(f"{workspace.root} has no study yet: run one first")
        return mirror.experiment(study) if study is not None else None


def _serve(command: Command, address: str, experiment: str | None, *, is_opening: bool) -> int:
    page = address if experiment is None else study_page(address, experiment)
    typer.echo(f"MLflow at {page} (Ctrl-C ends it)")
    if not address.startswith(f"http://{LOOPBACK}:") or LOOPBACK not in command.arguments:
        typer.secho(
            "warning: whoever can reach this address can read and change everything: it asks for no password",
            err=True,
            fg=typer.colors.YELLOW,
        )
    process = subprocess.Popen(command.arguments, env={**os.environ, **command.environment}, start_new_session=True)
    try:
        if is_opening and _answers(process, address):
            webbrowser.open(page)
        return process.wait()
    finally:
        _end(process)


def _answers(process: subprocess.Popen[bytes], address: str) -> bool:
    """Wait until something listens there."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return True
        time.sleep(LOOK_SECONDS)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server with all its workers, some of which may not listen."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _address(host: str, port: int) -> str:
    return f"http://{LOOPBACK if host in EVERYWHERE else host}:{port}"


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = "is in use: give another with --port" if error.errno == errno.EADDRINUSE else f"({error.strerror})"
            raise InputError(f"port {port} on {host} {said}") from None
