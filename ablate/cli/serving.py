"""`ablate ui`: MLflow's pages for the workspace, on this machine alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import typer

from ablate.cli.places import create_workspace
from ablate.errors import InputError
from ablate.orchestrate.stopping import sigterm_as_interrupt
from ablate.tracking.mlflow import ui_command

ADDRESS = "127.0.0.1"
STOP_SECONDS = 5.0


def serve_mlflow(root: Path, mlflow: str | None, port: int) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the server's exit code.

    Raises `InputError` if the port is taken, or if there is no database to show.
    """
    workspace = create_workspace(root)
    if mlflow is None and not (workspace.root / "db" / "mlflow.db").exists():
        raise InputError(f"{workspace.root} has no db/mlflow.db yet: run a study first, or give --mlflow URI")
    _check_free(port)
    command = ui_command(mlflow or workspace.mlflow_url, workspace.mlflow_artifacts, port)
    typer.echo(f"MLflow at http://{ADDRESS}:{port} (Ctrl-C ends it)")
    process = subprocess.Popen(command.arguments, env={**os.environ, **command.environment}, start_new_session=True)
    try:
        with sigterm_as_interrupt():
            return process.wait()
    except KeyboardInterrupt:
        _end(process)
        return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server with all its workers, some of which may not listen."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise InputError(f"port {port} on {ADDRESS} is in use: give another with --port") from None
