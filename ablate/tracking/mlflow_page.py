"""MLflow's pages: the server that shows them, and the address at which a study is seen grouped by combination."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

from ablate.errors import TrackingError
from ablate.tracking.connection import shown
from ablate.tracking.mlflow_reach import SERVERS

LOOPBACK = "127.0.0.1"

VIEW = "ablate"
"""The name of the view of an experiment that the mirror leaves there: its runs grouped, their curves beside them."""

VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
"""The tag of an experiment that holds the view, as if someone had shared it from the page (MLflow 3.17)."""

VIEW_STATE = json.dumps(
    {
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "tag", "groupByData": "combination"}],
        },
    }
)


class Command(NamedTuple):
    """A program to start: its arguments, and what to add to the environment."""

    arguments: list[str]
    environment: dict[str, str]


def ui_command(tracking_uri: str, artifacts: Path, port: int, host: str = LOOPBACK) -> Command:
    """How to start MLflow's pages; the store's URL goes by the environment, for it may hold a password.

    Raises:
        TrackingError: `tracking_uri` is a server, which shows the pages itself.
    """
    if tracking_uri.startswith(SERVERS):
        raise TrackingError(f"MLflow runs at {shown(tracking_uri)} already: open that address in a browser")
    arguments = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1"]
    return Command(
        arguments,
        {
            "MLFLOW_BACKEND_STORE_URI": tracking_uri,
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": artifacts.resolve().as_uri(),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
    )


def study_page(address: str, experiment: str) -> str:
    """Where the pages at `address` show an experiment."""
    return f"{address}/#/experiments/{experiment}/runs?viewStateShareKey={VIEW}&compareRunsMode=CHART"
